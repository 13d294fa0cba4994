"""A counterexample's folder, read back: which rule it is about, its jobs, and how they were drawn."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter

from conformance.judge import RULES
from conformance.manifest.model import Target
from conformance.report.counterexample import COUNTEREXAMPLE, JOB, MANIFEST, SCHEMA_VERSION, lies_beside
from conformance.report.reading import UnreadableError, json_object
from conformance.settings import SIZES, SettingError, Size
from conformance.values.job import Job

_FLAG = "--contract-replay"
_MOST_JOBS = 10_000
_JOB = TypeAdapter(Job)


@dataclass(frozen=True)
class Saved:
    """A saved counterexample: of which rule, the jobs that show it, and the settings that its plan was drawn with.

    The first job is the one that broke the rule. A rule that needs no run has none.
    """

    folder: Path
    rule_id: str
    size: Size
    seed: int
    targets: tuple[Target, ...]
    jobs: tuple[Job, ...]

    @property
    def manifest(self) -> Path:
        """The manifest that the image was judged by."""
        return self.folder / MANIFEST


def read_saved(folder: Path, *, with_network: bool, with_manifest: bool) -> Saved:
    """Return what was saved in a folder. Raises SettingError, naming the file, if there is nothing that can be used.

    ``with_network`` says that a diagnosis may switch the network on, ``with_manifest`` that another manifest is used
    than the one in the folder.
    """
    file = folder / COUNTEREXAMPLE
    told = _read(file)
    if (version := told.get("schema_version")) != SCHEMA_VERSION:
        raise SettingError(f"{_FLAG}: {file}: schema_version should be {SCHEMA_VERSION}, found {version!r}")
    if not isinstance(rule_id := told.get("rule"), str) or rule_id not in RULES:
        raise SettingError(f"{_FLAG}: {file}: rule should be the id of a rule, found {rule_id!r}")
    if not isinstance(size := told.get("size"), str) or size not in SIZES:
        raise SettingError(f"{_FLAG}: {file}: size should be one of {', '.join(SIZES)}, found {size!r}")
    seed, targets, number = told.get("seed"), told.get("targets"), told.get("jobs")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"{_FLAG}: {file}: seed should be a whole number of 0 or more, found {seed!r}")
    if not isinstance(targets, list) or not targets or not set(map(str, targets)) <= set(get_args(Target)):
        raise SettingError(f"{_FLAG}: {file}: targets should be a list of {', '.join(get_args(Target))}")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_JOBS:
        raise SettingError(f"{_FLAG}: {file}: jobs should say how many there are, found {number!r}")
    if told.get("diagnose_network") and not with_network:
        raise SettingError(f"{_FLAG}: {folder}: it was found with --contract-diagnose-network, and needs that again")
    if not with_manifest:
        _needs_nothing_else(folder / MANIFEST)
    jobs = tuple(_job(folder / "jobs" / str(n) / JOB) for n in range(1, number + 1))
    return Saved(folder, rule_id, size, seed, tuple(targets), jobs)


def _needs_nothing_else(manifest: Path) -> None:
    """See that a manifest, which may be an image's, names no file of this machine that lies elsewhere."""
    try:
        channels = tomllib.loads(manifest.read_text(encoding="utf-8")).get("channels", {})
        named = [channel.get(key) for channel in channels.values() for key in ("sample", "schema")]
    except (OSError, ValueError, AttributeError):
        return  # reading it as a manifest says what is wrong, better
    for name in named:
        if isinstance(name, str) and not lies_beside(name):
            raise SettingError(
                f"{_FLAG}: {manifest} names {name!r}, which is not beside it; give --contract-manifest=FILE"
            )


def _job(file: Path) -> Job:
    try:
        return _JOB.validate_python(asdict(Job.from_json(_read(file))))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = " ".join(str(error).split())[:200]
        raise SettingError(f"{_FLAG}: {file} is no job of this version: {type(error).__name__} {why}") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return json_object(file)
    except UnreadableError as error:
        lies_elsewhere = isinstance(error.__cause__, OSError)
        hint = "; should be in the folder of a counterexample, as a report has them" if lies_elsewhere else ""
        raise SettingError(f"{_FLAG}: {error}{hint}") from error
