"""Rows as every dialect of CSV and every encoding of Parquet writes them, read back by readers of others."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.choices import BY_NAME
from conformance.data.files import InputFile
from conformance.manifest import LoadedManifest
from conformance.values.job import ChannelData
from tests.data.tables import (
    Cell,
    Declared,
    arrow_rows,
    cells_of,
    channel_of,
    csv_texts,
    files_of,
    job_of,
    loaded_with,
    parquet_rows,
    text_of,
)
from tests.data.test_files import tables

_DIALECT = ("line-ends", "last-line", "quoting", "booleans", "exponents", "line-breaks", "header")
_ENCODING = ("codec", "row-groups", "dictionary", "integer-widths", "null-part", "pages", "timestamps")
_LAYOUT = ("partition", "file-names")
_SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_WORDS = {"lower": ("true", "false"), "title": ("True", "False"), "upper": ("TRUE", "FALSE")}
_WITH_EXPONENT = re.compile(r"-?[0-9](\.[0-9]+)?e[+-]?[0-9]+")


def _any_of(*names: str) -> st.SearchStrategy[dict[str, str]]:
    """Values of choices, plain or not, as keywords."""
    values = {name: [BY_NAME[name].plain, *(value.name for value in BY_NAME[name].values)] for name in names}
    drawn = st.fixed_dictionaries(
        {name.replace("-", "_"): st.sampled_from([v for v in listed if v]) for name, listed in values.items()}
    )
    return drawn.map(_without_lost_ones)


def _without_lost_ones(choices: dict[str, str]) -> dict[str, str]:
    """As a plan has them: several ways to name files only where there are several in one directory."""
    lost = choices.get("file_names") == "mixed" and choices["partition"] != "several"
    return choices | {"file_names": "extension"} if lost else choices


def _text_in(cell: Cell, choices: Mapping[str, str]) -> str:
    """A cell as a dialect has it, numbers apart."""
    return _WORDS[choices["booleans"]][0 if cell else 1] if isinstance(cell, bool) else text_of(cell)


@_SLOW
@given(table=tables(), choices=_any_of(*_DIALECT, *_LAYOUT))
def test_every_dialect_holds_the_rows_that_were_meant(
    table: tuple[LoadedManifest, ChannelData], choices: dict[str, str]
) -> None:
    loaded, recipe = table
    channel = channel_of(loaded)
    header = channel.csv_header == "present" or (channel.csv_header == "either" and choices["header"] == "present")
    job = job_of(loaded, recipe, format="csv", **choices)
    meant = cells_of(job, loaded)
    assert len(meant) == recipe.rows
    files = files_of(job, loaded)
    headers, texts = csv_texts(files, header=header)
    assert headers == [[column.name for column in channel.columns]] * (len(files) if header else 0)
    for text, cell in zip((t for row in texts for t in row), (c for row in meant for c in row), strict=True):
        if isinstance(cell, float) and choices["exponents"] == "present":
            assert _WITH_EXPONENT.fullmatch(text)
            assert float(text) == cell
        else:
            assert text == _text_in(cell, choices)
    assert arrow_rows(files, channel.columns, header=header, booleans=_WORDS[choices["booleans"]]) == meant


@_SLOW
@given(table=tables(), choices=_any_of(*_ENCODING, *_LAYOUT))
def test_every_encoding_holds_the_rows_that_were_meant(
    table: tuple[LoadedManifest, ChannelData], choices: dict[str, str]
) -> None:
    loaded, recipe = table
    job = job_of(loaded, recipe, format="parquet", **choices)
    assert parquet_rows(files_of(job, loaded)) == cells_of(job_of(loaded, recipe), loaded)


_COLUMNS: list[Declared] = [
    {"name": "x", "type": "double", "nullable": True},
    {"name": "n", "type": "bigint"},
    {"name": "label", "type": "int", "values": [0, 1]},
    {"name": "yes", "type": "boolean", "nullable": True},
    {"name": "when", "type": "timestamp"},
    {"name": "note", "type": "string", "nullable": True},
]
_RECIPE = ChannelData("train", 64, 11, (("note", ("one", "two", "six")),))


def _table() -> LoadedManifest:
    return loaded_with(_COLUMNS, csv_header="either")


def _written(**choices: str) -> list[InputFile]:
    loaded = _table()
    return files_of(job_of(loaded, _RECIPE, **choices), loaded)


def _outside_quotes(content: bytes) -> bytes:
    return re.sub(rb'"(""|[^"])*"', b"", content)


def test_lines_end_as_chosen() -> None:
    for breaks in ("none", "in-cells"):
        (file,) = _written(line_ends="crlf", line_breaks=breaks)
        bare = _outside_quotes(file.content)
        assert bare.count(b"\r\n") == bare.count(b"\n") == bare.count(b"\r") == 65
        (open_,) = _written(line_ends="crlf", line_breaks=breaks, last_line="open")
        assert open_.content == file.content.removesuffix(b"\r\n")
    (open_,) = _written(last_line="open")
    assert open_.content + b"\n" == _written()[0].content


def test_every_cell_is_in_quotes_but_null() -> None:
    (file,) = _written(quoting="all")
    bare = _outside_quotes(file.content)
    assert set(bare) == set(b",\n")
    assert file.content.startswith(b'"x","n",')
    assert b'""' not in file.content


@pytest.mark.parametrize(("value", "words"), [("title", {"True", "False"}), ("upper", {"TRUE", "FALSE"})])
def test_booleans_are_written_as_chosen(value: str, words: set[str]) -> None:
    _, rows = csv_texts(_written(booleans=value), header=True)
    assert {row[3] for row in rows} == words | {""}


def test_cells_hold_line_breaks_of_every_kind() -> None:
    _, rows = csv_texts(_written(line_breaks="in-cells"), header=True)
    notes = [row[5] for row in rows]
    assert any("\r\n" in note for note in notes)
    assert any("\n\n" in note for note in notes)
    assert any(note.endswith("\n") for note in notes)
    assert len(rows) == 64


def test_a_header_is_there_or_not() -> None:
    with_header, without = (_written(header=value, partition="several") for value in ("present", "absent"))
    assert [file.content for file in with_header] == [b"x,n,label,yes,when,note\n" + file.content for file in without]


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd", "lz4", "brotli", "snappy"])
def test_files_are_compressed_as_chosen(codec: str) -> None:
    (file,) = _written(format="parquet", codec=codec)
    metadata = pq.ParquetFile(io.BytesIO(file.content)).metadata
    found = {metadata.row_group(0).column(place).compression for place in range(metadata.num_columns)}
    assert found == {{"none": "UNCOMPRESSED"}.get(codec, codec.upper())}


def test_row_groups_and_dictionaries_are_as_chosen() -> None:
    for groups, dictionary in (("one", "present"), ("several", "present"), ("one", "absent")):
        (file,) = _written(format="parquet", row_groups=groups, dictionary=dictionary)
        metadata = pq.ParquetFile(io.BytesIO(file.content)).metadata
        assert (metadata.num_row_groups > 1) == (groups == "several")
        assert metadata.row_group(0).column(0).has_dictionary_page == (dictionary == "present")


@pytest.mark.parametrize(("pages", "kind"), [("v1", 0), ("v2", 3)])
def test_pages_have_the_chosen_version(pages: str, kind: int) -> None:
    (file,) = _written(format="parquet", pages=pages)
    begin = pq.ParquetFile(io.BytesIO(file.content)).metadata.row_group(0).column(0).data_page_offset
    # A page's header begins with its kind, an integer of 32 bits in Thrift's compact protocol.
    assert file.content[begin : begin + 2] == bytes([0x15, 2 * kind])


def test_timestamps_are_written_as_chosen() -> None:
    for timestamps, physical in (("micros", "INT64"), ("int96", "INT96")):
        (file,) = _written(format="parquet", timestamps=timestamps)
        schema = pq.ParquetFile(io.BytesIO(file.content)).schema
        assert schema.column(4).physical_type == physical


def test_integers_have_unequal_widths_in_files_side_by_side() -> None:
    for partition in ("several", "nested", "mixed"):
        files = _written(format="parquet", partition=partition, integer_widths="unequal")
        schemas = [pq.read_schema(io.BytesIO(file.content)) for file in files]
        for name in ("n", "label"):
            types = [str(schema.field(name).type) for schema in schemas]
            assert set(types) == {"int32", "int64"}
            assert types[0] == {"n": "int64", "label": "int32"}[name]


def test_integers_that_need_their_width_keep_it() -> None:
    loaded = loaded_with([{"name": "n", "type": "bigint", "minimum": 2**40}, {"name": "m", "type": "tinyint"}])
    job = job_of(loaded, _RECIPE, format="parquet", partition="several", integer_widths="unequal")
    types = [pq.read_schema(io.BytesIO(file.content)).types for file in files_of(job, loaded)]
    assert {str(n) for n, _ in types} == {"int64"}
    assert {str(m) for _, m in types} == {"int8", "int64"}


@pytest.mark.parametrize("partition", ["several", "nested", "mixed"])
def test_a_column_is_all_null_in_one_part(partition: str) -> None:
    files = _written(format="parquet", partition=partition, null_part="present")
    assert len(files) == len(_written(format="parquet", partition=partition))
    parts = [pq.read_table(io.BytesIO(file.content)) for file in files]
    nulls = [name for part in parts for name in part.column_names if part.column(name).null_count == part.num_rows]
    assert nulls
    assert all(part.num_rows for part in parts)


def test_names_are_as_chosen() -> None:
    def names(format_: str, way: str, partition: str = "one") -> list[str]:
        files = _written(format=format_, file_names=way, partition=partition)
        return [file.path.removeprefix("train/") for file in files]

    assert names("csv", "bare") == ["part-00000"]
    assert names("csv", "spaces") == ["part 00000 of the rows.csv"]
    assert names("csv", "dates") == ["dt=2024-01-01/part-00000.csv"]
    assert names("parquet", "snappy") == ["part-00000.snappy.parquet"]
    assert (names("csv", "misleading"), names("parquet", "misleading")) == (["part-00000.parquet"], ["part-00000.csv"])
    assert names("parquet", "mixed", "several") == [
        "dt=2024-01-01/part-00000.parquet",
        "part 00001 of the rows.parquet",
        "part-00002.parquet",
        "part-00003",
        "part-00004.snappy.parquet",
    ]
    assert len(set(names("csv", "mixed", "several"))) == 5
    assert names("csv", "dates", "mixed")[-1] == "part-00000.csv"
    assert all("/dt=" in name for name in names("csv", "dates", "nested"))


@_SLOW
@given(rows=st.integers(1, 70), choices=_any_of("format", "null-part", *_LAYOUT))
def test_the_order_of_paths_is_that_of_rows_whichever_way_they_are_sorted(rows: int, choices: dict[str, str]) -> None:
    loaded = loaded_with([{"name": "x", "type": "int", "nullable": True}, {"name": "y", "type": "int"}])
    job = job_of(loaded, ChannelData("train", rows, 1), **choices)
    files = files_of(job, loaded)
    assert files == sorted(files, key=lambda file: Path(file.path).parts)
    assert len({file.path for file in files}) == len(files)
    if job["format"] == "parquet":
        assert parquet_rows(files) == cells_of(job, loaded)
    else:
        assert [tuple(int(t) if t else None for t in row) for row in csv_texts(files, header=True)[1]] == cells_of(
            job, loaded
        )


@pytest.mark.parametrize(
    "choices",
    [
        {"line_ends": "crlf", "last_line": "open"},
        {"quoting": "all", "booleans": "title"},
        {"exponents": "present", "booleans": "upper"},
        {"line_breaks": "in-cells"},
        {"format": "parquet", "integer_widths": "unequal"},
        {"format": "parquet", "null_part": "present", "pages": "v2"},
        *({"format": "parquet", "codec": codec} for codec in ("zstd", "lz4", "brotli")),
        {"format": "parquet", "timestamps": "int96"},
    ],
    ids=lambda choices: "-".join(choices.values()),
)
def test_duckdb_reads_what_was_meant(choices: dict[str, str], tmp_path: Path) -> None:
    loaded = _table()
    job = job_of(loaded, _RECIPE, partition="several", **choices)
    for file in files_of(job, loaded):
        (tmp_path / Path(file.path).name).write_bytes(file.content)
    types = {"x": "DOUBLE", "n": "BIGINT", "label": "INT", "yes": "BOOLEAN", "when": "TIMESTAMP", "note": "VARCHAR"}
    read = (
        "SELECT * FROM read_parquet(?)"
        if job["format"] == "parquet"
        else "SELECT * FROM read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        "nullstr = '', allow_quoted_nulls = false, strict_mode = true, columns = ?)"
    )
    more = [] if job["format"] == "parquet" else [types]
    with duckdb.connect() as database:
        rows = database.execute(read, [f"{tmp_path}/*", *more]).fetchall()
    assert rows == cells_of(job, loaded)


def test_pythons_sniffing_reader_takes_every_dialect_for_the_same_table() -> None:
    plain = list(csv.DictReader(io.StringIO(_written()[0].content.decode(), newline="")))
    for choices in ({"line_ends": "crlf"}, {"last_line": "open"}, {"quoting": "all"}):
        (file,) = _written(**choices)
        assert list(csv.DictReader(io.StringIO(file.content.decode(), newline=""))) == plain
