"""What Hypothesis draws: the seeds and texts of the data, and where each fault strikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.contract.choices import CHOICES
from conformance.contract.limits import HYPERPARAMETER_CHARACTERS
from conformance.data.plain_text import LONGEST_CELL_BYTES, is_plain_text
from conformance.manifest.model import Channel, Column, Hyperparameter, Manifest
from conformance.manifest.table import Scalar
from conformance.values.job import ChannelData

PLAIN_ROWS = 64
JOBS_WITH_ROWS = 80
TAIL = 20
_HYPERPARAMETER_SETS = 8
_WORDS = 12
MATCHING_WORDS = (48, 4)
"""How many texts are drawn for a pattern; fewer where those that match are long or hard to find."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Explicit, because Hypothesis would otherwise work out its table of all characters anew in every session.
_STRANGE = _LETTERS + " ,;'\"|#&äßéøñçžłαβγδжщю中文字あア한글ﷺ€→𝔘😀"
_SEEDS = st.integers(0, 2**32 - 1)
_Element = TypeVar("_Element")


@dataclass(frozen=True)
class Drawn:
    """Everything that chance decides in a plan.

    ``seeds`` are those of the rows of jobs that have rows of their own, and ``hyperparameters`` those that are drawn
    from their tested ranges, for such a job each; ``tail`` holds numbers that pick the values of further jobs.
    ``unreadable`` are letters that no parser takes for a number, a null or a boolean, and ``fault_seed`` decides where
    faults strike.
    """

    data: tuple[ChannelData, ...]
    unreadable: str
    unreadable_long: str
    fault_seed: int
    seeds: tuple[int, ...]
    hyperparameters: tuple[tuple[tuple[str, str], ...], ...]
    tail: tuple[tuple[int, ...], ...]


def plain_rows(channel: Channel) -> int:
    """Return how many rows a plain job has: 64, or as near as the manifest allows."""
    certain = max(len(column.values or ()) * (column.min_per_value or 1) for column in channel.columns)
    rows = max(PLAIN_ROWS, channel.min_rows, min(certain, 10 * PLAIN_ROWS))
    return rows if channel.max_rows is None else min(rows, channel.max_rows)


@st.composite
def drawn(draw: DrawFn, manifest: Manifest, matching: int) -> Drawn:
    """Draw what chance decides for a manifest, with so many texts for each column that has a pattern."""
    data = tuple(draw(_channel_data(name, channel, matching)) for name, channel in manifest.channels.items())
    return Drawn(
        data=data,
        unreadable=draw(_words(1, minimum=8, maximum=12))[0],
        unreadable_long=draw(_long_value()),
        fault_seed=draw(_SEEDS),
        seeds=draw(_exactly(JOBS_WITH_ROWS, _SEEDS).map(tuple)),
        hyperparameters=tuple(draw(_exactly(_HYPERPARAMETER_SETS, hyperparameter_values(manifest)))),
        tail=tuple(draw(_exactly(TAIL, _exactly(len(CHOICES), st.integers(0, 255)).map(tuple)))),
    )


def _exactly(count: int, strategy: SearchStrategy[_Element]) -> SearchStrategy[list[_Element]]:
    return st.lists(strategy, min_size=count, max_size=count)


def hyperparameter_values(manifest: Manifest) -> SearchStrategy[tuple[tuple[str, str], ...]]:
    """Return the strategy of values for all hyperparameters, from their tested ranges, as the platform's strings."""
    return st.tuples(
        *(
            st.tuples(st.just(name), _tested(declared).map(as_text))
            for name, declared in manifest.hyperparameters.items()
        )
    )


def _tested(declared: Hyperparameter) -> SearchStrategy[Scalar]:
    if not declared.is_number:
        return st.sampled_from(declared.tested)
    low, high = declared.tested
    if declared.type == "integer":
        return st.integers(int(low), int(high))  # type: ignore[arg-type]
    return st.floats(float(low), float(high), allow_subnormal=False)  # type: ignore[arg-type]


def as_text(value: Scalar | None) -> str:
    """Return the string of a hyperparameter's value, numbers in plain digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-") if value else "0"
    return str(value)


@st.composite
def _channel_data(draw: DrawFn, name: str, channel: Channel, matching: int) -> ChannelData:
    words = tuple(
        (column.name, draw(_column_words(column, matching)))
        for column in channel.columns
        if column.type.is_text and column.values is None and channel.sample is None
    )
    strange = st.text(_STRANGE, min_size=1, max_size=40).filter(is_plain_text)
    texts = draw(st.lists(strange, min_size=4, max_size=8)) if words else []
    return ChannelData(name, plain_rows(channel), draw(_SEEDS), words, tuple(texts))


def _column_words(column: Column, matching: int) -> SearchStrategy[tuple[str, ...]]:
    longest = min(n for n in (column.max_length, column.type.length, 10) if n is not None)
    if column.pattern is None:
        return _words(_WORDS, minimum=min(3, longest), maximum=longest)
    return _matching_words(column, matching)


@st.composite
def _matching_words(draw: DrawFn, column: Column, count: int) -> tuple[str, ...]:
    """Draw words that match a column's pattern: plain ones, if the pattern allows any."""
    matching = _matching(column.pattern or "").filter(lambda text: _is_cell(text, column))
    words = tuple(dict.fromkeys(draw(st.lists(matching, min_size=count, max_size=count))))
    return tuple(filter(is_plain_text, words))[:_WORDS] or words[:_WORDS]


def _matching(pattern: str) -> SearchStrategy[str]:
    # Digits and letters of all scripts match `\\d` and `\\w`; plain data has those that every parser reads.
    printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
    strategy = st.from_regex(pattern, fullmatch=True, alphabet=printable)
    try:
        strategy.validate()
    except InvalidArgument:
        return st.from_regex(pattern, fullmatch=True)
    return strategy


def _is_cell(text: str, column: Column) -> bool:
    limits = [n for n in (column.max_length, column.type.length, LONGEST_CELL_BYTES) if n is not None]
    fits = 0 < len(text) <= min(limits) and len(text.encode(errors="replace")) <= LONGEST_CELL_BYTES
    return fits and text.isprintable() and not text.isspace()


def _words(count: int, *, minimum: int, maximum: int) -> SearchStrategy[tuple[str, ...]]:
    word = st.text(_LETTERS, min_size=minimum, max_size=maximum).filter(is_plain_text)
    return st.lists(word, min_size=count, max_size=count).map(tuple)


@st.composite
def _long_value(draw: DrawFn) -> str:
    """Return words of letters, half of them not ASCII, as long as a hyperparameter may be."""
    plain = draw(_words(4, minimum=8, maximum=12))
    foreign = draw(st.lists(st.text("äßéøñçαβγжщю中文字", min_size=8, max_size=12), min_size=4, max_size=4))
    begin = " ".join(word for pair in zip(plain, foreign, strict=True) for word in pair)
    return (begin + " " + "äöü中" * HYPERPARAMETER_CHARACTERS)[:HYPERPARAMETER_CHARACTERS]
