"""Rules on the directories of the channels."""

from __future__ import annotations

from conformance.judge.looks import Pair, pairs, runs, with_fault_of
from conformance.judge.properties import fails, same_result_where_observable
from conformance.judge.rule import MAY, MUST, rule
from conformance.manifest.model import Manifest
from conformance.values.run import Run


def _has_required_channel(manifest: Manifest) -> str | None:
    return None if any(c.required for c in manifest.channels.values()) else "declare a channel with required = true"


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
