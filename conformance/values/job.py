"""A training job as a value: everything that decides what a container is given, and nothing else.

The data of a job is a recipe (a seed, a number of rows, hazards), from which ``conformance.data`` makes the same files
everywhere; so a job stays small, however large its channels are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

from conformance.contract.choices import BY_NAME, Part, normalised, owner_of, value_of

DATA = "data"
"""Stands among the differences of two jobs for rows that were drawn from other seeds and texts."""

_HYPERPARAMETERS = "hyperparameters"
_LAYOUT = frozenset({"partition", "file-names"})

FaultKind = Literal[
    "channel-missing",
    "channel-empty",
    "zero-bytes",
    "header-alone",
    "channel-pipe",
    "hyperparameter",
    "hyperparameter-absent",
    "configuration-cut",
    "column-missing",
    "wrong-type",
    "undeclared-format",
    "corrupt",
    "wrong-cell",
    "model-dir-unwritable",
    "model-dir-full",
    "little-memory",
]

FailurePath = Literal["", "directory", "read-only"]
"""Why the failure file cannot be written: it can, its path is a directory, the output directory is read-only."""

StopTime = Literal["", "early", "middle", "later"]
"""When a job is stopped: not at all, before it trains, in the middle of training, and a while after that."""


@dataclass(frozen=True)
class Canary:
    """A value that stands in one cell alone. ``other`` is what stands there in the job that is equal but for that."""

    column: str
    row: int
    text: str
    other: str


@dataclass(frozen=True)
class ChannelData:
    """The recipe of one channel's rows.

    ``seed`` feeds the generator of bulk rows; ``words`` are the plain texts that each text column is filled from, and
    ``texts`` the strange ones that stand among the encoding hazards. ``canaries`` stand in place of what is drawn.
    """

    channel: str
    rows: int
    seed: int
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    texts: tuple[str, ...] = ()
    canaries: tuple[Canary, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with a job.

    ``rule`` is the id of the rule that a job which succeeds in spite of the fault breaks. ``names`` are the words any
    of which a useful failure text holds, most specific first; ``exempt`` says that none is asked for. ``concerns`` are
    further words that the text may well hold, such as the channel that a faulty file lies in. ``subject`` is the column
    or hyperparameter at fault, ``value`` what is wrong with it, ``file`` the name of the file that it lies in, ``row``
    that of the cell at fault, where it is one.
    """

    kind: FaultKind
    rule: str
    sentence: str
    names: tuple[str, ...]
    channel: str = ""
    subject: str = ""
    value: str = ""
    exempt: bool = False
    concerns: tuple[str, ...] = ()
    file: str = ""
    failure_path: FailurePath = ""
    row: int = 0


@dataclass(frozen=True)
class Job:
    """One training job. Two jobs are equal, and have one digest, if a container could not tell them apart.

    ``choices`` maps the name of each choice to its value; ``stop`` says when SIGTERM is sent, if it is; ``repeat``
    numbers jobs that are run again on purpose.
    """

    choices: tuple[tuple[str, str], ...]
    data: tuple[ChannelData, ...]
    hyperparameters: tuple[tuple[str, str], ...]
    fault: Fault | None = None
    repeat: int = 0
    stop: StopTime = ""

    def __getitem__(self, choice: str) -> str:
        """Return the value of a choice; an unknown choice is a KeyError."""
        return self._by_name[choice]

    def with_choices(self, **choices: str) -> Job:
        """Return this job with other values for some choices (``_`` in a keyword stands for ``-``)."""
        changed = {name.replace("_", "-"): value for name, value in choices.items()}
        if unknown := changed.keys() - self._by_name.keys():
            raise KeyError(f"no such choice: {', '.join(sorted(unknown))}")
        return replace(self, choices=tuple((name, changed.get(name, value)) for name, value in self.choices))

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return dict(self.choices)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON of this value, in hexadecimal."""
        text = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return this job as JSON values; ``from_json`` is the inverse."""
        return asdict(self) | {
            "choices": dict(self.choices),
            "data": [asdict(data) | {"words": dict(data.words)} for data in self.data],
            "hyperparameters": dict(self.hyperparameters),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Job:
        """Return the job that ``as_json`` wrote; KeyError or TypeError if it is none."""
        fault = value["fault"]
        return Job(
            choices=tuple(value["choices"].items()),
            data=tuple(_channel_data(data) for data in value["data"]),
            hyperparameters=tuple(value["hyperparameters"].items()),
            fault=None if fault is None else _fault(fault),
            repeat=value["repeat"],
            stop=value["stop"],
        )


def _fault(value: Mapping[str, Any]) -> Fault:
    return Fault(**{**value, "names": tuple(value["names"]), "concerns": tuple(value["concerns"])})


def _channel_data(value: Mapping[str, Any]) -> ChannelData:
    words = tuple((column, tuple(words)) for column, words in value["words"].items())
    canaries = tuple(Canary(**canary) for canary in value["canaries"])
    return ChannelData(value["channel"], value["rows"], value["seed"], words, tuple(value["texts"]), canaries)


def is_read_back(job: Job) -> bool:
    """Whether the files of the channels are looked at after the run.

    That takes a tenth of a short run, so it is done where the jobs are plain but for how the rows lie in files, and for
    what the plain job needs.
    """
    plain = all(_is_plain(name, value) for name, value in job.choices if name not in _LAYOUT)
    moved = job["environment"] not in ("clean-rooms", "sagemaker", "unset")
    return plain and not moved and job.fault is None and not job.stop


def _is_plain(choice: str, value: str) -> bool:
    known = value_of(choice, value)
    return BY_NAME[choice].plain in (None, value) or (known is not None and known.part is Part.RELAXATION)


def is_for_scale(job: Job) -> bool:
    """Whether a job is there to see what its number of rows takes."""
    return owner_of("rows", dict(job.choices)) == "ingestion.scale"


def differences(job: Job, other: Job) -> dict[str, str]:
    """Return the choices in which ``job`` differs from ``other``, with the values they have in ``job``.

    Rows that were drawn anew are one difference, called DATA, and so are hyperparameters that were.
    """
    differing = {name: value for name, value in job.choices if other[name] != value}
    if job[_HYPERPARAMETERS] == other[_HYPERPARAMETERS] == "drawn" and job.hyperparameters != other.hyperparameters:
        differing[_HYPERPARAMETERS] = "drawn"
    if job.data != other.data if job["rows"] == other["rows"] else _seeded(job) != _seeded(other):
        differing[DATA] = "drawn"
    return differing


def with_part_of(job: Job, neighbour: Job, names: Collection[str]) -> Job:
    """Return ``neighbour`` with those of its differences from ``job`` taken over that are named.

    Values that have no effect without others are left as ``neighbour`` has them, so the job may differ in less.
    """
    mixed = {name: job[name] if name in names else value for name, value in neighbour.choices}
    choices = normalised(mixed, dict(neighbour.choices))
    # Where the choice says nothing of the number of rows, that is drawn with the rows.
    counts = DATA in names if job["rows"] == neighbour["rows"] else choices["rows"] == job["rows"]
    same_name = choices[_HYPERPARAMETERS] == job[_HYPERPARAMETERS]
    drawn, counted, given = (
        job if taken else neighbour
        for taken in (
            DATA in names,
            counts,
            same_name and (_HYPERPARAMETERS in names or job[_HYPERPARAMETERS] != neighbour[_HYPERPARAMETERS]),
        )
    )
    rows = {data.channel: data.rows for data in counted.data}
    return Job(
        tuple(choices.items()),
        tuple(replace(data, rows=rows[data.channel]) for data in drawn.data),
        given.hyperparameters,
        repeat=neighbour.repeat,
    )


def _seeded(job: Job) -> tuple[ChannelData, ...]:
    return tuple(replace(data, rows=0) for data in job.data)
