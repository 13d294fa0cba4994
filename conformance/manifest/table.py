"""What every table of a manifest shares: strict, immutable models whose mistakes know their key."""

import difflib
import json
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Self, TypeVar

import regex
from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, Strict, model_validator

from conformance.manifest.line_pattern import LinePattern

Item = TypeVar("Item")
# Strict tuples would refuse the lists that TOML arrays are read as; their items stay strict.
Array = Annotated[tuple[Item, ...], Strict(False)]


@dataclass(frozen=True)
class Problem:
    """One mistake: the path of the key, from the table that was checked, and what is wrong and would be right."""

    path: tuple[str | int, ...]
    message: str


class ContradictionError(ValueError):
    """A table whose keys are each well typed, and do not fit one another or the world they describe."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{dotted(problem.path)}: {problem.message}" for problem in self.problems))


class Table(BaseModel):
    """A TOML table: unknown keys and values of another type are refused, and so are contradictions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def contradictions(self) -> Iterator[Problem]:
        """What is wrong although every key has the right type; keys are relative to this table."""
        return iter(())

    @model_validator(mode="after")
    def _free_of_contradictions(self) -> Self:
        if problems := tuple(self.contradictions()):
            raise ContradictionError(problems)
        return self


def _toml_scalar(value: object) -> object:
    if not isinstance(value, bool | int | float | str | date):
        raise ValueError(f"should be a number, a string, a boolean or a date, found {shown(value)}")  # noqa: TRY004
    return value


# Validated by the type that stands beside it in the same table; a plain union would change or tag it.
Scalar = bool | int | float | str | date | datetime
TomlScalar = Annotated[Scalar, PlainValidator(_toml_scalar), PlainSerializer(lambda value: value)]


def shown(value: object) -> str:
    """The value as TOML writes it, in one printable line of a length that fits a message."""
    match value:
        case list() | tuple():
            text = f"[{', '.join(map(_shown_item, value[:8]))}{', …' if len(value) > 8 else ''}]"
        case dict() if value:
            text = (
                f"a table with the keys {', '.join(map(_shown_item, list(value)[:8]))}{', …' if len(value) > 8 else ''}"
            )
        case dict():
            text = "an empty table"
        case _:
            text = _shown_item(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _shown_item(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return one_line(json.dumps(value[:80], ensure_ascii=False))
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return "[…]"
        case dict():
            return "{…}"
        case int() if abs(value) >= 10**30:
            return "an integer of more than 30 digits"
    return repr(value)


def one_line(text: str) -> str:
    """The text with line breaks, and whatever else no terminal should be sent, as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def dotted(path: tuple[str | int, ...]) -> str:
    """The path as a dotted TOML key; items of arrays count from 0, as in `channels.train.columns[2].minimum`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        bare = re.fullmatch(r"[A-Za-z0-9_-]{1,80}", part, re.ASCII)
        text += ("." if text else "") + (part if bare else shown(part))
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question with the known word that is nearest, to be followed by more text; empty where none is near."""
    near = difflib.get_close_matches(word[:80].lower(), list(known), n=1)
    return f'did you mean "{near[0]}"? ' if near else ""


def has_control_characters(text: str) -> bool:
    """Whether line breaks, NUL or other control characters are in the text."""
    return any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def label(text: str, longest: int) -> str:
    """The text itself, if it can stand in one line of a report; raises ValueError with what would be right."""
    if not 1 <= len(text) <= longest:
        raise ValueError(f"should be 1 to {longest} characters long, found {len(text)}")
    if has_control_characters(text):
        raise ValueError(f"should have no line breaks or control characters, found {shown(text)}")
    return text


def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression; raises ValueError with the reason where Python's `re` does not compile it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = re.compile(pattern)
            LinePattern(pattern)
            return found
    except (re.error, regex.error, RecursionError, OverflowError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ValueError(f"{shown(pattern)} is not a regular expression that Python's re compiles: {reason}") from error


def duplicates(items: Iterable[Item]) -> list[Item]:
    """The items that are there again, each once, in their order."""
    seen: list[Item] = []
    again: list[Item] = []
    for item in items:
        if item in seen and item not in again:
            again.append(item)
        seen.append(item)
    return again


def non_empty_and_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values themselves; raises ValueError where there are none, or one is there twice."""
    if not values:
        raise ValueError("should hold at least one, or be left out, found []")
    if again := duplicates(values):
        raise ValueError(f"should hold each once, found {shown(again[0])} again")
    return values
