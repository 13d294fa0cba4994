"""Canaries: values that stand in one cell alone and that nothing but this cell can have told.

They come in pairs of jobs that are equal but for them. What an image prints or stores of one is held against it only if
of the other job, with another value in that cell, the other value is there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance.contract import variables
from conformance.manifest.model import Column, Manifest
from conformance.values.job import Canary, Job

LEAST_CHARACTERS = 6
MOST_CHARACTERS = 10
ROUNDED = "a rounded number"
"""The form of a number that is written with fewer digits than tell it from all others: one alone proves nothing."""
SECRETS = ("secret-a", "secret-b")
"""The values of the choice ``extra-variables`` in which one variable holds a canary."""
_SMALLEST_INTEGER_KINDS = ("tinyint", "smallint")


def can_hold(column: Column) -> bool:
    """Whether a column's declaration leaves room for a canary; whether its bounds do is seen when one is drawn."""
    if column.values is not None or column.type.kind in ("boolean", *_SMALLEST_INTEGER_KINDS):
        return False
    if column.type.kind == "decimal":
        return (column.type.precision or 0) >= LEAST_CHARACTERS
    limits = [n for n in (column.max_length, column.type.length) if n is not None]
    return not column.type.is_text or min([MOST_CHARACTERS, *limits]) >= LEAST_CHARACTERS


def is_checked(column: Column) -> bool:
    """Whether letters in a cell of the column are a fault."""
    return not column.type.is_text and column.values is None


def value(column: Column, text: str) -> Any:
    """Return the cell that a canary stands for."""
    kind = column.type.kind
    if column.type.is_integer:
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    if kind == "decimal":
        return Decimal(text)
    if kind == "date":
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text) if kind == "timestamp" else text


def as_text(cell: Any) -> str:
    """Return a canary for a cell: its text in CSV."""
    # What writes CSV is heavy, and listing the rules needs none of it.
    from conformance.data.csv_text import cell_text

    return cell if isinstance(cell, str) else cell_text(cell)


def characters(text: str) -> int:
    """Return how many letters and digits tell a canary from other values: zeros in front do not."""
    return len(re.sub(r"[^0-9A-Za-z]", "", text).lstrip("0"))


def canaries_of(job: Job) -> Iterator[tuple[str, Canary]]:
    """Yield the canaries of a job with the names of their channels, the one in a cell at fault among them.

    Of each column the smallest and the largest come first.
    """
    for recipe in job.data:
        for canary in recipe.canaries:
            yield recipe.channel, canary
    fault = job.fault
    if fault is not None and fault.kind == "wrong-cell":
        yield fault.channel, Canary(fault.subject, fault.row, fault.value, "")


def without_texts(job: Job) -> Job:
    """Return what is equal in two jobs that are equal but for their canaries."""
    data = tuple(
        replace(recipe, canaries=tuple(replace(canary, text="", other="") for canary in recipe.canaries))
        for recipe in job.data
    )
    fault = job.fault
    if fault is not None and fault.kind == "wrong-cell":
        fault = replace(fault, value="")
    same = replace(job, data=data, fault=fault)
    return same.with_choices(extra_variables=SECRETS[0]) if job["extra-variables"] in SECRETS else same


def secret_of(job: Job) -> str | None:
    """Return the value of the variable that the image cannot know, in jobs that have one."""
    which = job["extra-variables"]
    return _letters(f"{job.data[0].seed} {which}") if which in SECRETS else None


def secret_variables(job: Job) -> dict[str, str]:
    """Return the environment variables that hold a canary."""
    secret = secret_of(job)
    return {} if secret is None else {variables.SECRET: secret}


def _letters(seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:16])


def carriers(manifest: Manifest) -> Iterator[tuple[str, Column]]:
    """Yield the columns that may hold canaries, with the names of their channels.

    Of a channel with a sample none does: what makes its rows fit together is not known.
    """
    for name, channel in manifest.channels.items():
        if channel.sample is None and channel.max_rows != 1:
            yield from ((name, column) for column in channel.columns if can_hold(column))
