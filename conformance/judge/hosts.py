"""Rules on jobs with several hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.contract.choices import owner_of
from conformance.judge.looks import on_several_hosts, runs
from conformance.judge.properties import trains
from conformance.judge.rule import MUST, SHOULD, Look, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_SHOWN = 3


def _on_hosts(manifest: Manifest) -> str | None:
    return None if manifest.limits.max_hosts > 1 else "declare limits.max_hosts above 1"


def _is_of(rule_id: str, job: Job) -> bool:
    return owner_of("hosts", dict(job.choices)) == rule_id


def _beside_two_hosts(rule_id: str) -> Look[tuple[Run, Run]]:
    """Look at the jobs whose hosts are a rule's, each beside the one that has two hosts and nothing else to it."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        for two in plan.select(lambda job: job["hosts"] == "two"):
            yield from ((job, two) for job in plan.select(lambda job: _is_of(rule_id, job)))

    return Look(jobs, lambda runs, _subject: (runs[0], runs[1]))


@rule(
    "hosts.trains",
    MUST,
    "X3",
    looks_at=runs(lambda job: _is_of("hosts.trains", job)),
    applies=_on_hosts,
    hint="try again for a minute to find the other hosts by their names, and to connect: they start at any time",
)
def several_hosts_train(run: Run) -> None:
    """Several hosts on a private network, started 10 s apart, train; at least one of them has a model."""
    trains(run)


@rule(
    "hosts.no-clash",
    SHOULD,
    "X1",
    looks_at=runs(on_several_hosts, when=lambda run: run.trains),
    applies=_on_hosts,
    hint="write on one host alone, or put current_host into the names",
)
def hosts_write_different_names(run: Run) -> None:
    """No two hosts write a file of the same name to the model directory, or to that of output data."""
    written = Counter(name for host in run.hosts for name in _written(host))
    if clashing := [name for name, count in written.items() if count > 1]:
        more = "" if len(clashing) <= _SHOWN else f" and {len(clashing) - _SHOWN} more"
        raise Violation(f"more than one of {len(run.hosts)} hosts wrote {', '.join(clashing[:_SHOWN])}{more}")
    if not all(tree.complete for host in run.hosts for tree in (host.model, host.output)):
        raise Unobservable("there is more in model or output data than is read")


def _written(run: Run) -> Iterator[str]:
    trees = {"model": run.model, "output/data": run.output.below("data")}
    for directory, tree in trees.items():
        yield from (f"{directory}/{entry.path}" for entry in tree.entries if entry.kind != "directory")


@rule(
    "hosts.names",
    MUST,
    "X2",
    looks_at=_beside_two_hosts("hosts.names"),
    applies=_on_hosts,
    hint="take the names from current_host and hosts in resourceconfig.json, in the order in which they stand there",
)
def hosts_have_any_names(pair: tuple[Run, Run]) -> None:
    """Any host names, in any order, with nothing of them in /etc/hosts or /etc/hostname: trains."""
    renamed, two = pair
    trains(two)
    trains(renamed)


@rule(
    "hosts.uneven",
    SHOULD,
    "D5 hosts",
    looks_at=_beside_two_hosts("hosts.uneven"),
    applies=_on_hosts,
    hint="let a host without data take part in every exchange with the others, or fail on it",
)
def host_without_data_holds_nobody_up(pair: tuple[Run, Run]) -> None:
    """Where one host has no data, or has fewer rows than another, the job ends by itself, whichever way."""
    uneven, two = pair
    trains(two)
    if uneven.timed_out:
        raise Violation(f"the job {uneven.ending}")
