"""Rows in columnar formats: as Parquet, plainly or with the encodings that writers choose among, and as ORC."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

_SMALL_GROUP = 10


def parquet_bytes(
    frame: pd.DataFrame, *, codec: str = "snappy", dictionary: bool = True, groups: bool = False
) -> bytes:
    """Return a Parquet file of all rows, in one row group or, with ``groups``, in several."""
    rows = _arrow(frame)
    target = io.BytesIO()
    size = _group_rows(rows.num_rows) if groups else None
    pq.write_table(rows, target, compression=codec, use_dictionary=dictionary, row_group_size=size)
    return target.getvalue()


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
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
