"""What Hypothesis draws: the seeds and texts of the data, and where each fault strikes."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.contract.limits import HYPERPARAMETER_CHARACTERS
from conformance.manifest.model import Channel, Column, Manifest
from conformance.values.job import ChannelData

PLAIN_ROWS = 64
_WORDS = 12
# Words that some reader takes for a null, a boolean or a number.
_NULL_LIKE = frozenset(
    {"na", "nan", "nil", "null", "none", "true", "false", "inf", "infinity", "yes", "no", "on", "off"}
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Explicit, because Hypothesis would otherwise work out its table of all characters anew in every session.
_STRANGE = _LETTERS + " ,;'\"|#&äßéøñçžłαβγδжщю中文字あア한글ﷺ€→𝔘😀"


@dataclass(frozen=True)
class Drawn:
    """Everything that chance decides in a plan. ``column_short`` maps a channel to the column that it is short of."""

    data: tuple[ChannelData, ...]
    column_short: tuple[tuple[str, str], ...]
    unreadable: str
    unreadable_long: str
    long_for: str | None


def plain_rows(channel: Channel) -> int:
    """Return how many rows a plain job has: 64, or as near as the manifest allows."""
    certain = max(len(column.values or ()) * (column.min_per_value or 1) for column in channel.columns)
    rows = max(PLAIN_ROWS, channel.min_rows, min(certain, 10 * PLAIN_ROWS))
    return rows if channel.max_rows is None else min(rows, channel.max_rows)


def required_columns(channel: Channel) -> list[str]:
    """Return the columns without which the channel must be refused."""
    if channel.extra_columns == "used" or len(channel.columns) < 2:
        return []
    return [column.name for column in channel.columns if not column.optional]


def unreadable_hyperparameters(manifest: Manifest) -> list[str]:
    """Return the hyperparameters that letters cannot be a value of."""
    return [name for name, declared in manifest.hyperparameters.items() if declared.type != "string"]


@st.composite
def drawn(draw: DrawFn, manifest: Manifest) -> Drawn:
    """Draw what chance decides for a manifest."""
    data = tuple(draw(_channel_data(name, channel)) for name, channel in manifest.channels.items())
    short = tuple(
        (name, draw(st.sampled_from(required_columns(channel))))
        for name, channel in manifest.channels.items()
        if required_columns(channel)
    )
    readable = unreadable_hyperparameters(manifest)
    return Drawn(
        data=data,
        column_short=short,
        unreadable=draw(_words(1, minimum=8, maximum=12))[0],
        unreadable_long=draw(_long_value()),
        long_for=draw(st.sampled_from(readable)) if readable else None,
    )


@st.composite
def _channel_data(draw: DrawFn, name: str, channel: Channel) -> ChannelData:
    words = tuple(
        (column.name, draw(_column_words(column)))
        for column in channel.columns
        if column.type.is_text and column.values is None and channel.sample is None
    )
    texts = draw(st.lists(st.text(_STRANGE, min_size=1, max_size=40), min_size=4, max_size=8)) if words else []
    return ChannelData(name, plain_rows(channel), draw(st.integers(0, 2**32 - 1)), words, tuple(texts))


def _column_words(column: Column) -> SearchStrategy[tuple[str, ...]]:
    longest = min(n for n in (column.max_length, column.type.length, 10) if n is not None)
    if column.pattern is None:
        return _words(_WORDS, minimum=min(3, longest), maximum=longest)
    matching = st.from_regex(column.pattern, fullmatch=True).filter(lambda text: _is_plain_cell(text, column))
    return st.lists(matching, min_size=1, max_size=_WORDS).map(tuple)


def _is_plain_cell(text: str, column: Column) -> bool:
    limits = [n for n in (column.max_length, column.type.length, 1000) if n is not None]
    return 0 < len(text) <= min(limits) and text.isprintable() and not text.isspace()


def _words(count: int, *, minimum: int, maximum: int) -> SearchStrategy[tuple[str, ...]]:
    word = st.text(_LETTERS, min_size=minimum, max_size=maximum).filter(lambda text: text not in _NULL_LIKE)
    return st.lists(word, min_size=count, max_size=count).map(tuple)


@st.composite
def _long_value(draw: DrawFn) -> str:
    """Return words of letters, half of them not ASCII, as long as a hyperparameter may be."""
    plain = draw(_words(4, minimum=8, maximum=12))
    foreign = draw(st.lists(st.text("äßéøñçαβγжщю中文字", min_size=8, max_size=12), min_size=4, max_size=4))
    begin = " ".join(word for pair in zip(plain, foreign, strict=True) for word in pair)
    return (begin + " " + "äöü中" * HYPERPARAMETER_CHARACTERS)[:HYPERPARAMETER_CHARACTERS]
