"""One job, run: from the value of a job to the value of what came of it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass, field, replace

from conformance.contract import paths
from conformance.data.launch import FILLER, Launch, container_files, launches
from conformance.manifest import LoadedManifest
from conformance.run.container import Ending, TrainingContainer
from conformance.run.engine import ENGINE_ERRORS, connect
from conformance.run.hosts import train_together
from conformance.run.logs import MetricSearch, read_log
from conformance.run.namespaces import NONE, Namespaces
from conformance.run.needles import Lookout, needles_of
from conformance.run.networks import private_network
from conformance.run.ownership import Owner
from conformance.run.stopping import stopping_of
from conformance.values.artifacts import changes
from conformance.values.job import Job, is_for_scale, is_read_back
from conformance.values.run import EngineFault, Run

_RETRIES = 1


@dataclass(frozen=True)
class Trainer:
    """Runs jobs of one image. ``image`` is the config digest, so that a tag that moves changes nothing.

    Once ``ending`` is set containers are removed while they run, so an engine's error is not tried again. With
    ``namespaces`` no engine has to make one for each job.
    """

    image: str
    loaded: LoadedManifest
    owner: Owner
    max_memory_gb: float
    started_s: float
    podman: bool = False
    namespaces: Namespaces | None = None
    ending: threading.Event = field(default_factory=threading.Event)

    def run(self, job: Job, limit_s: float) -> Run | EngineFault:
        """Return what came of a job that may take ``limit_s`` seconds; an engine that fails gets a second try.

        A job that is to be stopped is sent SIGTERM then at the latest.
        """
        for attempt in range(_RETRIES + 1):
            try:
                return self._run_once(job, limit_s)
            except ENGINE_ERRORS as error:
                if attempt == _RETRIES or self.ending.is_set():
                    return EngineFault(job, f"{type(error).__name__}: {error}")
        raise AssertionError

    def _run_once(self, job: Job, limit_s: float) -> Run:
        how, *others = launches(job, self.loaded.manifest, max_memory_gb=self.max_memory_gb)
        if others:
            return self._launched_together(job, [how, *others], limit_s)
        with self._network(how) as network:
            return self._launched(job, replace(how, network=network), limit_s)

    def _network(self, how: Launch) -> AbstractContextManager[str]:
        # Who has more capabilities could leave a changed namespace to the next.
        if self.namespaces is None or how.network != NONE or how.capabilities:
            return nullcontext(how.network)
        return self.namespaces.lent()

    def _launched(self, job: Job, how: Launch, limit_s: float) -> Run:
        began = time.monotonic()
        container = TrainingContainer(self.image, how, self.owner, limit_s=limit_s, podman=self.podman)
        digests: dict[str, str] = {}
        try:
            files = _noted(container_files(job, how, self.loaded), digests)
            stopping = stopping_of(job, self.loaded.manifest, limit_s)
            ending = container.train(files, stopping, weighed=is_for_scale(job))
            run = self._left(job, how, container, ending, digests)
        finally:
            container.stop()
        return self._timed(run, began, limit_s)

    def _launched_together(self, job: Job, hows: list[Launch], limit_s: float) -> Run:
        """Run a job with several hosts; the time limit counts from when the last of them starts."""
        began = time.monotonic()
        labels = self.owner.labels(limit_s)
        digests: list[dict[str, str]] = [{} for _ in hows]
        name = f"{self.owner.name(0)}-hosts-{job.digest[:16]}"
        with ExitStack() as running:
            client = running.enter_context(closing(connect()))
            # As everything else of a job, it is made easier where the plain job needs that.
            internal = job["network"] != "bridge"
            network = running.enter_context(private_network(client, name, labels, internal=internal))
            containers = []
            for how, noted in zip(hows, digests, strict=True):
                as_host = replace(how, network=network)
                container = TrainingContainer(self.image, as_host, self.owner, limit_s=limit_s, podman=self.podman)
                running.callback(container.stop)
                container.create(_noted(container_files(job, how, self.loaded), noted))
                containers.append(container)
            starts_s = [how.host.start_s for how in hows if how.host is not None]
            endings, first_bad = train_together(containers, starts_s, limit_s)
            runs = [self._left(job, *each) for each in zip(hows, containers, endings, digests, strict=True)]
        runs = [self._timed(run, began, limit_s) for run in runs]
        with_model = next((run for run in runs if run.trains), runs[0])
        return replace(with_model if first_bad is None else runs[first_bad], hosts=tuple(runs))

    def _timed(self, run: Run, began: float, limit_s: float) -> Run:
        return replace(run, limit_s=limit_s, wall_s=time.monotonic() - began, began_s=began - self.started_s)

    def _left(
        self, job: Job, how: Launch, container: TrainingContainer, ending: Ending, digests: dict[str, str]
    ) -> Run:
        """Read what the ended container of a job left; ``digests`` are those of the files that it was given."""
        search = MetricSearch(self.loaded.manifest.container.metrics)
        # A container that never started has no log; some engines say so with an error.
        started = ending.never_started is None
        lookout = Lookout(needles_of(job, self.loaded.manifest))
        stdout, stderr = (
            read_log(lookout.watch(name, container.log_stream(stdout=name == "stdout") if started else ()), search)
            for name in ("stdout", "stderr")
        )
        moved_model, moved_output = (
            container.read(how.moved[default], lookout.below(name)) if default in how.moved else None
            for default, name in ((paths.MODEL, "model"), (paths.OUTPUT_DATA, "output/data"))
        )
        default_model = container.read(paths.MODEL, lookout.below("model"))
        if paths.MODEL in how.full:
            default_model = default_model.without(FILLER)
        output = container.read_output(lookout.below("output"))
        is_elsewhere = moved_model is not None and moved_model.has_model()
        given = frozenset(f"{paths.INPUT}/{path}" for path in digests)
        of_channels = {path.removeprefix("data/"): it for path, it in digests.items() if path.startswith("data/")}
        return Run(
            job=job,
            exit_code=ending.exit_code,
            stdout=stdout,
            stderr=stderr,
            model=moved_model if moved_model is not None and is_elsewhere else default_model,
            output=output,
            default_model=None if moved_model is None else default_model,
            moved_output=moved_output,
            input_changes=changes(of_channels, container.read(paths.CHANNELS)) if is_read_back(job) else None,
            metrics=search.result(),
            never_started=ending.never_started,
            timed_out=ending.timed_out,
            had_route=ending.had_route,
            out_of_memory=ending.out_of_memory,
            signal=ending.signal,
            container_s=ending.container_s,
            peak_memory_bytes=ending.peak_memory_bytes,
            sightings=lookout.sightings(),
            # Once is enough: a closer look takes its time.
            inspection=container.inspection(given, (default_model, output), self._most_artifact_bytes())
            if job.repeat and ending.exit_code == 0
            else None,
            host="" if how.host is None else how.host.name,
        )

    def _most_artifact_bytes(self) -> int:
        """Return how many bytes of artifacts are counted at least: more than that is too much."""
        declared = self.loaded.manifest.limits.artifact_gb
        return 0 if declared is None else int(declared * 1e9)


def _noted(files: Iterable[tuple[str, bytes]], digests: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Pass files on, and note their SHA-256 by path: their contents need not stay in memory while the job runs."""
    for path, content in files:
        digests[path] = hashlib.sha256(content).hexdigest()
        yield path, content
