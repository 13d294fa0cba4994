"""Rows in columnar formats: as Parquet, plainly or with the encodings that writers choose among, and as ORC."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

_CODECS = ("none", "snappy", "gzip")
_SMALL_GROUP = 10


def parquet_bytes(frame: pd.DataFrame, *, hazards: bool) -> bytes:
    """Return a Parquet file of all rows.

    With ``hazards`` the columns take turns in their codec, every second one is written without a dictionary, and there
    are several row groups.
    """
    rows = _arrow(frame)
    target = io.BytesIO()
    if hazards:
        codecs = {name: _CODECS[i % len(_CODECS)] for i, name in enumerate(rows.column_names)}
        pq.write_table(
            rows,
            target,
            compression=codecs,
            use_dictionary=rows.column_names[::2],
            row_group_size=max(1, min(_SMALL_GROUP, rows.num_rows // 3)),
        )
    else:
        pq.write_table(rows, target, compression="snappy")
    return target.getvalue()


def orc_bytes(frame: pd.DataFrame) -> bytes:
    """Return an ORC file of all rows: a format that the platform does not have."""
    target = io.BytesIO()
    orc.write_table(_arrow(frame), target)
    return target.getvalue()


def _arrow(frame: pd.DataFrame) -> pa.Table:
    # The metadata that pandas adds is no part of the data.
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
