"""What a canary can be in a column: a value within bounds that no other cell is likely to have."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pandas as pd

from conformance.data.bulk import integer_range
from conformance.data.canaries import LEAST_CHARACTERS, MOST_CHARACTERS
from conformance.data.hazards import longest_text
from conformance.manifest.model import Column

Cell = Any
_EDGE = 3
_ENOUGH = 1000
"""Of fewer integers one would be found by chance."""
_EIGHTHS_FROM = 1000.0
_SECOND = dt.timedelta(seconds=1)
# More than any decimal column has: nothing is rounded.
_DIGITS = Context(prec=100)


def ordered(cell: Any) -> Cell:
    """Return a cell of a data frame as a value that can be compared with a canary; None for null."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell


def sample(column: Column, low: Cell, high: Cell, words: Sequence[str], generator: np.random.Generator) -> Cell:
    """Return a value for a column; None where chance finds none.

    Numbers, dates and times lie from ``low`` to ``high``; integers beyond where they would have fewer digits than there
    is room for. ``words`` are texts that match the pattern of the column.
    """
    kind = column.type.kind
    if column.type.is_text:
        return _text(column, words, generator)
    if column.type.is_integer:
        return _integer(column, low, high, generator)
    if low > high:
        return None
    if kind == "double":
        return _double(low, high, generator)
    if kind == "float":
        return _float(low, high, generator)
    if kind == "decimal":
        return _decimal(column, low, high, generator)
    if kind == "date":
        return low + dt.timedelta(days=int(generator.integers((high - low).days, endpoint=True)))
    return low + dt.timedelta(seconds=int(generator.integers((high - low) // _SECOND, endpoint=True)))


def _integer(column: Column, low: int, high: int, generator: np.random.Generator) -> int | None:
    least, greatest = integer_range(column)
    for digits in range(MOST_CHARACTERS, LEAST_CHARACTERS - 1, -1):
        smallest, largest = 10 ** (digits - 1), 10**digits - 1
        ranges = [
            (max(a, least), min(b, greatest))
            for a, b in ((-largest, -smallest), (smallest, largest))
            if max(a, least) <= min(b, greatest)
        ]
        if sum(b - a for a, b in ranges) >= _ENOUGH:
            between = [(max(a, low), min(b, high)) for a, b in ranges if max(a, low) <= min(b, high)] or ranges
            a, b = between[int(generator.integers(len(between)))]
            return int(generator.integers(a, b, endpoint=True))
    return None


def _double(low: float, high: float, generator: np.random.Generator) -> float | None:
    drawn = float(generator.uniform(low, high))
    if not drawn or not math.isfinite(drawn):
        return None
    rounded = round(drawn, MOST_CHARACTERS - 1 - math.floor(math.log10(abs(drawn))))
    return rounded if low <= rounded <= high else None


def _float(low: float, high: float, generator: np.random.Generator) -> float | None:
    drawn = float(generator.uniform(low, high))
    if abs(drawn) >= _EIGHTHS_FROM:
        # Exact in 32 bits, and short in decimal.
        drawn = (math.floor(drawn * 4) * 2 + 1) / 8
    exact = float(np.float32(drawn))
    return exact if low <= exact <= high else None


def _decimal(column: Column, low: Decimal, high: Decimal, generator: np.random.Generator) -> Decimal | None:
    scale = column.type.scale or 0
    first, last = (int(_DIGITS.scaleb(bound, scale)) for bound in (low, high))
    drawn = first + int(generator.integers(0, min(last - first, 2**62), endpoint=True))
    # A zero at the end is left out by those who take it for a double.
    return None if drawn % 10 == 0 else _DIGITS.scaleb(Decimal(drawn), -scale)


def _text(column: Column, words: Sequence[str], generator: np.random.Generator) -> str | None:
    if column.pattern is not None:
        return _matching(column, words, generator)
    limit = longest_text(column)
    length = MOST_CHARACTERS if limit is None else min(limit, MOST_CHARACTERS)
    letters = "".join(chr(ord("a") + int(n)) for n in generator.integers(26, size=length))
    if length < LEAST_CHARACTERS + _EDGE:
        return letters
    # At an end of the alphabet where it is to be at an end of the column.
    edge = {0: "a", 1: "z"}.get(int(generator.integers(8)))
    return letters if edge is None else edge * _EDGE + letters[_EDGE:]


def _matching(column: Column, words: Sequence[str], generator: np.random.Generator) -> str | None:
    """Return a text that matches a pattern as a drawn one does: its letters and digits exchanged where that will do."""
    if not words:
        return None
    text = words[int(generator.integers(len(words)))]
    free = 0
    for at, character in enumerate(text):
        if not re.fullmatch("[0-9a-zA-Z]", character):
            continue
        first, count = ("0", 10) if character.isdigit() else ("a" if character.islower() else "A", 26)
        other = chr(ord(first) + int(generator.integers(count)))
        candidate = text[:at] + other + text[at + 1 :]
        if other != character and re.fullmatch(column.pattern or "", candidate):
            text, free = candidate, free + 1
    return text if free >= LEAST_CHARACTERS else None
