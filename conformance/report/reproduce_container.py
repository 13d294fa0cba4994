"""The commands of ``reproduce.sh`` for one container: what makes it, runs it, and removes what it had."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator

from conformance.contract import paths
from conformance.contract.limits import STOP_TIMEOUT_S
from conformance.data.launch import FILLER, FULL_OPTIONS, NAME_SERVER, SILENT, Launch
from conformance.values.run import Run

_SLACK_S = 10.0


def created(place: str, launch: Launch, network: str) -> Iterator[str]:
    """Yield what makes ``$container`` and copies into it what lies in ``jobs/`` below ``place``."""
    jobs = f"$here/jobs/{place}"
    moved = [name for name in launch.channels if paths.channel(name) in launch.moved]
    volumes = {target: volume for volume, target in _volumes(place, launch)}
    for name in launch.read_only_channels:
        target = _target(name, launch)
        source = f'"{jobs}/{"moved" if name in moved else "input/data"}/{name}/."'
        yield from _filled(volumes[target], target, source)
    anyone = "a+rwX" if launch.for_anyone else "u=rwX,go=rX"
    given = [f'"{jobs}/{name}"' for name in ("input", "model", "output")]
    yield f"mkdir -p {' '.join(given)} && chmod -R {anyone} {' '.join(given)}"
    if moved:
        yield f'chmod -R {anyone} "{jobs}/moved"'
    for target in launch.read_only:
        yield from _filled(volumes[target], target, f'"{jobs}/{posixpath.basename(target)}/."')
    for target, lack in launch.full.items():
        yield f'hold "{volumes[target]}" {FULL_OPTIONS[lack]} {target} {lack}'
        yield f"given={posixpath.basename(target)}/{FILLER}"
    yield 'container=$("$engine" create \\'
    yield f'  --network "{network}" \\'
    for option in _options(launch):
        yield f"  {option} \\"
    for target, volume in volumes.items():
        yield f'  --volume "{volume}:{target}{"" if target in launch.full else ":ro"}" \\'
    entrypoint = launch.entrypoint or ()
    if entrypoint:
        yield f"  --entrypoint {shlex.quote(entrypoint[0])} \\"
    yield f'  "$image" {shlex.join((*entrypoint[1:], *launch.command))}) || exit 2'
    pipes = [f'"{jobs}/input/data/{name}"' for name in launch.pipes]
    if pipes:
        yield f"mkfifo {' '.join(pipes)}"
    if launch.read_only_channels:
        if launch.configuration:
            yield f'"$engine" cp "{jobs}/input/config" "$container:{paths.INPUT}/config" >/dev/null'
        for name in moved:
            empty = f"$here/reproduced/{place}/empty"
            yield f'mkdir -p "{empty}/data/{name}"'
            yield f'"$engine" cp "{empty}/." "$container:{paths.INPUT}" >/dev/null'
    else:
        yield f'"$engine" cp "{jobs}/input/." "$container:{paths.INPUT}" >/dev/null'
    if pipes:
        yield f"rm {' '.join(pipes)}"
    if not launch.read_only_channels:
        for name in moved:
            yield f'"$engine" cp "{jobs}/moved/{name}/." "$container:{_target(name, launch)}" >/dev/null'
    if paths.OUTPUT not in launch.read_only:
        yield f'"$engine" cp "{jobs}/output/." "$container:{paths.OUTPUT}" >/dev/null'
    for directory in given[1:] if launch.for_anyone else ():
        # As a whole, so that the mounts get its mode too.
        yield f'"$engine" cp {directory} "$container:{paths.ML}" >/dev/null'
    for target in (paths.INPUT, *_moved_mounts(launch)) if launch.for_anyone else ():
        empty = f'"$here/reproduced/{place}/{posixpath.basename(target)}"'
        yield f"mkdir -p {empty} && chmod {anyone} {empty}"
        yield f'"$engine" cp {empty} "$container:{posixpath.dirname(target)}" >/dev/null'


def _filled(volume: str, target: str, source: str) -> Iterator[str]:
    yield f'filler=$("$engine" create --volume "{volume}:{target}" "$image" train)'
    yield f'"$engine" cp {source} "$filler:{target}" >/dev/null && "$engine" rm "$filler" >/dev/null'


def finished(place: str, run: Run, launch: Launch, ended: str, *, more_s: float = 0.0) -> str:
    """Return the call of ``finish``; ``ended`` is what to compare with, if there is something.

    ``more_s`` is how many seconds longer than by itself the job may run, as it waits for others.
    """
    elsewhere = shlex.join(launch.moved.get(path, "") for path in (paths.MODEL, paths.OUTPUT_DATA))
    limit_s, signal_s = _limits(run)
    signal = "" if signal_s is None else f" {signal_s:.1f}"
    return f'finish {place} {limit_s + more_s:.0f} "$container" {shlex.quote(ended)} {elsewhere}{signal}'


def removed(place: str, launch: Launch) -> Iterator[str]:
    """Yield what removes the volumes that do not go with the container."""
    if launch.full:
        yield '"$engine" rm -f "$holder" >/dev/null'
        yield "given="
    for volume, _ in _volumes(place, launch):
        yield f'"$engine" volume rm -f "{volume}" >/dev/null'


def _volumes(place: str, launch: Launch) -> Iterator[tuple[str, str]]:
    """Yield the volumes of a job that are not its container's own, with their targets."""
    key = place.replace("/", "-")
    for index, name in enumerate(launch.read_only_channels):
        yield f"conformance-$$-{key}-{index}", _target(name, launch)
    for target in (*launch.read_only, *launch.full):
        yield f"conformance-$$-{key}-{posixpath.basename(target)}", target


def _target(channel: str, launch: Launch) -> str:
    return launch.moved.get(paths.channel(channel), paths.channel(channel))


def _limits(run: Run) -> tuple[float, float | None]:
    """Return for how many seconds a job may run, and when it is sent SIGTERM, from which they then count."""
    if run.signal is None:
        # The limit of a job that ended before it could be stopped was the moment of the signal.
        return (STOP_TIMEOUT_S if run.job.stop else run.limit_s), None
    # In the middle of training a little more does no harm, and a slower machine needs it.
    more = 0.0 if run.job.stop == "early" else 1.0
    return STOP_TIMEOUT_S + _SLACK_S, run.signal.sent_s + more


def _options(launch: Launch) -> Iterator[str]:
    if launch.network == SILENT:
        yield f"--dns {NAME_SERVER}"
    if launch.host is not None:
        yield f"--network-alias {launch.host.name}"
    known = (f"--add-host {name}:{address}" for name, address in launch.etc_hosts.items())
    yield " ".join([f"--hostname {launch.hostname}", *known])
    if not launch.new_privileges:
        yield "--security-opt no-new-privileges"
    for name in launch.capabilities:
        yield f"--cap-add {name}"
    yield f"--memory {launch.memory_bytes} --memory-swap {launch.memory_bytes}"
    yield f"--pids-limit {launch.processes} --shm-size {launch.shared_memory_bytes}"
    given = {*launch.read_only, *launch.full}
    fresh = [target for target in (paths.INPUT, paths.MODEL, paths.OUTPUT) if target not in given]
    for target in (*fresh, *_moved_mounts(launch)):
        yield f"--mount type=volume,destination={target},volume-nocopy"
    for name, value in launch.environment.items():
        yield f"--env {shlex.quote(f'{name}={value}')}"


def _moved_mounts(launch: Launch) -> Iterator[str]:
    """Yield the moved directories that are mounted without files; those of read-only channels come with theirs."""
    read_only = {paths.channel(name) for name in launch.read_only_channels}
    return (target for default, target in launch.moved.items() if default not in read_only)
