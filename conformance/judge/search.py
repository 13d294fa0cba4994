"""The smallest difference that matters: delta debugging between two jobs, as a pure function of the runs so far.

The search does not run anything. It asks what is known of a job; where that is nothing yet it raises ``NeedsRuns``
with all jobs of its present step, and is begun anew, and comes further, once they have been run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from conformance.contract.choices import value_of
from conformance.values.job import Job, differences, with_part_of

PROBES = 20
"""How many jobs one search may ask for; with what confirms its answer it stays within 25."""

Knowledge = Callable[[Job], bool | None]


class NeedsRuns(Exception):  # noqa: N818  # it is no error: it says what to do next
    """A rule can be judged only once more jobs have been run."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        super().__init__()
        self.jobs = tuple(dict.fromkeys(jobs))


@dataclass(frozen=True)
class Smallest:
    """What a search found.

    ``job`` still has what was looked for, and differs from ``neighbour``, which does not, in ``names`` alone.
    ``probes`` are the jobs that were asked for. ``minimal`` is False where their number ran out.
    """

    job: Job
    neighbour: Job
    names: tuple[str, ...]
    probes: tuple[Job, ...]
    minimal: bool = True


def smallest(job: Job, neighbour: Job, has_it: Knowledge) -> Smallest:
    """Return the smallest part of what ``job`` differs in from ``neighbour`` that still has what ``job`` has.

    ``has_it`` says whether a job has it, None where it was not run. Raises NeedsRuns.
    """
    names = tuple(differences(job, neighbour))
    probes: dict[Job, None] = {}

    def first_with_it(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
        known = {part: taken_over(job, neighbour, part) for part in parts}
        unknown = [probe for probe in known.values() if has_it(probe) is None]
        probes.update(dict.fromkeys(known.values()))
        if unknown:
            raise NeedsRuns(unknown)
        return next((part for part, probe in known.items() if has_it(probe)), None)

    pieces = 2
    while len(names) > 1:
        if len(probes) + pieces > PROBES:
            return _found(job, neighbour, names, probes, has_it, minimal=False)
        parts = _split(names, pieces)
        if (part := first_with_it(parts)) is not None:
            names, pieces = part, 2
            continue
        others = [tuple(name for name in names if name not in part) for part in parts] if pieces > 2 else []
        if others and len(probes) + pieces > PROBES:
            return _found(job, neighbour, names, probes, has_it, minimal=False)
        if others and (rest := first_with_it(others)) is not None:
            names, pieces = rest, max(pieces - 1, 2)
        elif pieces < len(names):
            pieces = min(2 * pieces, len(names))
        else:
            break
    return _found(job, neighbour, names, probes, has_it, minimal=True)


def taken_over(job: Job, neighbour: Job, names: Collection[str]) -> Job:
    """Return ``neighbour`` with the named differences as in ``job``, and with what these need to have an effect."""
    return with_part_of(job, neighbour, {*names, *_needed(job, names)})


def _needed(job: Job, names: Iterable[str]) -> set[str]:
    needed: set[str] = set()
    for name in names:
        value = value_of(name, job[name]) if name in dict(job.choices) else None
        for other in value.requires if value is not None else ():
            needed |= {other, *_needed(job, [other])}
    return needed


def _found(
    job: Job, neighbour: Job, names: tuple[str, ...], probes: Iterable[Job], has_it: Knowledge, *, minimal: bool
) -> Smallest:
    nearest = with_part_of(job, neighbour, _needed(job, names) - set(names))
    if nearest != neighbour:
        if (known := has_it(nearest)) is None:
            raise NeedsRuns([nearest])
        if known:
            # What the differences need to have an effect is enough by itself.
            rest = smallest(nearest, neighbour, has_it)
            return replace(rest, probes=(*probes, *rest.probes), minimal=minimal and rest.minimal)
    return Smallest(taken_over(job, neighbour, names), nearest, names, tuple(probes), minimal)


def _split(names: Sequence[str], pieces: int) -> list[tuple[str, ...]]:
    cuts = [len(names) * i // pieces for i in range(pieces + 1)]
    return [tuple(names[a:b]) for a, b in itertools.pairwise(cuts) if a < b]
