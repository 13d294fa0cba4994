"""Rows as CSV: in the one dialect that every conforming reader takes, and in others that are common.

The plain one is UTF-8 without BOM, comma, LF, quoted as RFC 4180 says and only where needed, null empty and unquoted,
the empty text quoted, booleans ``true`` and ``false``, numbers in plain digits, ISO dates, times as
``YYYY-MM-DD HH:MM:SS[.ffffff]``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_NEEDS_QUOTES = re.compile(r'[",\r\n]')


@dataclass(frozen=True)
class Dialect:
    """How CSV is written, where writers differ.

    ``ended`` says whether the last record ends with a line end too. With ``all_quoted`` every cell is in quotes but
    null, which would otherwise be an empty text. ``booleans`` are the words for true and false.
    """

    line_end: str = "\n"
    ended: bool = True
    all_quoted: bool = False
    booleans: tuple[str, str] = ("true", "false")
    exponents: bool = False


PLAIN = Dialect()


def csv_bytes(frame: pd.DataFrame, *, header: bool, dialect: Dialect = PLAIN) -> bytes:
    """Return a CSV file of all rows."""
    columns = [[_cell(value, dialect) for value in frame[name].array] for name in frame.columns]
    records = [",".join(record) for record in zip(*columns, strict=True)]
    if header:
        records.insert(0, header_text(frame, dialect))
    return (dialect.line_end.join(records) + (dialect.line_end if dialect.ended else "")).encode()


def header_text(frame: pd.DataFrame, dialect: Dialect = PLAIN) -> str:
    """Return the header record, without its line end."""
    return ",".join(_in_quotes(str(name), dialect) for name in frame.columns)


def _cell(value: Any, dialect: Dialect) -> str:
    """Return one cell as it stands between two commas."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if value == "":
        return '""'
    return _in_quotes(_text(value, dialect), dialect)


def _in_quotes(text: str, dialect: Dialect) -> str:
    if dialect.all_quoted or _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(value: Any, dialect: Dialect) -> str:
    if isinstance(value, (bool, np.bool_)):
        return dialect.booleans[0 if value else 1]
    if isinstance(value, (float, np.floating)):
        return _digits(float(value), dialect)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        return value.isoformat(sep=" ")
    return str(value)


def _digits(value: float, dialect: Dialect) -> str:
    if dialect.exponents:
        return np.format_float_scientific(value, unique=True, trim="-", exp_digits=1)
    text = repr(value)
    return np.format_float_positional(value, unique=True, trim="0") if "e" in text else text
