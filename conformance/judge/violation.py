"""What a rule raises when it is broken."""

from __future__ import annotations

from conformance.values.run import Run
from conformance.values.verdict import Level


class Violation(Exception):  # noqa: N818  # the domain's own word: a rule raises a violation
    """A rule is broken. The message says what was seen, as a sentence without a full stop.

    ``run`` is the one that breaks the rule, where several are looked at together; ``level`` lowers the level of the
    rule where the contract says that this way of breaking it weighs less.
    """

    def __init__(self, message: str, *, run: Run | None = None, level: Level | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.run = run
        self.level = level


class DoesNotTrain(Violation):
    """A job without a fault did not train. Charged to the owner of the choice value that makes the difference."""

    def __init__(self, run: Run, message: str) -> None:
        super().__init__(message, run=run)
        self.run: Run = run


class ResultDiffers(Violation):
    """Two jobs that should give the same result do not. Charged to the owner of the choice value that differs, unless
    the rule that saw it ``answers`` for it.

    ``metric`` is the metric of the model that differs, which may do so by chance. Without one, what differs is the same
    in every run of a job, or else the job is at fault: a count of rows, or the bytes of a model that is said to be
    deterministic.
    """

    def __init__(
        self, run: Run, choice: str, message: str, *, metric: str | None = None, answers: bool = False
    ) -> None:
        super().__init__(message, run=run)
        self.run: Run = run
        self.choice = choice
        self.metric = metric
        self.answers = answers

    def answered(self) -> ResultDiffers:
        """Return the same, for which the rule that saw it answers."""
        return ResultDiffers(self.run, self.choice, self.message, metric=self.metric, answers=True)


class FaultUnnoticed(Violation):
    """A job with a fault ended with exit code 0. Charged to the rule that names the fault, or to failure.exit-code."""

    def __init__(self, run: Run, message: str, *, level: Level | None = None) -> None:
        super().__init__(message, run=run, level=level)
        self.run: Run = run


class Unobservable(Exception):  # noqa: N818  # as above: it is no error either
    """An observation says nothing about the rule. The message says what to declare so that it would."""


class Undecided(Unobservable):
    """What was seen may break the rule or not, and until that is known nothing else that was seen keeps it."""
