"""What is said of a rule, and of the image."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.clauses import Clause
from conformance.values.run import Run


class Level(StrEnum):
    """How much a rule asks; the order is that of weight."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"

    @property
    def rank(self) -> int:
        """0 for the level that weighs most."""
        return list(Level).index(self)


class Outcome(StrEnum):
    """What came of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    NOT_JUDGED = "not-judged"
    ERROR = "error"


class Verdict(StrEnum):
    """What is said of the image as a whole."""

    CONFORMANT = "conformant"
    NONCONFORMANT = "nonconformant"
    INCONCLUSIVE = "inconclusive"


class Why(StrEnum):
    """Why a rule was not judged; decides whether the verdict can stand without it."""

    SIZE = "size"
    SELECTION = "selection"
    BASELINE = "baseline"
    BUDGET = "budget"
    SEE = "see"


@dataclass(frozen=True)
class RuleInfo:
    """What is said of a rule, whatever came of it. ``title`` is the sentence that it checks."""

    id: str
    level: Level
    clause: Clause
    title: str
    hint: str

    @property
    def area(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Counterexample:
    """The runs that show a violation, the one that breaks the rule first, and the differences that matter.

    ``sentence`` tells the differences; ``runs_spent`` is what the search for the smallest ones took.
    """

    runs: tuple[Run, ...]
    differences: tuple[str, ...]
    runs_spent: int = 0
    minimal: bool = True
    sentence: str = ""


@dataclass(frozen=True)
class Flake:
    """Two runs of one job that did not come out the same; ``message`` says in what, ``level`` what that weighs."""

    message: str
    runs: tuple[Run, Run]
    level: Level


@dataclass(frozen=True)
class RuleResult:
    """The outcome of one rule.

    ``reason`` says why a rule is not applicable, not judged or waived; ``message`` what was seen of a violation;
    ``see`` names the rule that was charged instead; ``flake`` is a job that was seen to come out differently when it
    was run again.
    """

    rule: RuleInfo
    outcome: Outcome
    observations: int = 0
    reason: str | None = None
    message: str | None = None
    why: Why | None = None
    see: str | None = None
    counterexample: Counterexample | None = None
    flake: Flake | None = None
