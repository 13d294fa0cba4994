"""Rows as CSV, in the one dialect that every conforming reader takes.

UTF-8 without BOM, comma, LF, quoted as RFC 4180 says and only where needed, null empty and unquoted, the empty text
quoted, booleans ``true`` and ``false``, numbers in plain digits, ISO dates, ``YYYY-MM-DD HH:MM:SS[.ffffff]``.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def csv_bytes(frame: pd.DataFrame, *, header: bool) -> bytes:
    """Return a CSV file of all rows; its last record ends with a line feed too."""
    columns = [[cell_text(value) for value in frame[name].array] for name in frame.columns]
    records = [",".join(record) for record in zip(*columns, strict=True)]
    if header:
        records.insert(0, header_text(frame))
    return "".join(record + "\n" for record in records).encode()


def header_text(frame: pd.DataFrame) -> str:
    """Return the header record, without its line feed."""
    return ",".join(quoted(str(name)) for name in frame.columns)


def cell_text(value: Any) -> str:
    """Return one cell as it stands between two commas."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, str):
        return quoted(value) if value else '""'
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return _digits(float(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        return value.isoformat(sep=" ")
    return str(value)


def quoted(text: str) -> str:
    """Return a text as a cell, in quotes only if it has to be."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _digits(value: float) -> str:
    text = repr(value)
    # An exponent is a dialect of its own, which not every reader takes.
    return np.format_float_positional(value, unique=True, trim="0") if "e" in text else text
