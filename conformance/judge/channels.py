"""Rules on the directories of the channels."""

from __future__ import annotations

from conformance.contract import variables
from conformance.contract.limits import CHANNELS_OF_A_JOB
from conformance.judge.looks import Pair, pairs, runs, with_fault_of
from conformance.judge.properties import fails, same_result_where_observable, trains
from conformance.judge.rule import MAY, MUST, SHOULD, rule
from conformance.judge.violation import Violation
from conformance.manifest.model import Manifest
from conformance.values.job import is_read_back
from conformance.values.run import Run

_SHOWN = 3
_OTHER_NAMES = ("moved-named-channel", "sagemaker", "unset")


def _has_required_channel(manifest: Manifest) -> str | None:
    return None if any(c.required for c in manifest.channels.values()) else "declare a channel with required = true"


def _has_room(manifest: Manifest) -> str | None:
    return None if len(manifest.channels) < CHANNELS_OF_A_JOB else f"declare fewer than {CHANNELS_OF_A_JOB} channels"


def _has_optional_channel(manifest: Manifest) -> str | None:
    if all(channel.required for channel in manifest.channels.values()):
        return "declare a channel with required = false"
    return None


def _has_odd_name(manifest: Manifest) -> str | None:
    if all(map(variables.is_portable, manifest.channels)):
        return "declare a channel whose name holds - or ., if there is one"
    return None


@rule(
    "channels.read-only",
    MUST,
    "D4",
    looks_at=pairs("mount"),
    hint="write caches and unpacked files below /tmp, never beside the data",
)
def channels_may_be_read_only(pair: Pair) -> None:
    """Trains with the channels mounted read-only."""
    same_result_where_observable(pair)


@rule(
    "channels.unchanged",
    SHOULD,
    "D7",
    looks_at=runs(is_read_back, when=lambda run: run.trains and run.input_changes is not None),
    hint="write caches and unpacked files below /tmp, never beside the data",
)
def channels_stay_as_they_were(run: Run) -> None:
    """Leaves the files of a writable channel as they were."""
    if changes := run.input_changes or ():
        told = [f"{change.path!r} is {change.how}" for change in changes[:_SHOWN]]
        more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        raise Violation(f"below /opt/ml/input/data {', '.join(told)}{more}")


@rule(
    "channels.extra",
    MUST,
    "V7",
    looks_at=pairs("extra-channel"),
    applies=_has_room,
    hint="read the channels that you know by their names, never every directory below /opt/ml/input/data",
)
def extra_channel_changes_nothing(pair: Pair) -> None:
    """A channel that it does not know, with valid-looking rows or any bytes in it, changes nothing."""
    same_result_where_observable(pair)


@rule(
    "channels.missing",
    MUST,
    "D5",
    looks_at=runs(with_fault_of("channels.missing")),
    applies=_has_required_channel,
    hint="check that the directory of every required channel is there before anything else",
)
def missing_channel_fails(run: Run) -> None:
    """A required channel that is not there: fails."""
    fails(run)


@rule(
    "channels.empty",
    MUST,
    "D5",
    looks_at=runs(with_fault_of("channels.empty")),
    applies=_has_required_channel,
    hint="count the rows that were read, and end with an error if there are none",
)
def empty_channel_fails(run: Run) -> None:
    """A required channel that is an empty directory, or holds zero-byte files or a header alone: fails."""
    fails(run)


@rule(
    "channels.pipe",
    MAY,
    "D6",
    looks_at=runs(with_fault_of("channels.pipe")),
    applies=_has_required_channel,
    hint="check that the channel is a directory, and open regular files alone: opening a pipe waits for ever",
)
def pipe_fails(run: Run) -> None:
    """A pipe in place of a required channel's directory: fails, and does not hang."""
    fails(run)


@rule(
    "channels.optional",
    SHOULD,
    "V5",
    looks_at=pairs("optional-channels"),
    applies=_has_optional_channel,
    hint="ask whether the directory of the channel is there, or declare required = true",
)
def optional_channels_may_be_absent(pair: Pair) -> None:
    """Trains without the channels that are declared `required = false`."""
    trains(pair.changed)


@rule(
    "channels.name",
    MAY,
    "V6",
    looks_at=pairs("environment", lambda job: job["environment"] in _OTHER_NAMES),
    applies=_has_odd_name,
    hint="an entrypoint that is a /bin/sh script drops variables such as SM_CHANNEL_MY-DATA; "
    "start the program itself, or name channels with letters, digits and _",
)
def odd_names_are_found(pair: Pair) -> None:
    """A channel whose name holds `-` or `.` is found with and without its variable."""
    same_result_where_observable(pair)
