"""The stages in order, for one image: manifest, plan, run, judge, report.

Nothing here touches pytest; the plugin asks for one rule after the other, and this works out what has to be run.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import docker

from conformance.judge import RULES
from conformance.judge.diagnosis import diagnose, easiest_job, relax, worth_a_diagnosis
from conformance.judge.evidence import Evidence
from conformance.judge.judging import judge, needed_jobs
from conformance.judge.ownership import SAME_OUTCOME
from conformance.judge.rule import Rule, Subject
from conformance.judge.search import NeedsRuns
from conformance.judge.selection import among
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.plan.hyperparameters import default_hyperparameters
from conformance.report.waivers import StaleWaiver, Waiver, apply_waivers, stale_waivers
from conformance.run.engine import ENGINE_ERRORS, connect, describe_engine, resolve_image
from conformance.run.image_files import files_of
from conformance.run.limit import limit_s
from conformance.run.manifest import find_manifest
from conformance.run.namespaces import Namespaces
from conformance.run.ownership import Owner, this_owner
from conformance.run.pool import Pool, jobs_on_hosts_count, worker_count
from conformance.run.sweep import sweep_dead_sessions, sweep_session
from conformance.run.trainer import Trainer
from conformance.settings import SettingError, Settings
from conformance.values.image import NO_FILES, Engine, FilesWanted, Image, ImageFiles
from conformance.values.job import Job, differences
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Outcome, RuleResult, Why

_TICK_S = 0.2


@dataclass(frozen=True)
class Progress:
    """How far the runs are: done of all that are known to be needed."""

    done: int
    total: int


class Session:
    """Tests one image. Open it, ask for rules with ``judge``, and ``close`` it whatever happens.

    Opening raises EngineUnavailableError, ImageUnavailableError, ManifestError or SettingError, before anything was
    run.
    """

    def __init__(self, settings: Settings, waivers: Sequence[Waiver]) -> None:
        self.settings = settings
        self.waivers = tuple(waivers)
        self.started = dt.datetime.now(dt.UTC)
        self._started_s = time.monotonic()
        self._client: docker.DockerClient = connect()
        self.owner: Owner = this_owner()
        self.engine: Engine = describe_engine(self._client)
        self.image: Image = resolve_image(self._client, settings.image, settings.pull)
        sweep_dead_sessions(self._client, self.owner)
        self.loaded: LoadedManifest = _narrowed(
            find_manifest(self._client, self.image, settings.manifest, self.owner), settings
        )
        self.relaxed: tuple[str, ...] = ()
        self.runs: list[Run] = []
        self.results: dict[str, RuleResult] = {}
        self._finished: dict[str, Run | EngineFault] = {}
        self._lock = threading.Lock()
        self._selected: tuple[str, ...] = ()
        self._planned_jobs: tuple[Job, ...] | None = None
        self._expanded = False
        self._judged: dict[str, RuleResult] = {}
        self._searching: set[str] = set()
        memory_gb = min(self.loaded.manifest.limits.memory_gb, settings.max_memory_gb)
        self.workers = worker_count(settings.workers, memory_gb)
        podman = self.engine.name == "podman"
        self._trainer = Trainer(
            image=self.image.config_digest,
            loaded=self.loaded,
            owner=self.owner,
            max_memory_gb=settings.max_memory_gb,
            started_s=self._started_s,
            podman=podman,
            # Podman makes one for each job just as fast.
            namespaces=None if podman else Namespaces(self._client, self.image.config_digest, self.owner),
        )
        on_hosts = jobs_on_hosts_count(self.workers, memory_gb, self.loaded.manifest.limits.max_hosts)
        self._pool = Pool(self._trainer.run, self.workers, self._keep, on_hosts=on_hosts)

    # -- asking

    @cached_property
    def drawn_plan(self) -> Plan:
        """The plan as it was drawn. Hypothesis must be ready for use, which it is once pytest's session has started."""
        return draw_plan(self.loaded, size=self.settings.size, seed=self.settings.seed)

    @cached_property
    def plan(self) -> Plan:
        """The plan that is run: as drawn, but for relaxations."""
        return self.drawn_plan

    def select(self, rule_ids: Iterable[str]) -> None:
        """Say which rules will be asked for; only their jobs are run."""
        self._selected = tuple(rule_ids)
        self._planned_jobs = None

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of an id."""
        return RULES[rule_id]

    def judge(self, rule_id: str, watch: Callable[[Progress], None] = lambda _progress: None) -> RuleResult:
        """Run what a rule needs and is not run yet, and return its outcome, waived where a waiver covers it.

        ``watch`` is called again and again while it waits.
        """
        result = self._among_selected(self._judge(rule_id, watch))
        (result,) = apply_waivers([result], self.waivers, self.settings.image, self._today())
        self.results[rule_id] = result
        return result

    def _among_selected(self, result: RuleResult) -> RuleResult:
        return among(result, self._selected)

    @property
    def progress(self) -> Progress:
        """How far the runs are."""
        with self._lock:
            return Progress(len(self._finished), max(len(self._planned()), len(self._finished)))

    @property
    def container_s(self) -> float:
        """The seconds that containers ran, all runs together."""
        return sum((run.container_s for run in self.runs), 0.0)

    @property
    def wall_s(self) -> float:
        """The seconds since the session was opened."""
        return time.monotonic() - self._started_s

    def planned_runs(self) -> int:
        """Return how many jobs the selected rules need."""
        return len(self._planned())

    @property
    def minimising_runs(self) -> int:
        """How many runs were asked for on the way: to confirm, to search for the smallest difference, to diagnose."""
        on_the_way = self._searching - {job.digest for job in self._planned()}
        return sum(run.job.digest in on_the_way for run in self.runs)

    def stale_waivers(self) -> tuple[StaleWaiver, ...]:
        """Return the waivers that have expired or are not needed."""
        return stale_waivers(self.results.values(), self.waivers, self.settings.image, self._today())

    def close(self) -> None:
        """Stop what is running, and remove everything of this session from the engine."""
        self._trainer.ending.set()
        try:
            # What still runs is removed under its worker's hands, again and again: one may just be in the making.
            self._pool.close(lambda: sweep_session(self._client, self.owner))
        finally:
            sweep_session(self._client, self.owner)
            self._client.close()

    # -- running

    def _judge(self, rule_id: str, watch: Callable[[Progress], None]) -> RuleResult:
        # Whatever the other rules see a second time may come out differently.
        before = self._selected if rule_id == SAME_OUTCOME else ()
        for asked in dict.fromkeys([*(other for other in before if other != rule_id), rule_id]):
            if asked not in self._judged:
                self._judged[asked] = self._judged_with_runs(self.rule(asked), watch)
        return self._judged[rule_id]

    def _judged_with_runs(self, rule: Rule, watch: Callable[[Progress], None]) -> RuleResult:
        needed: set[Job] = set()
        if not rule.not_applicable(self.loaded.manifest) and needed_jobs(rule, self.plan):
            self._run_baseline(watch)
            needed = needed_jobs(rule, self.plan)
            if self._baseline_trains():
                self._submit(self._planned())
                self._wait(needed, watch)
        try:
            files = self._files(rule)
        except ENGINE_ERRORS as error:
            return RuleResult(rule.info, Outcome.ERROR, reason=f"{type(error).__name__}: {error}")
        flakes = [result.flake for result in self._judged.values() if result.flake is not None]
        while True:
            if self._budget_spent() and any(job.digest not in self._finished for job in needed):
                reason = "the session's budget was spent before its jobs were run"
                return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=reason, why=Why.BUDGET)
            try:
                return judge(rule, self._evidence(needed, files), self.settings.level, flakes)
            except NeedsRuns as needs:
                needed |= set(needs.jobs)
                self._run_more(needs.jobs, watch)

    def _run_more(self, jobs: Sequence[Job], watch: Callable[[Progress], None]) -> None:
        """Run jobs that are asked for on the way, before what is left of the plan."""
        self._searching.update(job.digest for job in jobs)
        self._submit(jobs, first=True)
        self._wait(jobs, watch)

    def _run_baseline(self, watch: Callable[[Progress], None]) -> None:
        if self._expanded:
            return
        self._expanded = True
        baseline = self.plan.baseline
        self._submit([baseline])
        self._wait([baseline], watch)
        if worth_a_diagnosis(self._finished.get(baseline.digest)):
            self._diagnose(watch)

    def _diagnose(self, watch: Callable[[Progress], None]) -> None:
        """Find out with what the plain job would train, and give every other job that."""
        manifest = self.loaded.manifest
        easiest = easiest_job(
            self.plan,
            manifest,
            self.image,
            default_hyperparameters(manifest),
            network=self.settings.diagnose_network,
        )
        while not self._budget_spent():
            try:
                found = diagnose(self._evidence(), easiest)
            except NeedsRuns as needs:
                self._run_more(needs.jobs, watch)
                continue
            if found is not None:
                self._relax(found)
            return

    def _relax(self, easier: Job) -> None:
        drawn = self.drawn_plan
        relaxed = {job: relax(job, drawn.baseline, easier) for job in drawn.jobs} | {drawn.baseline: easier}
        jobs = dict.fromkeys(job for job in relaxed.values() if job is not None)
        repeated, permuted = (relaxed[job] or job for job in (drawn.repeated, drawn.permuted))
        self.plan = replace(drawn, jobs=tuple(jobs), repeated=repeated, permuted=permuted)
        self.relaxed = tuple(f"{name}={value}" for name, value in differences(easier, drawn.baseline).items())
        self._planned_jobs = None

    def _submit(self, jobs: Iterable[Job], *, first: bool = False) -> None:
        for job in jobs:
            self._pool.submit([job], self._limit(job), first=first)

    def _limit(self, job: Job) -> float:
        """Return how long a job may take, in seconds; one that is to be stopped, until then."""
        baseline = self._finished.get(self.plan.baseline.digest)
        limits = self.loaded.manifest.limits
        return limit_s(job, limits.timeout_s, baseline, self.settings.max_time_s)

    def _wait(self, jobs: Iterable[Job], watch: Callable[[Progress], None]) -> None:
        """Wait for jobs that were submitted, until the budget is spent."""
        for job in jobs:
            while not self._pool.wait(job, _TICK_S):
                watch(self.progress)
                if self._budget_spent():
                    self._pool.cancel()
                    return
        watch(self.progress)

    def _planned(self) -> tuple[Job, ...]:
        if self._planned_jobs is None:
            selected = map(self.rule, self._selected)
            rules = [rule for rule in selected if not rule.not_applicable(self.loaded.manifest)]
            needed = {job for rule in rules for job in needed_jobs(rule, self.plan)}
            planned = tuple(job for job in self.plan.jobs if job in needed)
            self._planned_jobs = (self.drawn_plan.baseline, *planned) if self.relaxed else planned
        return self._planned_jobs

    def _keep(self, result: Run | EngineFault) -> None:
        with self._lock:
            self._finished[result.job.digest] = result
            if isinstance(result, Run):
                self.runs.append(result)

    # -- knowing

    def _files(self, rule: Rule) -> ImageFiles:
        """Return the image's files that a rule looks at, if it looks at any in a session of this size."""
        wanted: FilesWanted = rule.looks_at.files
        if not wanted or rule.size not in (None, self.settings.size):
            return NO_FILES
        try:
            return files_of(self._client, self.image, self.owner, wanted, seconds=self.settings.max_time_s)
        except ENGINE_ERRORS:
            return files_of(self._client, self.image, self.owner, wanted, seconds=self.settings.max_time_s)

    def _evidence(self, needed: Collection[Job] = (), files: ImageFiles = NO_FILES) -> Evidence:
        """Return what is known, of the plan's jobs as far as they are needed: which others are done is chance."""
        wanted = {job.digest for job in needed} | self._searching
        wanted |= {self.drawn_plan.baseline.digest, self.plan.baseline.digest}
        with self._lock:
            results = {digest: result for digest, result in self._finished.items() if digest in wanted}
        subject = Subject(self.image, self.loaded.manifest, files)
        return Evidence(subject, self.plan, self.drawn_plan.baseline, results)

    def _baseline_trains(self) -> bool:
        result = self._finished.get(self.plan.baseline.digest)
        return isinstance(result, Run) and result.trains

    def _budget_spent(self) -> bool:
        return self.settings.budget_s is not None and self.wall_s > self.settings.budget_s

    @staticmethod
    def _today() -> dt.date:
        return dt.datetime.now(dt.UTC).date()


def _narrowed(loaded: LoadedManifest, settings: Settings) -> LoadedManifest:
    """Return the manifest with the targets that the settings leave of it."""
    if settings.targets is None:
        return loaded
    algorithm = loaded.manifest.algorithm
    left = tuple(target for target in settings.targets if target in algorithm.targets)
    if not left:
        raise SettingError(
            f"--contract-targets: found {', '.join(settings.targets)}, "
            f"but the manifest claims only {', '.join(algorithm.targets)}"
        )
    narrowed = algorithm.model_copy(update={"targets": left})
    return replace(loaded, manifest=loaded.manifest.model_copy(update={"algorithm": narrowed}))
