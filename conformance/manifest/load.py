"""Reading a manifest and the files it names: bytes in, an immutable value or one complete message out."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from conformance.manifest.channel import relative_path
from conformance.manifest.model import Manifest
from conformance.manifest.problems import ManifestError, problems_of
from conformance.manifest.sample import check_sample
from conformance.manifest.schema import columns_from
from conformance.manifest.table import Problem, dotted, shown

Source = Literal["option", "image", "generic"]
Sibling = Callable[[str], bytes]


@dataclass(frozen=True)
class LoadedManifest:
    """A manifest and where it comes from: `sha256` (hexadecimal) and `text` are of the file as it was read, `siblings`
    the schema and sample files that it names, by the path it gives them."""

    manifest: Manifest
    source: Source
    location: str
    sha256: str
    text: bytes
    siblings: Mapping[str, bytes]


def parse_manifest(text: bytes, name: str, sibling: Sibling) -> Manifest:
    """The manifest that `text` holds. `name` stands for the file in messages; `sibling` reads a file by its path
    relative to the manifest and raises OSError (FileNotFoundError) where it cannot. Raises ManifestError."""
    document = _read_toml(text, name)
    version = document.get("schema_version", 1)
    if isinstance(version, bool) or version != 1:
        raise ManifestError(
            name, Problem(("schema_version",), f"should be 1, the version that is read here, found {shown(version)}")
        )
    problems, imported = _import_columns(document, sibling)
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as error:
        problems += _located(problems_of(error), document, imported, {problem.path for problem in problems})
    else:
        problems += _sample_problems(manifest, sibling)
        if not problems:
            return manifest
    raise ManifestError(name, *dict.fromkeys(problems))


def read_manifest(text: bytes, name: str, sibling: Sibling, source: Source, location: str) -> LoadedManifest:
    """As parse_manifest, with the files that were read kept beside the manifest. Raises ManifestError."""
    siblings: dict[str, bytes] = {}

    def kept(path: str) -> bytes:
        if path not in siblings:
            siblings[path] = sibling(path)
        return siblings[path]

    manifest = parse_manifest(text, name, kept)
    return LoadedManifest(manifest, source, location, hashlib.sha256(text).hexdigest(), text, siblings)


def load_manifest(path: Path) -> LoadedManifest:
    """The manifest in a file, as the command line names it. Raises ManifestError."""

    def sibling(relative: str) -> bytes:
        return _read_file(path.parent / relative)

    try:
        text = _read_file(path)
    except OSError as error:
        raise ManifestError(str(path), Problem((), f"cannot be read: {error.strerror or error}")) from error
    return read_manifest(text, str(path), sibling, "option", str(path))


def generic_manifest() -> LoadedManifest:
    """What is taken for an image that brings no manifest: channel `train`, three doubles and a label of 0 and 1."""

    def sibling(relative: str) -> bytes:
        raise FileNotFoundError(relative)

    text = files("conformance.manifest").joinpath("generic.toml").read_bytes()
    return read_manifest(text, "generic.toml", sibling, "generic", "generic.toml")


def _read_file(path: Path) -> bytes:
    # A pipe or a device would block for ever, or never end.
    if path.exists() and not path.is_file():
        raise OSError(None, "it is not a regular file")
    return path.read_bytes()


def _read_toml(text: bytes, name: str) -> dict[str, object]:
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"line {line}, column {column}: byte 0x{text[error.start]:02x} is not valid UTF-8, which TOML is in"
        raise ManifestError(name, Problem((), message)) from error
    try:
        return tomllib.loads(decoded)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(name, Problem((), _syntax_message(str(error), decoded))) from error
    except RecursionError as error:
        raise ManifestError(name, Problem((), "is nested too deeply; a manifest needs five levels")) from error
    except ValueError as error:
        # Python refuses integers of more than a few thousand digits, and TOML has no word for that.
        raise ManifestError(name, Problem((), f"holds a value that cannot be read: {error}")) from error


def _syntax_message(message: str, text: str) -> str:
    """TOML's complaint with the place in front, in lines and columns that count from 1."""
    if place := re.search(r" \(at line (\d+), column (\d+)\)", message):
        line, column = place.groups()
        message = message.replace(place[0], "")
    else:
        last = text.rpartition("\n")[2]
        line, column = str(text.count("\n") + 1), str(len(last) + 1)
    return f"line {line}, column {column}: {message}; this is not TOML"


def _import_columns(document: dict[str, object], sibling: Sibling) -> tuple[list[Problem], dict[str, str]]:
    """Puts the columns of schema files into the document; returns what is wrong with them, and the files by channel."""
    problems: list[Problem] = []
    imported: dict[str, str] = {}
    channels = document.get("channels")
    for name, channel in channels.items() if isinstance(channels, dict) else ():
        path = channel.get("schema") if isinstance(channel, dict) else None
        if not isinstance(path, str):
            continue
        if "columns" in channel:
            problems.append(
                Problem(("channels", name, "columns"), "should be left out where schema is given, or schema left out")
            )
            continue
        try:
            channel["columns"] = list(columns_from(_read_sibling(relative_path(path), sibling), path))
        except ValueError as error:
            problems.append(Problem(("channels", name, "schema"), str(error)))
        else:
            imported[name] = path
    return problems, imported


def _read_sibling(path: str, sibling: Sibling) -> bytes:
    try:
        return sibling(path)
    except FileNotFoundError:
        raise ValueError(f"should be a file, by its path relative to the manifest; there is no {shown(path)}") from None
    except OSError as error:
        raise ValueError(f"cannot be read from {shown(path)}: {error.strerror or error}") from error


def _located(
    problems: list[Problem], document: dict[str, object], imported: Mapping[str, str], known: set[tuple[str | int, ...]]
) -> list[Problem]:
    """The problems of the document as it stands in the file: those of imported columns belong to the key `schema`, and
    what only follows from a schema that could not be read is left out."""
    located = []
    for problem in problems:
        match problem.path:
            case ("channels", str(name), "columns", *_) if name in imported:
                rest = _named(problem, document)
                place = f"in {shown(imported[name])}, {dotted(problem.path[2:])}"
                located.append(Problem(("channels", name, "schema"), f"{place}: {rest.message}"))
            case ("channels", name, "columns") if ("channels", name, "schema") in known:
                continue
            case _:
                located.append(_named(problem, document))
    return located


def _named(problem: Problem, document: dict[str, object]) -> Problem:
    """The problem with the name of the column or metric that it is in, as an index alone is hard to find."""
    table: object = document
    for index, part in enumerate(problem.path[:-1]):
        table = table[part]  # type: ignore[index]
        array = problem.path[index - 1]
        if array not in {"columns", "metrics"} or not isinstance(part, int) or problem.path[index + 1] == "name":
            continue
        if isinstance(table, dict) and isinstance(name := table.get("name"), str):
            return Problem(problem.path, f"{problem.message} ({str(array).rstrip('s')} {shown(name)})")
    return problem


def _sample_problems(manifest: Manifest, sibling: Sibling) -> list[Problem]:
    problems = []
    for name, channel in manifest.channels.items():
        if channel.sample is None:
            continue
        try:
            content = _read_sibling(channel.sample, sibling)
        except ValueError as error:
            problems.append(Problem(("channels", name, "sample"), str(error)))
            continue
        try:
            check_sample(content, channel.columns, channel.csv_header)
        except ValueError as error:
            problems.append(Problem(("channels", name, "sample"), f"{shown(channel.sample)} {error}"))
    return problems
