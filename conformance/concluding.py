"""What a session has come to, as the one value from which every report is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from conformance.judge import RULES
from conformance.report.results import NOT_SELECTED, Results, Runs, taken_by_rows
from conformance.report.verdict import Ending
from conformance.session import Session
from conformance.values.verdict import Outcome, RuleResult, Why


class EndingOf(Protocol):
    """Says how a session ends, given the outcomes of the rules that were selected."""

    def __call__(self, results: Sequence[RuleResult], *, interrupted: bool, stale_waivers: bool) -> Ending:
        """Return exit code and verdict."""


def conclude(
    session: Session,
    collected: Collection[str],
    unfinished: Mapping[str, str],
    *,
    interrupted: bool,
    ending_of: EndingOf,
) -> Results:
    """Return the results of a session.

    ``collected`` has the ids of the rules that were selected, ``unfinished`` why some could not be judged to the end.
    """
    judged = session.results | {
        rule_id: RuleResult(RULES[rule_id].info, Outcome.ERROR, reason=f"it could not be judged: {reason}")
        for rule_id, reason in unfinished.items()
        if rule_id not in session.results or session.results[rule_id].outcome is not Outcome.FAILED
    }
    rules = tuple(judged.get(rule_id) or _not_selected(rule_id) for rule_id in RULES)
    partial = len(judged) < len(RULES) or session.settings.size == "smoke"
    stale = () if partial else session.stale_waivers()
    selected = [judged[rule_id] for rule_id in collected if rule_id in judged]
    return Results(
        settings=session.settings,
        engine=session.engine,
        image=session.image,
        loaded=session.loaded,
        plan_digest=session.drawn_plan.digest,
        relaxed=session.relaxed,
        partial=partial,
        started=session.started,
        finished=dt.datetime.now(dt.UTC),
        ending=ending_of(selected, interrupted=interrupted, stale_waivers=bool(stale)),
        rules=rules,
        runs=Runs(
            session.planned_runs(),
            len(session.runs),
            session.minimising_runs,
            session.wall_s,
            session.container_s,
            session.workers,
            taken_by_rows(session.runs),
        ),
        history=tuple(session.runs),
        waivers=session.waivers,
        stale=stale,
    )


def _not_selected(rule_id: str) -> RuleResult:
    return RuleResult(RULES[rule_id].info, Outcome.NOT_JUDGED, reason=NOT_SELECTED, why=Why.SELECTION)
