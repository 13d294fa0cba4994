"""What is certainly left over, and nothing else, is ours to remove."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping

import psutil
import pytest

from conformance.run.ownership import (
    EXPIRES,
    LABEL,
    MACHINE,
    PROCESS,
    SESSION,
    Owner,
    is_alive,
    is_left_over,
    this_owner,
)

_NOW = 1_000_000.0
_OURS = Owner("ours", "here", "1@1")
_DEAD, _ALIVE = "2@2", "3@3"


def _labels(**changed: str | None) -> Mapping[str, str]:
    """The labels of a container of a dead session on this machine, with some of them changed or left out."""
    labels = {"": "true", "session": "other", "machine": "here", "process": _DEAD, "expires": str(int(_NOW + 1))}
    given = {**labels, **{"" if name == "marker" else name: value for name, value in changed.items()}}
    names = {"": LABEL, "session": SESSION, "machine": MACHINE, "process": PROCESS, "expires": EXPIRES}
    return {names[name]: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("labels", "left_over"),
    [
        (_labels(), True),
        (_labels(process=_ALIVE), False),
        (_labels(session="ours"), False),
        (_labels(session="ours", expires="1"), False),
        (_labels(machine="there"), False),
        (_labels(machine="there", expires=str(int(_NOW - 1))), True),
        (_labels(process=_ALIVE, expires=str(int(_NOW - 1))), True),
        (_labels(machine=None), False),
        (_labels(process=None), False),
        (_labels(process=None, machine="there"), False),
        (_labels(expires=None), True),
        (_labels(expires=None, machine="there"), False),
        (_labels(expires="soon", machine="there"), False),
        (_labels(expires="-1", machine="there"), False),
        (_labels(expires="", process=_ALIVE), False),
        (_labels(marker=None), False),
        (_labels(marker="false", expires="1"), False),
        (_labels(session=None), True),
        ({}, False),
        ({LABEL: "true"}, False),
        ({EXPIRES: "1"}, False),
        ({"org.testcontainers": "true", EXPIRES: "1"}, False),
    ],
)
def test_what_is_left_over(labels: Mapping[str, str], left_over: bool) -> None:
    assert is_left_over(labels, _OURS, lambda process: process == _ALIVE, _NOW) is left_over


def test_what_is_created_now_is_of_use_for_its_lifetime() -> None:
    labels = _OURS.labels(600)
    other = Owner("other", "there", "9@9")
    assert not is_left_over(labels, other, lambda _: True, time.time() + 600)
    assert is_left_over(labels, other, lambda _: True, time.time() + 600 + 2 * 3600)


def test_sessions_differ_and_their_process_lives() -> None:
    one, other = this_owner(), this_owner()
    assert one.session != other.session
    assert (one.machine, one.process) == (other.machine, other.process)
    assert is_alive(one.process)


def test_a_process_number_that_was_given_again_is_another_process() -> None:
    started = int(psutil.Process().create_time())
    assert is_alive(f"{os.getpid()}@{started}")
    assert is_alive(f"{os.getpid()}@{started + 5}"), "the clock may have been set a little"
    assert not is_alive(f"{os.getpid()}@{started - 60}")
    assert not is_alive(f"{os.getpid()}@{started + 60}")


def test_a_process_that_ended_is_not_alive_even_while_nobody_waits_for_it() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    process = f"{child.pid}@{int(psutil.Process(child.pid).create_time())}"
    assert is_alive(process)
    child.kill()
    ended = time.monotonic() + 10
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < ended
        time.sleep(0.01)
    assert not is_alive(process)
    child.wait()
    assert not is_alive(process)


@pytest.mark.parametrize("process", ["", "@", "12", "x@1", "1@x", "-1@5", "1@1@1"])
def test_what_names_no_process_may_be_alive(process: str) -> None:
    assert is_alive(process)


def test_a_number_that_no_process_can_have_is_not_alive() -> None:
    assert not is_alive(f"{2**40}@1")
