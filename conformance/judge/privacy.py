"""Rules on what gets out of the clean room: canaries of the data, and of the environment, where an image writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from conformance.data import canaries
from conformance.judge.rule import MAY, SHOULD, Look, Subject, rule
from conformance.judge.violation import Violation
from conformance.manifest.model import Manifest, Target
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_TARGETS: tuple[Target, ...] = ("clean-rooms",)
_STREAMS = ("stdout", "stderr")
_FAILURE = "output/failure"
_WHOLE_FORMS = ("text", "int64", "float64")
_SHORT_FORMS = ("int32", "float32")
"""Four bytes are found by chance in a large model; so of these forms most of a column has to be there."""
_LEAST_OF_SHORT = 4
_SHARE_OF_SHORT = 0.75
_LEAST_OF_ROUNDED = 3
"""So many cells of a column have to be there where they are rounded.

Of numbers with six digits two are there by chance in a long log. With three, one more for each row of which a value is
where it cannot come from, and more than are in one job alone, a log of any numbers from 0 to 1 passes for 30 cells of
such a column 4 times in 10^15 if it has 1000 of them, 2 times in 10^9 if it has 10 000, 2 times in 10^6 if it has
100 000, and more rarely beyond.
"""


_Kind = tuple[str, str, str]
"""A channel, a column, and a form."""


@dataclass(frozen=True)
class Twins:
    """Two runs of jobs that are equal but for their canaries; ``texts`` are the columns of text, each behind its
    channel."""

    one: Run
    other: Run
    texts: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class _Leak:
    column: str
    row: int
    text: str
    place: str
    form: str
    same_row: bool = True


@dataclass
class _Found:
    """What was seen in one form of a column's cells: those in both jobs, how many of them say whose they are, and how
    many are in one job alone, or by chance."""

    leaks: dict[int, _Leak] = field(default_factory=dict)
    certain: int = 0
    alone: int = 0
    by_chance: int = 0


def _twins(of: Callable[[Job], bool], when: Callable[[Run], bool] = lambda _run: True) -> Look[Twins]:
    """Look at two jobs each that are equal but for their canaries, if both came out in some way."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        waiting: dict[Job, Job] = {}
        for job in plan.select(of):
            same = canaries.without_texts(job)
            if same in waiting:
                yield waiting.pop(same), job
            else:
                waiting[same] = job

    def observe(runs: tuple[Run, ...], subject: Subject) -> Twins | None:
        one, other = runs
        texts = ((name, c.name) for name, c in canaries.carriers(subject.manifest) if c.type.is_text)
        return Twins(one, other, frozenset(texts)) if all(map(when, runs)) else None

    return Look(jobs, observe)


def _has_canaries(job: Job) -> bool:
    return any(recipe.canaries for recipe in job.data)


def _has_wrong_cell(job: Job) -> bool:
    return job.fault is not None and job.fault.kind == "wrong-cell"


def _has_secret(job: Job) -> bool:
    return canaries.secret_of(job) is not None


def _trains_with_canaries(job: Job) -> bool:
    return _has_canaries(job) and job.fault is None


def _failed_with_text(run: Run) -> bool:
    return run.fails and run.failure is not None


def _can_hold_canaries(manifest: Manifest) -> str | None:
    if next(canaries.carriers(manifest), None) is not None:
        return None
    return "declare a column without values that holds six digits or letters, in a channel without a sample"


def _has_checked_column(manifest: Manifest) -> str | None:
    columns = (c for channel in manifest.channels.values() if channel.sample is None for c in channel.columns)
    if any(map(canaries.is_checked, columns)):
        return None
    return "declare a column that is not text and has no values, in a channel without a sample"


@rule(
    "privacy.logs",
    SHOULD,
    "M4",
    targets=_TARGETS,
    looks_at=_twins(_has_canaries),
    applies=_can_hold_canaries,
    hint="log counts and metrics, never rows, cells, or the lowest and highest value; and not the text of errors that "
    "quote a cell",
)
def no_cell_in_the_logs(twins: Twins) -> None:
    """No canary in stdout or stderr."""
    _nothing_leaks(twins, lambda place: place in _STREAMS)


@rule(
    "privacy.failure",
    SHOULD,
    "M4",
    targets=_TARGETS,
    looks_at=_twins(_has_wrong_cell, when=_failed_with_text),
    applies=_has_checked_column,
    hint="name the file, the record's number and the column, and leave out the text of the parser's error",
)
def no_cell_in_the_failure_file(twins: Twins) -> None:
    """No canary in the failure file, with the fault in the very cell that holds it."""
    _nothing_leaks(twins, lambda place: place == _FAILURE)


@rule(
    "privacy.artifacts",
    MAY,
    "M4",
    targets=_TARGETS,
    looks_at=_twins(_trains_with_canaries, when=lambda run: run.trains),
    applies=_can_hold_canaries,
    hint="if the model needs the rows (neighbours, vocabularies, the lowest and highest value), say so to those who "
    "give the data; else leave them out",
)
def no_cell_in_the_artifacts(twins: Twins) -> None:
    """No canary in model or output data, as text or as a little-endian number, inside zip and gzip members too."""
    _nothing_leaks(twins, lambda place: place.startswith(("model/", "output/data/")))


@rule(
    "privacy.environment",
    MAY,
    "M4 variables",
    targets=_TARGETS,
    looks_at=_twins(_has_secret),
    hint="log the variables that the program knows by name, and no others",
)
def no_variable_in_logs_or_failure(twins: Twins) -> None:
    """No value of an unknown variable in logs or failure file."""
    secrets = [canaries.secret_of(run.job) for run in (twins.one, twins.other)]
    seen = [
        {sighting.place for sighting in run.sightings if sighting.text == secret}
        for run, secret in zip((twins.one, twins.other), secrets, strict=True)
    ]
    for place in (*_STREAMS, _FAILURE):
        if all(place in places for places in seen):
            where = "the failure file" if place == _FAILURE else place
            raise Violation(f"the value of a variable that the image cannot know is in {where}", run=twins.one)


def _nothing_leaks(twins: Twins, of: Callable[[str], bool]) -> None:
    leaks = list(_leaks(twins, of)) or list(_leaks_of_any_row(twins, of))
    if not leaks:
        return
    first = min(leaks, key=lambda leak: (leak.place, leak.row, leak.column, leak.form != "text", leak.form))
    cells = {(leak.column, leak.row) for leak in leaks}
    more = f", and cells of {len(cells) - 1} more" if len(cells) > 1 else ""
    where = "the failure file" if first.place == _FAILURE else first.place
    written = "" if first.form == "text" else f" as {first.form}"
    proof = "with another value in the cell, that one is there"
    if not first.same_row:
        proof = "with other values in the column, some of those are there"
    raise Violation(
        f"{where} holds the cell in row {first.row + 1} of column {first.column}, {first.text}{written}{more}; {proof}",
        run=twins.one,
    )


def _leaks(twins: Twins, of: Callable[[str], bool]) -> Iterator[_Leak]:
    """Yield the cells whose value is where it should not be in both jobs, each time the one that the job had."""
    one, other = (_seen(run, of) for run in (twins.one, twins.other))
    theirs = {(channel, c.column, c.row): c.text for channel, c in canaries.canaries_of(twins.other.job)}
    found: defaultdict[_Kind, _Found] = defaultdict(_Found)
    all_of: Counter[tuple[str, str]] = Counter()
    for channel, canary in canaries.canaries_of(twins.one.job):
        # An end of the column, or a cell at fault, which no number describes.
        certain = all_of[channel, canary.column] < 2 or not canary.other
        all_of[channel, canary.column] += 1
        text, counterpart = canary.text, theirs[channel, canary.column, canary.row]
        here, there = one.get(text, {}), other.get(counterpart, {})
        # In one job the other's text is there too: whatever put it there, it was not the cell.
        elsewhere = one.get(counterpart, {}).keys() | other.get(text, {}).keys()
        for form in here.keys() | there.keys() | elsewhere:
            seen = found[channel, canary.column, form]
            seen.by_chance += form in elsewhere
            seen.alone += (form in here) != (form in there)
            if form in here and form in there and form not in elsewhere:
                seen.leaks[canary.row] = _Leak(canary.column, canary.row, text, here[form][0], form)
                seen.certain += certain
    rows = _rows_of(twins.one.job, found)
    for (channel, column, form), seen in found.items():
        others = len(seen.leaks) - seen.certain
        if form in _SHORT_FORMS:
            proven = len(seen.leaks) >= max(_LEAST_OF_SHORT, _SHARE_OF_SHORT * all_of[channel, column])
        elif form == canaries.ROUNDED:
            # A description of a column has its ends.
            proven = others >= _LEAST_OF_ROUNDED + seen.by_chance and others > seen.alone
        else:
            # Of several quantiles some may be of the same row in both jobs, and more are not.
            proven = seen.certain > 0 or others > seen.alone or (channel, column) in twins.texts
        yield from (leak for row, leak in seen.leaks.items() if proven or (channel, row, form) in rows)


def _rows_of(job: Job, found: Mapping[_Kind, _Found]) -> set[tuple[str, int, str]]:
    """Return the rows of which most cells are there, and more than one: where quantiles meet in a row, the rest is not.

    So rows are found that are picked by their cells, of which few are the same in both jobs.
    """
    cells: defaultdict[tuple[str, int, str], list[bool]] = defaultdict(list)
    for channel, canary in canaries.canaries_of(job):
        for form in _WHOLE_FORMS:
            if (seen := found.get((channel, canary.column, form))) is not None:
                cells[channel, canary.row, form].append(canary.row in seen.leaks)
    return {row for row, there in cells.items() if sum(there) > max(1, len(there) / 2)}


def _leaks_of_any_row(twins: Twins, of: Callable[[str], bool]) -> Iterator[_Leak]:
    """Yield texts where each job shows some of its own and none of the other's, whichever rows they stand in.

    Rows may be picked by chance. Of numbers that is no proof: a median or a quantile is one row's in each job, too.
    """
    one, other = (_seen(run, of) for run in (twins.one, twins.other))
    for channel, column in sorted(twins.texts):
        ours, theirs = (
            {c.text: c for name, c in canaries.canaries_of(run.job) if (name, c.column) == (channel, column)}
            for run in (twins.one, twins.other)
        )
        shown = [text for text in ours if text in one]
        if shown and any(text in other for text in theirs) and not (ours.keys() & other or theirs.keys() & one):
            for text in shown:
                for form, places in one[text].items():
                    yield _Leak(column, ours[text].row, text, places[0], form, same_row=False)


def _seen(run: Run, of: Callable[[str], bool]) -> dict[str, dict[str, list[str]]]:
    """Return for each text that was seen in some places its forms, and for each form the places."""
    seen: dict[str, dict[str, list[str]]] = {}
    for sighting in run.sightings:
        if of(sighting.place):
            forms = seen.setdefault(sighting.text, {})
            forms.setdefault(sighting.form, []).append(sighting.place)
            if sighting.form == "text":
                # Of cells that are rounded alike some have digits enough, and count with the others.
                forms.setdefault(canaries.ROUNDED, []).append(sighting.place)
    return seen
