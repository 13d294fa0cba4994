"""``reproduce.sh``: a counterexample's jobs, run again with nothing but a container engine, a remote one too."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from conformance.data.launch import FILLER, FULL_BYTES, SILENT, Launch
from conformance.data.waiting import NoProgramError, waiting_program
from conformance.report.reproduce_container import created, finished, removed
from conformance.values.image import Image
from conformance.values.run import Run

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
# Without an address of the engine's machine in a network, what listens there cannot be reached.
case $engine in *podman*) closed= ;; *) closed="--opt com.docker.network.bridge.inhibit_ipv4=true" ;; esac
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

# Runs the job "$1" for "$2" seconds at most, as container "$3"; "$4" is how it ended when it was recorded, if that is
# to be compared, "$5" where SM_MODEL_DIR points and "$6" where SM_OUTPUT_DIR points, if that is elsewhere. With "$7" it
# is sent SIGTERM after so many seconds, from which the others then count.
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
  if [ -n "$4" ] && [ "$ended" != "$4" ]; then
    echo "job $1: recorded was: $4"
    same=1
  fi
}
"""

_END = """
[ "$same" -eq 0 ] && echo "as recorded" || echo "not as recorded"
exit "$same"
"""


def script(title: str, image: Image, jobs: Sequence[tuple[Run, Sequence[Launch]]]) -> str:
    """Return the script for jobs that lie in ``jobs/1``, ``jobs/2``, … beside it.

    What is of one host of several lies in a directory of its name below that.
    """
    digest, reference = shlex.quote(image.config_digest), shlex.quote(image.reference)
    parts = [_BEGIN.format(title=" ".join(title.split()), digest=digest, reference=reference), _functions(image)]
    for number, (run, launches) in enumerate(jobs, start=1):
        lines = _hosts(number, run, launches) if run.hosts else _job(number, run, launches[0])
        parts.append("\n".join(["", f"# Job {number}: it {run.ending}.", *lines]) + "\n")
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
    place = str(number)
    network = launch.network
    if network == SILENT:
        network = f"conformance-$$-{place}-silent"
        yield f'"$engine" network create --internal "{network}" >/dev/null || exit 2'
    yield from created(place, launch, network)
    yield finished(place, run, launch, recorded_ending(run))
    if launch.network == SILENT:
        yield f'"$engine" network rm "{network}" >/dev/null'
    yield from removed(place, launch)


def _hosts(number: int, run: Run, launches: Sequence[Launch]) -> Iterator[str]:
    """Yield what runs the hosts of a job; only the one that tells how it ended is compared with what was recorded."""
    network = f"conformance-$$-{number}-hosts"
    inside = "" if run.job["network"] == "bridge" else "--internal $closed "
    yield f'"$engine" network create {inside}"{network}" >/dev/null || exit 2'
    last_s = max(launch.host.start_s for launch in launches if launch.host is not None)
    hosts = [(f"{number}/{host.host}", host, launch) for host, launch in zip(run.hosts, launches, strict=True)]
    for place, _, launch in hosts:
        yield from created(place, launch, network)
        yield f'{_variable(place)}="$container"'
    for place, host, launch in hosts:
        start_s = 0.0 if launch.host is None else launch.host.start_s
        ended = recorded_ending(run) if host.host == run.host else ""
        yield "("
        yield f"  same=0; sleep {start_s:.0f}"
        yield f'  container="${_variable(place)}"'
        yield f"  {finished(place, run, launch, ended, more_s=last_s - start_s)}"
        yield '  exit "$same"'
        yield ") &"
        yield f"{_variable(place)}_runs=$!"
    for place, _, launch in hosts:
        yield f'wait "${_variable(place)}_runs" || same=1'
        yield from removed(place, launch)
    yield f'"$engine" network rm "{network}" >/dev/null'


def _variable(place: str) -> str:
    return "job_" + re.sub(r"[^0-9a-z]", "_", place)
