"""A rule: one sentence of the contract, and the property that an observation of it must have.

A rule is a decorated function. Its docstring is the sentence; it takes one observation and returns, or raises one
``Violation`` with what was seen::

    @rule("failure.utf8", SHOULD, "F4 utf8", looks_at=runs_that_failed, hint="…")
    def failure_file_is_utf8(run: Run) -> None:
        \"\"\"The failure file is valid UTF-8 without NUL.\"\"\"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from conformance.contract.clauses import CLAUSES
from conformance.contract.rule_ids import RULE_IDS
from conformance.manifest.model import Manifest, Target
from conformance.values.image import NO_FILES, FilesWanted, Image, ImageFiles
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run
from conformance.values.verdict import Level, RuleInfo

MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY
ALL_TARGETS: tuple[Target, ...] = ("local", "sagemaker", "clean-rooms")

Observation = TypeVar("Observation")
Applies = Callable[[Manifest], str | None]


@dataclass(frozen=True)
class Subject:
    """What is judged, apart from its runs: the image, what its manifest claims, and, for a rule that looks at them,
    files of the image."""

    image: Image
    manifest: Manifest
    files: ImageFiles = NO_FILES


@dataclass(frozen=True)
class Look(Generic[Observation]):
    """Where a rule looks.

    ``jobs`` names, for a plan, the jobs of each observation; ``observe`` makes the observation of their runs, or None
    where those runs are none of the rule's business. ``together`` says that an observation is of any number of runs;
    ``drawn`` that it is of the plain job as it was drawn, even if that does not train and an easier one does.
    ``further`` names jobs that are run only where these runs leave it open whether the rule is kept; their runs follow
    the others in the observation, and it is asked again until it names none. ``files`` says which of the image's files
    the subject is to have.
    """

    jobs: Callable[[Plan], Iterable[tuple[Job, ...]]]
    observe: Callable[[tuple[Run, ...], Subject], Observation | None]
    together: bool = False
    drawn: bool = False
    further: Callable[[tuple[Run, ...], Subject], tuple[Job, ...]] = lambda _runs, _subject: ()
    files: FilesWanted = ""


@dataclass(frozen=True)
class Rule:
    """One rule.

    ``applies`` returns None, or what to declare so that the rule can be judged; ``size`` is the only one at which it is
    judged, if it takes that long.
    """

    info: RuleInfo
    targets: tuple[Target, ...]
    looks_at: Look[Any]
    check: Callable[[Any], None]
    applies: Applies
    size: str | None = None

    @property
    def id(self) -> str:
        """The rule's id, as in ``failure.utf8``."""
        return self.info.id

    @property
    def level(self) -> Level:
        """How much the rule asks."""
        return self.info.level

    def not_applicable(self, manifest: Manifest) -> str | None:
        """Return why the rule says nothing about an image with this manifest, or None if it does."""
        if not set(self.targets) & set(manifest.algorithm.targets):
            return f"declare one of the targets {', '.join(self.targets)}"
        return self.applies(manifest)


REGISTRY: dict[str, Rule] = {}


def rule(
    rule_id: str,
    level: Level,
    clause: str,
    *,
    looks_at: Look[Observation],
    hint: str,
    targets: tuple[Target, ...] = ALL_TARGETS,
    applies: Applies = lambda _manifest: None,
    size: str | None = None,
) -> Callable[[Callable[[Observation], None]], Callable[[Observation], None]]:
    """Register a function as a rule. An id that is taken, a clause that is not there, or a missing sentence raises."""

    def register(check: Callable[[Observation], None]) -> Callable[[Observation], None]:
        if rule_id in REGISTRY:
            raise ValueError(f"there are two rules {rule_id}")
        if rule_id not in RULE_IDS:
            raise ValueError(f"the contract has no rule {rule_id}")
        if not check.__doc__:
            raise ValueError(f"the rule {rule_id} has no sentence")
        title = " ".join(check.__doc__.split())
        info = RuleInfo(rule_id, level, CLAUSES[clause], title, hint)
        REGISTRY[rule_id] = Rule(info, targets, looks_at, check, applies, size)
        return check

    return register
