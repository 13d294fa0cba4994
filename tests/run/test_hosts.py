"""Jobs with several hosts: what each is told, how they find each other, and how the job ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.data.hosts import APART_S
from conformance.manifest import LoadedManifest
from conformance.values.run import Run
from tests.run.jobs import manifest_of, plain_job, run_job

Trainee = Callable[[str], str]

pytestmark = pytest.mark.usefixtures("nothing_is_left")

_TELLS = """
import socket
told = json.load(open('/opt/ml/input/config/resourceconfig.json'))
def address(name):
    for _ in range(300):
        try:
            return socket.gethostbyname(name)
        except OSError:
            time.sleep(0.1)
mine = address(told['current_host'])
found = {name: address(name) for name in told['hosts']}
# The others are to find this one, too.
time.sleep(3)
def reached(address):
    try:
        socket.create_connection((address, PORT), timeout=3).close()
    except OSError:
        return False
    return True
print(json.dumps({
    'told': told,
    'found': sorted(name for name, it in found.items() if it),
    'hostname': open('/etc/hostname').read().strip(),
    'known': [line.split()[1:] for line in open('/etc/hosts') if mine not in line],
    'machine': reached(mine.rpartition('.')[0] + '.1') or reached('192.0.2.1'),
}))
"""
_ENDS = """
told = json.load(open('/opt/ml/input/config/resourceconfig.json'))
time.sleep(600 if told['current_host'] == 'algo-2' else 0)
sys.exit(CODE)
"""


def on_hosts(code: str) -> LoadedManifest:
    """A manifest that declares three hosts, each of which runs this code."""
    loaded = manifest_of(code)
    limits = loaded.manifest.limits.model_copy(update={"max_hosts": 3})
    return replace(loaded, manifest=loaded.manifest.model_copy(update={"limits": limits}))


def run_on(image: str, which: str, code: str, limit_s: float = 60.0) -> Run:
    loaded = on_hosts(code)
    return run_job(image, loaded, plain_job(loaded).with_choices(hosts=which), limit_s)


def seen_by(run: Run) -> dict[str, Any]:
    assert run.exit_code == 0, run.stderr.text
    seen: dict[str, Any] = json.loads(run.stdout.text)
    return seen


@pytest.mark.parametrize("which", ["two", "most"])
def test_hosts_find_each_other_and_nothing_else(which: str, trainee: Trainee) -> None:
    names = ["algo-1", "algo-2", "algo-3"][: 2 if which == "two" else 3]
    with socket.create_server(("", 0)) as server:
        run = run_on(trainee("shell"), which, f"PORT = {server.getsockname()[1]}\n{_TELLS}")
    assert [host.host for host in run.hosts] == names
    assert run.container_s > (len(names) - 1) * APART_S
    for host in run.hosts:
        seen = seen_by(host)
        assert seen["told"] == {"current_host": host.host, "hosts": names, "network_interface_name": "eth0"}
        assert seen["found"] == names
        assert seen["hostname"] == host.host
        assert not seen["machine"]


def test_files_that_know_other_names(trainee: Trainee) -> None:
    run = run_on(trainee("shell"), "renamed", f"PORT = 9\n{_TELLS}")
    names = [host.host for host in run.hosts]
    assert names != sorted(names)
    for host in run.hosts:
        seen = seen_by(host)
        assert seen["told"]["hosts"] == names
        assert seen["found"] == sorted(names)
        assert seen["hostname"] not in names
        assert [known for known in seen["known"] if known[0].startswith("algo")] == [["algo-1"], ["algo-2"]]


def test_the_first_that_fails_ends_the_others(trainee: Trainee) -> None:
    run = run_on(trainee("shell"), "first-late", _ENDS.replace("CODE", "3"))
    assert (run.exit_code, run.host) == (3, "algo-1")
    assert run.ending == "ended with exit code 3, on host algo-1"
    assert [host.exit_code for host in run.hosts] == [3, 137]
    assert APART_S < run.hosts[1].container_s < 3 * APART_S


def test_who_was_still_to_start_does_not(trainee: Trainee) -> None:
    run = run_on(trainee("shell"), "two", _ENDS.replace("CODE", "3"))
    assert (run.exit_code, run.host) == (3, "algo-1")
    assert run.hosts[1].never_started
    assert run.hosts[1].stdout.text == ""


def test_one_that_goes_on_and_on(trainee: Trainee) -> None:
    run = run_on(trainee("shell"), "two", _ENDS.replace("CODE", "0"), limit_s=3)
    assert run.timed_out
    assert (run.exit_code, run.host) == (None, "algo-2")
    assert [host.exit_code for host in run.hosts] == [0, None]
    assert run.hosts[1].container_s < APART_S
