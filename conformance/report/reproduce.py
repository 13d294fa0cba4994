"""``reproduce.sh``: a counterexample's jobs, run again with nothing but a container engine, a remote one too."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence

from conformance.contract import paths
from conformance.contract.limits import STOP_TIMEOUT_S
from conformance.data.launch import FILLER, FULL_BYTES, FULL_OPTIONS, NAME_SERVER, SILENT, Launch
from conformance.data.waiting import NoProgramError, waiting_program
from conformance.values.image import Image
from conformance.values.run import Run

_SLACK_S = 10.0
_BEGIN = """\
#!/bin/sh
# {title}
#
# Runs the jobs beside this file as the platform would, and says whether they end as they did when they were recorded.
# Needs a container engine and tar, nothing else. CONTAINER_ENGINE=podman uses Podman; IMAGE=… tests another image.
# Exit code 0: every job ended as recorded. What the jobs leave is kept below ./reproduced.
set -u
here=$(cd "$(dirname "$0")" && pwd)
engine=${{CONTAINER_ENGINE:-docker}}
image=${{IMAGE:-{digest}}}
"$engine" image inspect "$image" >/dev/null 2>&1 || image=${{IMAGE:-{reference}}}
same=0
given=
"""

_FUNCTIONS = """
# Whether there is a file in an archive, and it is not empty; what was given to fill a directory is none.
holds() {
  [ -f "$1" ] && [ "$(tar -xOf "$1" ${given:+--exclude "$given"} 2>/dev/null | head -c 1 | wc -c)" -gt 0 ]
}

# Makes the volume "$1" in memory, mounted with the options "$2". It is there for as long as a container has it, at
# "$3": one that calls pause() again and again. Where "$4" is "space", a file takes all of it.
hold() {
  mkdir -p "$here/reproduced"
  printf '{program}' >"$here/reproduced/waits"
  chmod 755 "$here/reproduced/waits"
  "$engine" volume create --opt type=tmpfs --opt device=tmpfs --opt "o=$2" "$1" >/dev/null
  holder=$("$engine" create --network none --volume "$1:$3" --entrypoint /conformance-waits "$image") || exit 2
  "$engine" cp "$here/reproduced/waits" "$holder:/conformance-waits" >/dev/null
  "$engine" start "$holder" >/dev/null || exit 2
  if [ "$4" = space ]; then
    head -c {full_bytes} /dev/zero >"$here/reproduced/{filler}"
    "$engine" cp "$here/reproduced/{filler}" "$holder:$3" >/dev/null
  fi
}

# Runs the job "$1" for "$2" seconds at most, as container "$3"; "$4" is how it ended when it was recorded, "$5" where
# SM_MODEL_DIR points and "$6" where SM_OUTPUT_DIR points, if that is elsewhere. With "$7" it is sent SIGTERM after so
# many seconds, from which the others then count.
finish() {
  out="$here/reproduced/$1"
  mkdir -p "$out"
  if "$engine" start "$3" >/dev/null 2>"$out/start.txt"; then
    (
      if [ -n "${7:-}" ]; then
        sleep "$7"
        "$engine" logs "$3" >"$out/log-before-the-signal.txt" 2>&1
        "$engine" kill --signal TERM "$3"
      fi
      sleep "$2"
      "$engine" kill "$3"
    ) >/dev/null 2>&1 &
    watch=$!
    code=$("$engine" wait "$3")
    kill "$watch" 2>/dev/null
    ended="exit code $code"
  else
    ended="not started"
  fi
  "$engine" logs "$3" >"$out/stdout.txt" 2>"$out/stderr.txt"
  "$engine" cp "$3:/opt/ml/model" - >"$out/model.tar" 2>/dev/null
  "$engine" cp "$3:/opt/ml/output" - >"$out/output.tar" 2>/dev/null
  [ -z "$5" ] || "$engine" cp "$3:$5" - >"$out/moved-model.tar" 2>/dev/null
  [ -z "$6" ] || "$engine" cp "$3:$6" - >"$out/moved-output.tar" 2>/dev/null
  "$engine" rm -f -v "$3" >/dev/null
  if holds "$out/model.tar" || holds "$out/moved-model.tar"; then
    ended="$ended, a model"
  else
    ended="$ended, no model"
  fi
  if tar -tf "$out/output.tar" output/failure >/dev/null 2>&1; then
    ended="$ended, a failure file"
    tar -xOf "$out/output.tar" output/failure >"$out/failure.txt" 2>/dev/null
  else
    ended="$ended, no failure file"
  fi
  echo "job $1: $ended"
  [ ! -s "$out/failure.txt" ] || { head -c 1024 "$out/failure.txt"; echo; }
  if [ "$ended" != "$4" ]; then
    echo "job $1: recorded was: $4"
    same=1
  fi
}
"""

_END = """
[ "$same" -eq 0 ] && echo "as recorded" || echo "not as recorded"
exit "$same"
"""


def script(title: str, image: Image, jobs: Sequence[tuple[Run, Launch]]) -> str:
    """Return the script for jobs that lie in ``jobs/1``, ``jobs/2``, … beside it."""
    digest, reference = shlex.quote(image.config_digest), shlex.quote(image.reference)
    parts = [_BEGIN.format(title=" ".join(title.split()), digest=digest, reference=reference), _functions(image)]
    for number, (run, launch) in enumerate(jobs, start=1):
        parts.append("\n".join(_job(number, run, launch)) + "\n")
    return "".join([*parts, _END])


def _functions(image: Image) -> str:
    """Return the functions; one of them writes a program for the machine that the image is for."""
    try:
        program = waiting_program(image.platform.partition("/")[2])
    except NoProgramError:
        program = b""
    text = "".join(f"\\{byte:03o}" for byte in program)
    known = {"{program}": text, "{full_bytes}": str(FULL_BYTES), "{filler}": FILLER}
    return re.sub(r"\{(program|full_bytes|filler)\}", lambda found: known[found[0]], _FUNCTIONS)


# What of an image's files the rules look at that look at files.
_FILES = {
    "launch.opt-ml-reserved": "^opt/ml/.*[^/]$",
    "launch.no-gpu-drivers": r"/(libcuda|libnvidia-[^/]+)\.so\.[^/]+$",
}


def static_script(rule_id: str, title: str, image: Image) -> str:
    """Return the script for a rule that looks at the image's configuration, or at its files, and runs nothing."""
    digest, reference = shlex.quote(image.config_digest), shlex.quote(image.reference)
    begin = _BEGIN.format(title=" ".join(title.split()), digest=digest, reference=reference)
    if (pattern := _FILES.get(rule_id)) is not None:
        return (
            f'{begin}container=$("$engine" create "$image" train) || exit 2\n'
            f'"$engine" export "$container" | tar -tf - | grep -E {shlex.quote(pattern)}\n'
            '"$engine" rm -v "$container" >/dev/null\n'
        )
    form = shlex.quote("{{.Os}}/{{.Architecture}} entrypoint={{json .Config.Entrypoint}} command={{json .Config.Cmd}}")
    return f'{begin}exec "$engine" image inspect --format {form} "$image"\n'


def recorded_ending(run: Run) -> str:
    """Return how a run ended, in the words that the script compares."""
    if run.never_started is not None:
        ended = "not started"
    elif run.exit_code is None or (run.signal is not None and run.signal.killed):
        ended = "exit code 137"
    else:
        ended = f"exit code {run.exit_code}"
    model = "a model" if run.model.has_model() else "no model"
    failure = "no failure file" if run.failure is None else "a failure file"
    return f"{ended}, {model}, {failure}"


def _job(number: int, run: Run, launch: Launch) -> Iterator[str]:
    yield ""
    yield f"# Job {number}: it {run.ending}."
    volumes = [f"conformance-$$-{number}-{index}" for index, _ in enumerate(launch.read_only_channels)]
    targets = {name: launch.moved.get(paths.channel(name), paths.channel(name)) for name in launch.channels}
    moved = [name for name in launch.channels if paths.channel(name) in launch.moved]
    for name, volume in zip(launch.read_only_channels, volumes, strict=True):
        target = targets[name]
        source = f'"$here/jobs/{number}/{"moved" if name in moved else "input/data"}/{name}/."'
        yield f'filler=$("$engine" create --volume "{volume}:{target}" "$image" train)'
        yield f'"$engine" cp {source} "$filler:{target}" >/dev/null && "$engine" rm "$filler" >/dev/null'
    anyone = "a+rwX" if launch.for_anyone else "u=rwX,go=rX"
    given = [f'"$here/jobs/{number}/{name}"' for name in ("input", "model", "output")]
    yield f"mkdir -p {' '.join(given)} && chmod -R {anyone} {' '.join(given)}"
    read_only = {target: f"conformance-$$-{number}-{posixpath.basename(target)}" for target in launch.read_only}
    for target, volume in read_only.items():
        source = f'"$here/jobs/{number}/{posixpath.basename(target)}/."'
        yield f'filler=$("$engine" create --volume "{volume}:{target}" "$image" train)'
        yield f'"$engine" cp {source} "$filler:{target}" >/dev/null && "$engine" rm "$filler" >/dev/null'
    full = {target: f"conformance-$$-{number}-full-{posixpath.basename(target)}" for target in launch.full}
    for target, volume in full.items():
        yield f'hold "{volume}" {FULL_OPTIONS[launch.full[target]]} {target} {launch.full[target]}'
        yield f"given={posixpath.basename(target)}/{FILLER}"
    network = launch.network
    if network == SILENT:
        network = f"conformance-$$-{number}-silent"
        yield f'"$engine" network create --internal "{network}" >/dev/null || exit 2'
    yield 'container=$("$engine" create \\'
    yield f'  --network "{network}" \\'
    if launch.network == SILENT:
        yield f"  --dns {NAME_SERVER} \\"
    for option in _options(launch):
        yield f"  {option} \\"
    for name, volume in zip(launch.read_only_channels, volumes, strict=True):
        yield f'  --volume "{volume}:{targets[name]}:ro" \\'
    for target, volume in read_only.items():
        yield f'  --volume "{volume}:{target}:ro" \\'
    for target, volume in full.items():
        yield f'  --volume "{volume}:{target}" \\'
    entrypoint = launch.entrypoint or ()
    if entrypoint:
        yield f"  --entrypoint {shlex.quote(entrypoint[0])} \\"
    yield f'  "$image" {shlex.join((*entrypoint[1:], *launch.command))}) || exit 2'
    pipes = [f'"$here/jobs/{number}/input/data/{name}"' for name in launch.pipes]
    if pipes:
        yield f"mkfifo {' '.join(pipes)}"
    if launch.read_only_channels:
        if launch.configuration:
            yield f'"$engine" cp "$here/jobs/{number}/input/config" "$container:{paths.INPUT}/config" >/dev/null'
        for name in moved:
            empty = f"$here/reproduced/{number}/empty"
            yield f'mkdir -p "{empty}/data/{name}"'
            yield f'"$engine" cp "{empty}/." "$container:{paths.INPUT}" >/dev/null'
    else:
        yield f'"$engine" cp "$here/jobs/{number}/input/." "$container:{paths.INPUT}" >/dev/null'
    if pipes:
        yield f"rm {' '.join(pipes)}"
    if not launch.read_only_channels:
        for name in moved:
            yield f'"$engine" cp "$here/jobs/{number}/moved/{name}/." "$container:{targets[name]}" >/dev/null'
    if paths.OUTPUT not in launch.read_only:
        yield f'"$engine" cp "$here/jobs/{number}/output/." "$container:{paths.OUTPUT}" >/dev/null'
    for directory in given[1:] if launch.for_anyone else ():
        # As a whole, so that the mounts get its mode too.
        yield f'"$engine" cp {directory} "$container:{paths.ML}" >/dev/null'
    ended = shlex.quote(recorded_ending(run))
    elsewhere = shlex.join(launch.moved.get(path, "") for path in (paths.MODEL, paths.OUTPUT_DATA))
    limit_s, signal_s = _limits(run)
    signal = "" if signal_s is None else f" {signal_s:.1f}"
    yield f'finish {number} {limit_s:.0f} "$container" {ended} {elsewhere}{signal}'
    if launch.network == SILENT:
        yield f'"$engine" network rm "{network}" >/dev/null'
    if full:
        yield '"$engine" rm -f "$holder" >/dev/null'
        yield "given="
    for volume in (*volumes, *read_only.values(), *full.values()):
        yield f'"$engine" volume rm -f "{volume}" >/dev/null'


def _limits(run: Run) -> tuple[float, float | None]:
    """Return for how many seconds a job may run, and when it is sent SIGTERM, from which they then count."""
    if run.signal is None:
        # The limit of a job that ended before it could be stopped was the moment of the signal.
        return (STOP_TIMEOUT_S if run.job.stop else run.limit_s), None
    # In the middle of training a little more does no harm, and a slower machine needs it.
    more = 0.0 if run.job.stop == "early" else 1.0
    return STOP_TIMEOUT_S + _SLACK_S, run.signal.sent_s + more


def _options(launch: Launch) -> Iterator[str]:
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
