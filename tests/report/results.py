"""The results of a session, made by hand: an image that breaks one rule, in the words that it likes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from conformance.judge import RULES
from conformance.report.results import Results, Runs, Taken
from conformance.report.verdict import ending
from conformance.report.waivers import StaleWaiver, Waiver
from conformance.settings import Settings
from conformance.values.image import Engine
from conformance.values.run import Log, Run
from conformance.values.verdict import Level, Outcome, RuleResult
from tests.judge.evidence import IMAGE, failing, in_these, judged, loaded, plan_of

BROKEN = "ingestion.nested"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> ]]> --> </style> \x1b[31mred\x1b[0m \x00\x07 \udcff \u202e"
    " | **bold** [link](javascript:alert(3)) `code` <!-- \r\n```\n# no heading\n"
)
EXPIRED = StaleWaiver(
    Waiver(rule="logs.stdio", reason="known", owner="ml@example.com", expires=dt.date(2020, 1, 1)),
    "expired on 2020-01-01",
)
SETTINGS = Settings(
    image=IMAGE.reference,
    manifest=None,
    size="gate",
    level=Level.SHOULD,
    targets=None,
    waivers=None,
    workers="2",
    seed=0,
    report=Path("contract-report"),
    pull="missing",
    max_memory_gb=4,
    max_time_s=600,
    budget_s=None,
    diagnose_network=False,
)


def results(*, wrote: str = "plain words", conforming: bool = False, runs: int = 200) -> Results:
    """The results of an image that fails with ``wrote`` where the rows lie in nested directories, or conforms."""
    nested = plan_of(loaded()).baseline.with_choices(partition="nested")
    bytes_ = (wrote + "x" * 1500).encode("utf-8", "surrogatepass")

    def broken(run: Run) -> Run:
        return replace(failing(run.job, bytes_), stdout=Log(wrote, len(wrote)), stderr=Log(wrote, len(wrote)))

    result = judged(BROKEN, in_these({} if conforming else {nested: broken}))
    rules = tuple(
        result if rule_id == BROKEN else RuleResult(rule.info, Outcome.PASSED, observations=3)
        for rule_id, rule in RULES.items()
    )
    plan = plan_of(loaded()).jobs
    each = [Run(plan[n % len(plan)], n % 3, Log(wrote), Log(wrote), began_s=n / 2, wall_s=0.9) for n in range(runs)]
    return Results(
        settings=SETTINGS,
        engine=Engine("docker", "28.0", "1.48", "overlay2"),
        image=replace(IMAGE, reference=wrote),
        loaded=loaded(),
        plan_digest="0" * 64,
        relaxed=(),
        partial=False,
        started=NOON,
        finished=NOON + dt.timedelta(minutes=3),
        ending=ending(rules, interrupted=False, stale_waivers=False),
        rules=rules,
        runs=Runs(runs, runs, 0, 180.0, 300.0, 2, (Taken(100, 0.2, 10**7), Taken(1000, 1.9, 3 * 10**7))),
        history=tuple(each),
        waivers=(),
        stale=(),
    )
