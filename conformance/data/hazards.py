"""Encoding hazards: values that fit the manifest and that careless readers trip over.

Every conforming image must train with them, so only what a column's own declaration allows is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from conformance.data.bulk import integer_range
from conformance.data.plain_text import LONGEST_CELL_BYTES
from conformance.manifest.model import Column

KINDS = ("quotes", "unicode", "long-text", "integers", "fractions")
"""Each is a choice of its own, called ``hazard-<kind>``."""
LINE_BREAKS = "line-breaks"
"""The kind that not every reader takes from CSV."""
NULL_LIKE = "null-like"
"""The texts that readers take for a null or a number: no encoding hazard, as careful readers disagree on them."""
_TEXTS = {
    NULL_LIKE: ("", "NA", "null", "None", "007"),
    "quotes": (
        "one, two",
        'say "yes"',
        '"',
        '","',
        "a;b|c\td",
        " leading and trailing ",
        "it's #1 = 100% \\ /",
    ),
    "unicode": (
        "naïve café, 5 €",
        "Zoë – Ærøskøbing",
        "日本語",
        "ℕ😀",
        "e\u0301 and \u200bjoined\u200b",
    ),
    "long-text": ("x" * LONGEST_CELL_BYTES,),
    # Nothing else that readers trip over, so that it is the line breaks where they do.
    LINE_BREAKS: ("one\ntwo", "above\n\nbelow", "one\r\ntwo", "last\n"),
}
_INTEGERS = (2**24 + 1, -(2**24) - 1, 2**31 + 1, -(2**31) - 2)
_FLOATS = (0.1, -0.0001, 123456.789, 1 / 3)


def values(column: Column, kind: str, drawn_texts: Sequence[str]) -> list[Any]:
    """Return the hazards of a kind that a column can hold; none for a column whose values are listed.

    ``drawn_texts`` are further texts with characters of all scripts.
    """
    if column.values is not None:
        return []
    if column.type.is_integer and kind == "integers":
        low, high = integer_range(column)
        return [v for v in _INTEGERS if low <= v <= high]
    if column.type.kind == "double" and kind == "fractions":
        return [v for v in _FLOATS if _within(column, v)]
    if column.type.is_text and kind in _TEXTS:
        texts = _TEXTS[kind] + (tuple(drawn_texts) if kind == "unicode" else ())
        return [text for text in texts if _fits(column, text)]
    return []


def longest_text(column: Column) -> int | None:
    """Return how many characters a text column may hold, None where nothing limits it."""
    limits = [n for n in (column.max_length, column.type.length) if n is not None]
    return min(limits) if limits else None


def _fits(column: Column, text: str) -> bool:
    limit = longest_text(column)
    if limit is not None and len(text) > limit:
        return False
    return column.pattern is None or re.fullmatch(column.pattern, text) is not None


def _within(column: Column, value: float) -> bool:
    bounds: Iterable[bool] = (
        column.minimum is None or float(column.minimum) <= value,  # type: ignore[arg-type]
        column.maximum is None or value <= float(column.maximum),  # type: ignore[arg-type]
    )
    return all(bounds)
