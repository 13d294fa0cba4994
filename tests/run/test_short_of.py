"""Jobs that are short of something: room, a place to write, memory, an answer from a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.data.launch import FILLER
from conformance.values.job import Fault, FaultKind, Job
from conformance.values.run import Run
from tests.run.jobs import manifest_of, plain_job, run_job

Trainee = Callable[[str], str]

_TRIES = """
def tried(what):
    try:
        return what()
    except OSError as error:
        return error.strerror
def write():
    with open('/opt/ml/model/mine', 'w') as file:
        file.write('x')
seen = {'there': os.listdir('/opt/ml/model'), 'write': tried(write), 'after': sorted(os.listdir('/opt/ml/model'))}
print(json.dumps(seen))
"""
_ASKS = """
import socket
began = time.monotonic()
try:
    socket.create_connection(('192.0.2.1', 443), timeout=3)
except TimeoutError:
    print('swallowed')
except OSError as error:
    print(error.strerror)
try:
    socket.getaddrinfo('example.com', 443)
except OSError:
    print('unknown', time.monotonic() - began > 6)
"""


pytestmark = pytest.mark.usefixtures("nothing_is_left")


def run_with(image: str, kind: FaultKind, value: str = "", code: str = _TRIES) -> Run:
    """What comes of a job with a fault of resources that runs this code and saves nothing of its own."""
    loaded = manifest_of(code, saves=False)
    fault = Fault(kind, f"resources.{kind}", "", (), value=value, exempt=True)
    return run_job(image, loaded, replace(plain_job(loaded), fault=fault))


def seen_in(run: Run) -> dict[str, Any]:
    assert run.exit_code == 0, run.stderr.text
    seen: dict[str, Any] = json.loads(run.stdout.text)
    return seen


def test_a_model_directory_that_is_read_only(trainee: Trainee) -> None:
    seen = seen_in(run_with(trainee("shell"), "model-dir-unwritable"))
    assert seen == {"there": [], "write": "Read-only file system", "after": []}


def test_a_model_directory_without_space(trainee: Trainee) -> None:
    run = run_with(trainee("shell"), "model-dir-full", "space")
    assert seen_in(run) == {"there": [FILLER], "write": "No space left on device", "after": [FILLER, "mine"]}
    # What takes the space is not of the job, and what it could write of its own has no bytes.
    assert [(file.path, file.size_bytes) for file in run.model.files()] == [("mine", 0)]
    assert not run.model.has_model()


def test_a_model_directory_without_inodes(trainee: Trainee) -> None:
    run = run_with(trainee("shell"), "model-dir-full", "inodes")
    assert seen_in(run) == {"there": [], "write": "No space left on device", "after": []}
    assert run.model.files() == ()


def test_little_memory(trainee: Trainee) -> None:
    run = run_with(trainee("shell"), "little-memory", str(48 * 2**20), "print(len(b'x' * int('200000000')))")
    assert run.out_of_memory
    assert not run.fails
    assert run.stdout.text == ""


def test_a_network_that_does_not_answer(trainee: Trainee) -> None:
    loaded = manifest_of(_ASKS)
    plain = plain_job(loaded)
    job: Job = plain.with_choices(network="silent")
    run = run_job(trainee("shell"), loaded, job)
    assert run.had_route
    assert run.stdout.text == "swallowed\nunknown True\n"
    assert not run_job(trainee("shell"), loaded, plain).had_route
