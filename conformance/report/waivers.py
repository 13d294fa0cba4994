"""Waivers: rules that may be broken for a while, each with a reason, an owner and a date.

::

    [[waiver]]
    rule = "launch.exec-form"
    reason = "the base image's entrypoint; fixed in its next release"
    owner = "ml-platform@example.com"
    expires = 2026-12-31
    image = "registry.example.com/team/*"     # optional

A waiver that has expired, or whose rule now passes, is reported, so that the list cannot rot.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.values.verdict import Outcome, RuleResult


class WaiversError(Exception):
    """A file of waivers cannot be used. The message names the file and the key, what was found, what would be right."""


class Waiver(BaseModel):
    """One waiver. ``image`` is a glob that the image's reference must match; ``expires`` is its last day."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rule: str
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: dt.date
    image: str = "*"

    def concerns(self, image: str) -> bool:
        """Whether the waiver is for this image."""
        return fnmatch.fnmatchcase(image, self.image)

    def expired(self, today: dt.date) -> bool:
        """Whether its last day is over."""
        return self.expires < today


@dataclass(frozen=True)
class StaleWaiver:
    """A waiver that has to be removed or renewed, and why."""

    waiver: Waiver
    why: str


def load_waivers(path: Path, known_rules: Iterable[str]) -> tuple[Waiver, ...]:
    """Return the waivers of a file; WaiversError if it cannot be read, or names what is not there."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WaiversError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WaiversError(f"{path}: is no TOML file: {error}") from error
    if unknown := sorted(document.keys() - {"waiver"}):
        raise WaiversError(f"{path}: {unknown[0]}: unknown key; a file of waivers holds [[waiver]] tables")
    tables = document.get("waiver", [])
    if not isinstance(tables, list):
        raise WaiversError(f"{path}: waiver: should be written [[waiver]], with two brackets")
    known = set(known_rules)
    return tuple(_waiver(path, number, table, known) for number, table in enumerate(tables))


def _waiver(path: Path, number: int, table: object, known: set[str]) -> Waiver:
    try:
        waiver = Waiver.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f"waiver[{number}].{key}" if key else f"waiver[{number}]"
        raise WaiversError(f"{path}: {where}: {first['msg']}, found {first['input']!r}") from error
    if waiver.rule not in known:
        raise WaiversError(f"{path}: waiver[{number}].rule: there is no rule {waiver.rule!r}; --collect-only lists all")
    return waiver


def apply_waivers(
    results: Sequence[RuleResult], waivers: Sequence[Waiver], image: str, today: dt.date
) -> tuple[RuleResult, ...]:
    """Return the results with the failures waived that a waiver for this image, not yet expired, covers."""
    covering = {w.rule: w for w in waivers if w.concerns(image) and not w.expired(today)}
    return tuple(_waived(result, covering.get(result.rule.id)) for result in results)


def _waived(result: RuleResult, waiver: Waiver | None) -> RuleResult:
    if waiver is None or result.outcome is not Outcome.FAILED:
        return result
    reason = f"{waiver.reason} (waived by {waiver.owner} until {waiver.expires})"
    return replace(result, outcome=Outcome.WAIVED, reason=reason)


def stale_waivers(
    results: Iterable[RuleResult], waivers: Iterable[Waiver], image: str, today: dt.date
) -> tuple[StaleWaiver, ...]:
    """Return the waivers for this image that have expired, and those whose rule now passes."""
    passed = {result.rule.id for result in results if result.outcome is Outcome.PASSED}
    stale = []
    for waiver in waivers:
        if not waiver.concerns(image):
            continue
        if waiver.expired(today):
            stale.append(StaleWaiver(waiver, f"expired on {waiver.expires}"))
        elif waiver.rule in passed:
            stale.append(StaleWaiver(waiver, "is not needed: the rule passes"))
    return tuple(stale)
