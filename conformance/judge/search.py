"""The smallest difference that matters, searched between two jobs, as a pure function of the runs so far.

The search does not run anything. It asks what is known of a job; where that is nothing yet it raises ``NeedsRuns``
with all jobs of its present step, and is begun anew, and comes further, once they have been run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
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


def known(knowledge: Knowledge, jobs: Iterable[Job]) -> list[bool]:
    """Return what is known of each job. Raises NeedsRuns with those of which nothing is."""
    found = [(job, knowledge(job)) for job in jobs]
    if missing := [job for job, has_it in found if has_it is None]:
        raise NeedsRuns(missing)
    return [bool(has_it) for _, has_it in found]


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

    ``has_it`` says whether a job has it, None where it was not run. As long as one half of the differences is enough,
    the search goes on in that half; from there on it looks for what is needed together (QuickXplain: Junker, AAAI
    2004). Raises NeedsRuns.
    """
    search = _Search(job, neighbour, has_it)
    names = tuple(differences(job, neighbour))
    try:
        while len(names) > 1:
            halves = (names[: len(names) // 2], names[len(names) // 2 :])
            enough = search.enough(*halves)
            if not any(enough):
                break
            names = halves[0] if enough[0] else halves[1]
        search.best = names
        if len(names) > 1:
            needed = search.needed_together((), names, is_new=False)
            names = tuple(name for name in names if name in needed)
    except _TooManyProbesError:
        return search.found(search.best, minimal=False)
    found = search.found(names, minimal=True)
    if found.neighbour == neighbour:
        return found
    if known(has_it, [found.neighbour]) == [False]:
        return found
    # What these values need to have an effect is enough without them.
    deeper = smallest(found.neighbour, neighbour, has_it)
    return replace(deeper, probes=tuple(dict.fromkeys((*found.probes, found.neighbour, *deeper.probes))))


class _TooManyProbesError(Exception):
    """The search has asked for as many jobs as it may."""


class _Search:
    def __init__(self, job: Job, neighbour: Job, has_it: Knowledge) -> None:
        self._job = job
        self._neighbour = neighbour
        self._has_it = has_it
        self._probes: dict[Job, None] = {}
        self.best = tuple(differences(job, neighbour))

    def enough(self, *parts: tuple[str, ...]) -> list[bool]:
        """Return for each part of the differences whether it is enough by itself."""
        probes = [taken_over(self._job, self._neighbour, part) for part in parts]
        self._probes.update(dict.fromkeys(probes))
        if len(self._probes) > PROBES:
            raise _TooManyProbesError
        enough = known(self._has_it, probes)
        for part, is_enough in zip(parts, enough, strict=True):
            if is_enough and len(part) < len(self.best):
                self.best = part
        return enough

    def needed_together(self, given: tuple[str, ...], names: tuple[str, ...], *, is_new: bool) -> set[str]:
        """Return a smallest part of ``names`` that is enough beside what is given."""
        if is_new and self.enough(given)[0]:
            return set()
        if len(names) == 1:
            return set(names)
        first, second = names[: len(names) // 2], names[len(names) // 2 :]
        of_second = self.needed_together((*given, *first), second, is_new=True)
        beside = tuple(name for name in second if name in of_second)
        return of_second | self.needed_together((*given, *beside), first, is_new=bool(beside))

    def found(self, names: tuple[str, ...], *, minimal: bool) -> Smallest:
        """Return what the search has come to."""
        job, neighbour = self._job, self._neighbour
        nearest = with_part_of(job, neighbour, _needed(job, names) - set(names))
        return Smallest(taken_over(job, neighbour, names), nearest, names, tuple(self._probes), minimal)


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
