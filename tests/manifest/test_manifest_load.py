"""Reading a manifest: what comes out of one that is right."""

import hashlib
import io
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.manifest import (
    ColumnType,
    Manifest,
    ManifestError,
    generic_manifest,
    load_manifest,
    parse_manifest,
    read_manifest,
)

FULL = rb"""
schema_version = 1

[algorithm]
name = "tabular-mlp"
description = "a small multilayer perceptron on tabular data"
targets = ["local", "clean-rooms"]
deterministic = true

[container]
entrypoint = ["python", "/opt/ml/code/train.py"]
arguments = []

[[container.metrics]]
name = "train:rows"
regex = 'rows=([0-9]+)'
observes = "rows"
channel = "train"
combine = "sum"

[[container.metrics]]
name = "train:loss"
regex = 'loss=([0-9.eE+-]+)'
observes = "model"
tolerance = 1e-4

[channels.train]
required = true
formats = ["csv", "parquet"]
csv_header = "present"
extra_columns = "refused"
min_rows = 40
max_rows = 5000
sample = "sample.csv"

[[channels.train.columns]]
name = "z"
type = "double"
nullable = true
minimum = 0
maximum = 120

[[channels.train.columns]]
name = "postcode"
type = "string"
pattern = '[0-9]{5}'
optional = true

[[channels.train.columns]]
name = "label"
type = "int"
values = [0, 1]
min_per_value = 2

[[channels.train.columns]]
name = "day"
type = "date"
minimum = 2024-01-01
maximum = "2024-12-31"

[[channels.train.columns]]
name = "at"
type = "timestamp"
minimum = 2024-01-01
maximum = 2024-12-31T23:59:59.5

[[channels.train.columns]]
name = "amount"
type = "decimal(10, 2)"
minimum = -0.05

[channels."a.b"]
required = false
[[channels."a.b".columns]]
name = "x"
type = "varchar(20)"

[hyperparameters.epochs]
type = "integer"
tested = [1, 3]
accepted = [1, 10000000]
default = 2

[hyperparameters.learning_rate]
type = "float"
tested = [1, 2]
observable = true

[hyperparameters.activation]
type = "string"
tested = ["relu", "tanh"]
required = true

[interrupt]
hyperparameters = { epochs = "1000000" }

[limits]
memory_gb = 2
timeout_s = 120
artifact_gb = 1.5
max_hosts = 2
"""
SAMPLE = b"z,label,day,at,amount\n1.5,0,2024-01-01,2024-01-01 00:00:00,1.00\n"
MINIMAL = b"""schema_version = 1
algorithm.name = "a"
[channels.train]
columns = [{ name = "x", type = "double" }, { name = "y", type = "int", optional = true }]
"""


def sample_alone(path: str) -> bytes:
    if path != "sample.csv":
        raise FileNotFoundError(path)
    return SAMPLE


def nothing_beside(path: str) -> bytes:
    raise FileNotFoundError(path)


def test_every_key_is_read() -> None:
    manifest = parse_manifest(FULL, "algorithm.toml", sample_alone)
    assert manifest.algorithm.targets == ("local", "clean-rooms")
    assert manifest.algorithm.deterministic
    assert manifest.container.entrypoint == ("python", "/opt/ml/code/train.py")
    assert manifest.container.arguments is None
    rows, loss = manifest.container.metrics
    assert (rows.observes, rows.combine, rows.tolerance, rows.absolute_tolerance) == ("rows", "sum", 1e-6, 1e-9)
    assert (loss.observes, loss.combine, loss.tolerance) == ("model", "last", 1e-4)
    assert (manifest.channel_of(rows), manifest.channel_of(loss)) == ("train", None)
    train = manifest.channels["train"]
    assert (train.min_rows, train.max_rows, train.extra_columns, train.sample) == (40, 5000, "refused", "sample.csv")
    z, postcode, label, day, at, amount = train.columns
    assert (z.type, z.nullable, z.minimum, z.maximum) == (ColumnType("double"), True, 0.0, 120.0)
    assert (postcode.pattern, postcode.optional) == ("[0-9]{5}", True)
    assert (label.values, label.min_per_value) == ((0, 1), 2)
    assert (day.minimum, day.maximum) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (at.minimum, at.maximum) == (datetime(2024, 1, 1), datetime(2024, 12, 31, 23, 59, 59, 500000))
    assert (amount.type, amount.minimum) == (ColumnType("decimal", precision=10, scale=2), -0.05)
    assert manifest.channels["a.b"].columns[0].type == ColumnType("varchar", length=20)
    epochs = manifest.hyperparameters["epochs"]
    assert (epochs.tested, epochs.accepted, epochs.default, epochs.required) == ((1, 3), (1, 10_000_000), 2, False)
    assert manifest.hyperparameters["learning_rate"].tested == (1.0, 2.0)
    assert manifest.interrupt is not None
    assert manifest.interrupt.hyperparameters == {"epochs": "1000000"}
    assert manifest.stop_pattern == "loss=([0-9.eE+-]+)"
    limits = manifest.limits
    assert (limits.memory_gb, limits.timeout_s, limits.artifact_gb, limits.max_hosts) == (2.0, 120, 1.5, 2)


def test_order_is_that_of_the_file() -> None:
    manifest = parse_manifest(FULL, "algorithm.toml", sample_alone)
    assert list(manifest.channels) == ["train", "a.b"]
    assert list(manifest.hyperparameters) == ["epochs", "learning_rate", "activation"]
    assert [column.name for column in manifest.channels["train"].columns] == [
        "z",
        "postcode",
        "label",
        "day",
        "at",
        "amount",
    ]


def test_defaults_are_those_documented() -> None:
    manifest = parse_manifest(MINIMAL, "algorithm.toml", nothing_beside)
    channel = manifest.channels["train"]
    assert manifest.algorithm.targets == ("local", "sagemaker", "clean-rooms")
    assert (manifest.algorithm.deterministic, manifest.container.metrics, manifest.interrupt) == (False, (), None)
    assert (manifest.container.entrypoint, manifest.container.arguments) == (None, None)
    assert (channel.required, channel.formats, channel.csv_header) == (True, ("csv", "parquet"), "present")
    assert (channel.min_rows, channel.max_rows, channel.extra_columns) == (32, None, None)
    assert (manifest.limits.memory_gb, manifest.limits.timeout_s, manifest.limits.max_hosts) == (2.0, None, 1)
    assert manifest.stop_pattern is None


def test_a_manifest_is_immutable() -> None:
    manifest = parse_manifest(MINIMAL, "algorithm.toml", nothing_beside)
    with pytest.raises(ValueError, match="frozen"):
        manifest.limits.memory_gb = 8.0


def test_rows_of_the_only_channel_are_counted_without_naming_it() -> None:
    text = MINIMAL + b"[[container.metrics]]\nname = 'rows'\nregex = '([0-9]+)'\nobserves = 'rows'\n"
    manifest = parse_manifest(text, "algorithm.toml", nothing_beside)
    assert manifest.channel_of(manifest.container.metrics[0]) == "train"


def test_after_goes_before_the_metric() -> None:
    text = FULL.replace(b"[interrupt]", b"[interrupt]\nafter = 'epoch=1'")
    assert parse_manifest(text, "algorithm.toml", sample_alone).stop_pattern == "epoch=1"


def test_empty_strings_are_fine_where_clean_rooms_is_not_claimed() -> None:
    text = MINIMAL.replace(b'algorithm.name = "a"', b'algorithm = { name = "a", targets = ["local"] }')
    text += b'[hyperparameters.h]\ntype = "string"\ntested = ["", "a"]\n'
    assert parse_manifest(text, "algorithm.toml", nothing_beside).hyperparameters["h"].tested == ("", "a")


def test_a_byte_order_mark_and_crlf_are_read() -> None:
    text = b"\xef\xbb\xbf" + MINIMAL.replace(b"\n", b"\r\n")
    assert parse_manifest(text, "algorithm.toml", nothing_beside).algorithm.name == "a"


def test_load_keeps_the_text_its_digest_and_the_files_it_names(tmp_path: Path) -> None:
    path = tmp_path / "algorithm.toml"
    path.write_bytes(FULL)
    (tmp_path / "sample.csv").write_bytes(SAMPLE)
    loaded = load_manifest(path)
    assert (loaded.source, loaded.location, loaded.text) == ("option", str(path), FULL)
    assert loaded.sha256 == hashlib.sha256(FULL).hexdigest()
    assert loaded.siblings == {"sample.csv": SAMPLE}
    assert loaded.manifest == parse_manifest(FULL, "algorithm.toml", sample_alone)


def test_a_file_in_the_image_is_read_by_what_is_given() -> None:
    loaded = read_manifest(FULL, "algorithm.toml in the image", sample_alone, "image", "/opt/ml/code/algorithm.toml")
    assert (loaded.source, loaded.location) == ("image", "/opt/ml/code/algorithm.toml")
    assert loaded.siblings == {"sample.csv": SAMPLE}


def test_generic_manifest_claims_four_columns_and_nothing_else() -> None:
    loaded = generic_manifest()
    manifest = loaded.manifest
    columns = manifest.channels["train"].columns
    assert loaded.source == "generic"
    assert [str(column.type) for column in columns] == ["double", "double", "double", "int"]
    assert columns[3].values == (0, 1)
    assert manifest.channels["train"].formats == ("csv", "parquet")
    assert (manifest.container.metrics, manifest.hyperparameters, manifest.interrupt) == ((), {}, None)
    assert not any(column.nullable or column.optional for column in columns)


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_a_manifest_that_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError, match="cannot be read: "):
        load_manifest(tmp_path / name)


CHECKED = rb"""
columns = [
    { name = "age", type = "int", minimum = 0, maximum = 120 },
    { name = "code", type = "string", pattern = '[a-z]+', max_length = 3, nullable = true },
    { name = "label", type = "int", values = [0, 1] },
    { name = "day", type = "date", minimum = 2024-01-01 },
    { name = "at", type = "timestamp" },
    { name = "amount", type = "decimal(4,2)" },
    { name = "flag", type = "boolean" },
]
"""


@pytest.mark.parametrize(
    ("row", "phrase"),
    [
        ("7,abc,1,2024-05-01,2024-05-01 10:00:00,1.50,True", None),
        ("7,,0,2024-05-01,2024-05-01T10:00:00.25,1,false", None),
        ("121,abc,1,2024-05-01,2024-05-01 10:00:00,1.50,true", '"age" should be within minimum and maximum, found 121'),
        ("7,abcd,1,2024-05-01,2024-05-01 10:00:00,1.50,true", '"code" should not be longer than max_length, 3'),
        ("7,a1,1,2024-05-01,2024-05-01 10:00:00,1.50,true", '"code" should match pattern "[a-z]+", found "a1"'),
        ("7,abc,2,2024-05-01,2024-05-01 10:00:00,1.50,true", '"label" should be one of values, [0, 1], found 2'),
        ("7,abc,1,2023-05-01,2024-05-01 10:00:00,1.50,true", '"day" should be within minimum and maximum'),
        ("7,abc,1,2024-05-01,yesterday,1.50,true", '"at" should be a timestamp such as'),
        ("7,abc,1,2024-05-01,2024-05-01 10:00:00,1.505,true", '"amount" should have no more decimals'),
        ("7,abc,1,2024-05-01,2024-05-01 10:00:00,1.50,1", '"flag" should be true or false, found "1"'),
    ],
)
def test_rows_of_a_sample_fit_the_columns(row: str, phrase: str | None) -> None:
    text = b'schema_version = 1\nalgorithm.name = "a"\n[channels.train]\nsample = "s.csv"' + CHECKED
    sample = f"age,code,label,day,at,amount,flag\n{row}\n".encode()
    if phrase is None:
        assert parse_manifest(text, "algorithm.toml", lambda _: sample).channels["train"].sample == "s.csv"
        return
    with pytest.raises(ManifestError) as caught:
        parse_manifest(text, "algorithm.toml", lambda _: sample)
    assert f"row 1, column {phrase}" in str(caught.value)


def parquet(**columns: list[object]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def with_sample(sample: bytes, channel: bytes = b"") -> Manifest:
    text = MINIMAL.replace(b"[channels.train]", b'[channels.train]\nsample = "s"\n' + channel)
    return parse_manifest(text, "algorithm.toml", lambda _: sample)


@pytest.mark.parametrize(
    ("sample", "channel"),
    [
        (b"x\n1\n", b""),
        (b"y,x,z\n1,2,3\n", b""),
        (b"\xef\xbb\xbfx,y\r\n1,2\r\n", b""),
        (b"1,2\n", b'csv_header = "absent"'),
        (b"1,2\n", b'csv_header = "either"'),
        (b"x\n1\n", b'csv_header = "either"'),
        (parquet(x=[1.0], other=["a"]), b""),
        (parquet(x=[1], y=[2.0]), b""),
        (parquet(x=[Decimal("1.5")], other=[datetime(2024, 1, 1)]), b""),
    ],
)
def test_samples_that_have_the_declared_columns(sample: bytes, channel: bytes) -> None:
    assert with_sample(sample, channel).channels["train"].sample == "s"


@pytest.mark.parametrize(
    ("sample", "channel", "phrase"),
    [
        (b"y\n1\n", b"", 'lacks the declared column "x"; its columns are ["y"]'),
        (b"", b"", "at least one row, found none"),
        (b"x,y\n", b"", "at least one row, found none"),
        (b"x,x\n1,2\n", b"", 'has the column "x" more than once'),
        (b"x,y\n1,2\n3\n", b"", "has 1 fields in line 3, and 2 in the first"),
        (b"1\n", b'csv_header = "absent"', "1 fields a row, and 2 columns are declared"),
        (b"\xff\xfe\n", b"", "neither Parquet nor CSV in UTF-8: byte 0"),
        (b'x\n"1\n', b"", "not CSV that can be read, in line 2"),
        (parquet(y=[1]), b"", 'lacks the declared column "x"'),
        (parquet(x=[]), b"", "at least one row, found none"),
        (b"x,y\n1,2\n1,\n", b"", 'does not fit what is declared: row 2, column "y" should not be null'),
        (b"x\n1\nNaN\n", b"", 'row 2, column "x" should be a number, found "NaN"'),
        (b"x,y\n1,2.5\n", b"", 'row 1, column "y" should be an integer, as the column is int, found 2.5'),
        (b"a,b\n", b'csv_header = "absent"', 'row 1, column "x" should be a number, found "a"'),
        (parquet(x=[1.0, None]), b"", 'row 2, column "x" should not be null'),
        (parquet(x=[float("nan")]), b"", 'row 1, column "x" should be a finite number, found nan'),
        (parquet(x=["1"]), b"", 'row 1, column "x" should be a number, found "1"'),
        (parquet(x=[[1.0]]), b"", 'column "x" holds values that are not supported, such as [1.0]'),
        (parquet(x=[1])[:-9], b"", "not a Parquet file that can be read"),
    ],
)
def test_samples_that_do_not_fit(sample: bytes, channel: bytes, phrase: str) -> None:
    with pytest.raises(ManifestError) as caught:
        with_sample(sample, channel)
    assert str(caught.value).startswith('algorithm.toml: channels.train.sample: "s" ')
    assert phrase in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(38,0)", "string"),
        *("char(255)", "varchar(65535)", "date", "timestamp"),
    ],
)
def test_a_type_gives_back_its_spelling(text: str) -> None:
    assert str(ColumnType.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("tinyint", (-128, 127)),
        ("smallint", (-32768, 32767)),
        ("int", (-(2**31), 2**31 - 1)),
        ("bigint", (-(2**63), 2**63 - 1)),
        ("double", None),
    ],
)
def test_integer_range(text: str, bounds: tuple[int, int] | None) -> None:
    assert ColumnType.parse(text).integer_range == bounds


def test_importing_brings_no_data_library() -> None:
    """Listing the rules imports this too, and must stay quick."""
    code = (
        "import sys; import conformance.manifest as m; m.generic_manifest(); "
        "print(*sorted({'pyarrow', 'pandas', 'numpy', 'docker'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
