"""Rows in columnar formats: as Parquet, plainly or with the encodings that writers choose among, and as ORC."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from conformance.data.table import LISTED_FLOAT

_SMALL_GROUP = 10


@dataclass(frozen=True)
class Encoding:
    """What writers of Parquet choose among, and readers take all the same.

    ``other_widths`` writes integers of 32 bits in 64, and those of 64 in 32 where they fit; ``int96`` writes timestamps
    as Spark and Hive did for long.
    """

    codec: str = "snappy"
    dictionary: bool = True
    several_groups: bool = False
    other_widths: bool = False
    second_pages: bool = False
    int96: bool = False


PLAIN = Encoding()


def parquet_bytes(frame: pd.DataFrame, encoding: Encoding = PLAIN) -> bytes:
    """Return a Parquet file of all rows."""
    rows = _arrow(frame)
    if encoding.other_widths:
        rows = _in_other_widths(rows)
    target = io.BytesIO()
    pq.write_table(
        rows,
        target,
        compression=encoding.codec,
        use_dictionary=encoding.dictionary,
        row_group_size=_group_rows(rows.num_rows) if encoding.several_groups else None,
        data_page_version="2.0" if encoding.second_pages else "1.0",
        use_deprecated_int96_timestamps=encoding.int96,
    )
    return target.getvalue()


def _in_other_widths(rows: pa.Table) -> pa.Table:
    for place, field in enumerate(rows.schema):
        if not pa.types.is_integer(field.type):
            continue
        other = pa.int32() if field.type == pa.int64() else pa.int64()
        try:
            rows = rows.set_column(place, field.name, rows.column(place).cast(other))
        except pa.ArrowInvalid:
            # Values beyond 32 bits leave only the width that they have.
            continue
    return rows


def last_group_rows(rows: int) -> int:
    """Return how many rows the last of several row groups has in a file of so many."""
    return (rows - 1) % _group_rows(rows) + 1


def _group_rows(rows: int) -> int:
    return max(1, min(_SMALL_GROUP, rows // 3))


def orc_bytes(frame: pd.DataFrame) -> bytes:
    """Return an ORC file of all rows: a format that the platform does not have."""
    target = io.BytesIO()
    orc.write_table(_arrow(frame), target)
    return target.getvalue()


def _arrow(frame: pd.DataFrame) -> pa.Table:
    # The metadata that pandas adds is no part of the data.
    rows = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for place, name in enumerate(rows.column_names):
        if frame.dtypes.iloc[place] == LISTED_FLOAT:
            rows = rows.set_column(place, name, rows.column(place).cast(pa.float32()))
    return rows
