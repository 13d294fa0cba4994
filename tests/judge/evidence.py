"""Evidence made by hand: the runs that a plan would have given, one changed here and there."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache

from conformance.judge import RULES
from conformance.judge.evidence import CONFIRMING, Evidence
from conformance.judge.judging import judge
from conformance.judge.rule import Subject
from conformance.judge.search import NeedsRuns
from conformance.manifest import LoadedManifest, Manifest, read_manifest
from conformance.manifest.model import Metric
from conformance.plan import draw_plan
from conformance.plan.strategies import as_text
from conformance.values.artifacts import Entry, Tree
from conformance.values.image import Image
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Log, MetricSeen, Run, Signal
from conformance.values.verdict import Flake, Level, RuleResult

MANIFEST = b"""
schema_version = 1
[algorithm]
name = "by-hand"
[[container.metrics]]
name = "rows"
regex = 'rows=([0-9]+)'
observes = "rows"
[[container.metrics]]
name = "loss"
regex = 'loss=([0-9.]+)'
observes = "model"
tolerance = 1e-3
[[channels.train.columns]]
name = "age"
type = "double"
[[channels.train.columns]]
name = "city"
type = "string"
[[channels.train.columns]]
name = "label"
type = "int"
values = [0, 1]
[hyperparameters.epochs]
type = "integer"
tested = [1, 3]
"""
OPTIONAL_CHANNEL = '\n[channels.{0}]\nrequired = false\n[[channels.{0}.columns]]\nname = "x"\ntype = "double"\n'
"""One more channel, to be given a name."""
IMAGE = Image("image", "sha256:0", None, "linux/amd64", ("/train",), (), "", (), (), 1, None)
LOG = Log("rows and loss\n", 14)
MODEL = Tree((Entry("model.json", "file", 2, b"{}", "0"),))

Change = Callable[[Run], Run | EngineFault]


@cache
def loaded(text: bytes = MANIFEST) -> LoadedManifest:
    """The manifest that the runs belong to."""
    return read_manifest(text, "algorithm.toml", lambda name: b"", "option", "algorithm.toml")


def plan_of(manifest: LoadedManifest) -> Plan:
    """Its plan."""
    return _plan(manifest.text)


@cache
def _plan(text: bytes) -> Plan:
    return draw_plan(loaded(text), size="gate", seed=0)


def conforming(job: Job, manifest: Manifest) -> Run:
    """What a conforming image makes of a job."""
    if job.fault is not None:
        return failing(job, f"cannot train: {job.fault.names[0][:900]}")
    metrics = tuple(MetricSeen(metric, 1, _value(metric, job, manifest)) for metric in manifest.container.metrics)
    stopped = Signal(1.0, by_line=True, metrics=metrics, log_bytes=14) if job.stop else None
    return Run(job, 0, LOG, LOG, model=MODEL, metrics=metrics, limit_s=60, container_s=1, signal=stopped)


def _value(metric: Metric, job: Job, manifest: Manifest) -> float:
    if metric.observes == "rows":
        return float(job.data[0].rows)
    if metric.observes is None:
        return 1.0
    declared = {name: as_text(h.default) for name, h in manifest.hyperparameters.items() if h.default is not None}
    learned = {
        "rows": [(data.channel, data.rows, data.seed) for data in job.data],
        "contents": [job[name] for name in ("other-data", "changed-rows", "degenerate", "null-like-text")],
        "hyperparameters": sorted((declared | dict(job.hyperparameters)).items()),
    }
    return zlib.crc32(repr(learned).encode()) / 2**32


def failing(job: Job, text: str | bytes) -> Run:
    """A run that ends with exit code 1 and a failure file."""
    content = text.encode() if isinstance(text, str) else text
    return Run(job, 1, LOG, LOG, output=Tree((Entry("failure", "file", len(content), content),)), limit_s=60)


Behaviour = Callable[[Job], Change | None]
"""What an image does otherwise than a conforming one in a job; None for nothing."""


def in_these(changes: Mapping[Job, Change]) -> Behaviour:
    """Something else in some jobs, each time that they are run."""
    return lambda job: changes.get(replace(job, repeat=job.repeat % CONFIRMING))


def evidence(behaviour: Behaviour = lambda _job: None, text: bytes = MANIFEST) -> Evidence:
    """The evidence of an image's runs of a plan."""
    manifest = loaded(text)
    plan = plan_of(manifest)
    given = Evidence(Subject(IMAGE, manifest.manifest), plan, plan.baseline)
    return with_runs_of(given, plan.jobs, behaviour)


def with_runs_of(given: Evidence, jobs: Iterable[Job], behaviour: Behaviour) -> Evidence:
    """The evidence with further jobs run."""
    manifest = given.subject.manifest
    more = {job.digest: (behaviour(job) or _unchanged)(conforming(job, manifest)) for job in jobs}
    return replace(given, results={**given.results, **more})


def judged(
    rule: str,
    behaviour: Behaviour,
    text: bytes = MANIFEST,
    level: Level = Level.SHOULD,
    flakes: Iterable[Flake] = (),
    given: Evidence | None = None,
) -> RuleResult:
    """The outcome of a rule for an image, whatever runs that takes."""
    given = given or evidence(behaviour, text)
    while True:
        try:
            return judge(RULES[rule], given, level, flakes)
        except NeedsRuns as needs:
            asked = needs.jobs
        if not {job.digest for job in asked} - given.results.keys():
            raise AssertionError("the same runs are asked for again")
        given = with_runs_of(given, asked, behaviour)


def _unchanged(run: Run) -> Run:
    return run


def with_metric(name: str, value: float | None) -> Change:
    """A change of what one metric showed."""
    return lambda run: replace(
        run, metrics=tuple(replace(s, value=value) if s.metric.name == name else s for s in run.metrics)
    )


def times(name: str, factor: float) -> Change:
    """A change of what one metric showed, by a factor."""
    return lambda run: replace(
        run,
        metrics=tuple(
            replace(s, value=s.value * factor) if s.metric.name == name and s.value is not None else s
            for s in run.metrics
        ),
    )


def with_failure_text(text: str | bytes) -> Change:
    """A change of the failure file."""
    return lambda run: failing(run.job, text)


def succeeding(run: Run) -> Run:
    """A change to exit code 0 with a model."""
    return replace(run, exit_code=0, model=MODEL, output=Tree())


def noticing(run: Run) -> Run:
    """A change to exit code 0 without a model, the failure file kept."""
    return replace(run, exit_code=0)
