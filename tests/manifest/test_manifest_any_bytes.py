"""Whatever a manifest holds, it is read or refused with a message: no other exception, and nothing unprintable."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.manifest import (
    Algorithm,
    Channel,
    Column,
    ColumnType,
    Container,
    Hyperparameter,
    Interrupt,
    Limits,
    Manifest,
    ManifestError,
    Metric,
    parse_manifest,
)
from conformance.manifest.column_type import KINDS

MODELS = (Manifest, Algorithm, Container, Metric, Channel, Column, Hyperparameter, Interrupt, Limits)
KEYS = sorted(
    {field.alias or name for model in MODELS for name, field in model.model_fields.items()} | {"gpus", "train"}
)
# A loaded machine is no mistake of a manifest.
UNHURRIED = settings(deadline=None, max_examples=300)
WORDS = st.sampled_from(KEYS)
TYPES = st.sampled_from([str(ColumnType(kind)) for kind in KINDS] + ["decimal(5,2)", "char(3)", "varchar(4)"])
TEXTS = st.one_of(
    st.sampled_from(["csv", "parquet", "local", "rows", "model", "present", "absent", "integer", "string", "(a)", "["]),
    TYPES,
    st.text(max_size=8),
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.dates(),
    st.datetimes(),
    st.times(),
    st.integers(min_value=10**29, max_value=10**400),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


def sibling_of(content: bytes | None) -> Callable[[str], bytes]:
    def sibling(path: str) -> bytes:
        if content is None:
            raise FileNotFoundError(path)
        return content

    return sibling


def read_or_refused(text: bytes, sibling: bytes | None = None) -> Manifest | None:
    try:
        manifest = parse_manifest(text, "algorithm.toml", sibling_of(sibling))
    except ManifestError as error:
        check_message(error)
        return None
    assert manifest.channels
    return manifest


def check_message(error: ManifestError) -> None:
    assert error.problems
    assert str(error).startswith("algorithm.toml")
    assert all(line.isprintable() for line in str(error).split("\n"))


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_bytes(text: bytes) -> None:
    assert read_or_refused(text) is None


@UNHURRIED
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert read_or_refused(text.encode(errors="replace")) is None


@UNHURRIED
@given(st.dictionaries(WORDS | st.text(max_size=5), VALUES, max_size=8))
def test_any_document(document: dict[str, object]) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items())
    tomllib.loads(text)
    read_or_refused(text.encode())


COLUMNS = st.fixed_dictionaries(
    {"name": TEXTS, "type": TYPES},
    optional={
        "nullable": st.booleans(),
        "optional": st.booleans(),
        "minimum": SCALARS,
        "maximum": SCALARS,
        "values": st.lists(SCALARS, max_size=3),
        "pattern": st.text(alphabet="ab[]()*+?{}\\|^$.1", max_size=8),
        "max_length": st.integers(0, 9),
        "min_per_value": st.integers(0, 40),
    },
)
HYPERPARAMETERS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "float", "string", "boolean"]), "tested": st.lists(SCALARS, max_size=3)},
    optional={"accepted": st.lists(SCALARS, max_size=3), "default": SCALARS, "observable": st.booleans()},
)


@UNHURRIED
@given(
    columns=st.lists(COLUMNS, min_size=1, max_size=3),
    hyperparameters=st.dictionaries(TEXTS, HYPERPARAMETERS, max_size=2),
    interrupt=st.dictionaries(TEXTS, TEXTS, max_size=2),
    limits=st.dictionaries(st.sampled_from(["memory_gb", "timeout_s", "artifact_gb", "max_hosts"]), SCALARS),
)
def test_documents_in_the_shape_of_a_manifest(
    columns: list[dict[str, object]],
    hyperparameters: dict[str, dict[str, object]],
    interrupt: dict[str, str],
    limits: dict[str, object],
) -> None:
    document = {
        "schema_version": 1,
        "algorithm": {"name": "a"},
        "channels": {"train": {"columns": columns}},
        "hyperparameters": hyperparameters,
        "interrupt": {"hyperparameters": interrupt},
        "limits": limits,
    }
    read_or_refused("\n".join(f"{key} = {toml(value)}" for key, value in document.items()).encode())


@UNHURRIED
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda tail: b"\xff\xff\xff\xff" + tail)))
def test_any_schema_and_sample(content: bytes) -> None:
    head = b'schema_version = 1\nalgorithm.name = "a"\n[channels.train]\n'
    read_or_refused(head + b'schema = "s"', content)
    read_or_refused(head + b'sample = "s"\ncolumns = [{ name = "x", type = "int" }]', content)


@UNHURRIED
@given(st.sampled_from([b"PAR1", b"ARROW1", b"{", b"[", b'{"Table":', b"a,b\n"]), st.binary(max_size=60))
def test_any_schema_that_begins_well(head: bytes, tail: bytes) -> None:
    read_or_refused(b'schema_version = 1\nalgorithm.name = "a"\n[channels.train]\nschema = "s"', head + tail)
