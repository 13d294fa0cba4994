"""Images that mean harm: whatever a job leaves, prints or does, a run comes of it, within bounds of time and memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from conformance.run.archive import CONTENT_BYTES, MAX_ENTRIES
from conformance.run.logs import HEAD_BYTES, TAIL_BYTES
from conformance.values.run import Run
from tests.conftest import Suite
from tests.run.jobs import run_code

Hostile = Callable[..., Run]
_GROWTH_BYTES = 300 * 10**6
_LOG_CHARACTERS = HEAD_BYTES + TAIL_BYTES + 100
_TERABYTE = 10**12


def _peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _measured(image: str, code: str, limit_s: float) -> tuple[Run, int]:
    before = _peak_bytes()
    run = run_code(image, code, limit_s=limit_s)
    return run, _peak_bytes() - before


def _start(directory: str) -> None:
    os.chdir(directory)
    os.environ["TMPDIR"] = directory


@pytest.fixture(scope="module")
def hostile(trainee: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """Runs a job in a process of its own, whose memory is bounded and whose directory stays empty."""
    directory = tmp_path_factory.mktemp("hostile")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=_start, initargs=(str(directory),)) as process:
        # What is imported and drawn once is none of the jobs'.
        process.submit(_measured, trainee("shell"), "", 60).result()

        def run(code: str, limit_s: float = 60) -> Run:
            result, growth = process.submit(_measured, trainee("shell"), code, limit_s).result()
            assert growth < _GROWTH_BYTES
            assert list(directory.iterdir()) == []
            return result

        yield run


def test_links_are_not_followed(hostile: Hostile) -> None:
    run = hostile(
        "os.symlink('/etc/passwd', '/opt/ml/model/password')\n"
        "os.symlink('/etc', '/opt/ml/model/etc')\n"
        "os.symlink('../../../../../../etc/passwd', '/opt/ml/output/failure')\n"
        "sys.exit(1)"
    )
    assert run.fails
    assert {entry.path: entry.kind for entry in run.model.entries} == {
        "etc": "symbolic link",
        "model": "file",
        "password": "symbolic link",
    }
    assert run.failure is not None
    assert (run.failure.kind, run.failure.content, run.status_details) == ("symbolic link", b"", "")


def test_the_failure_file_can_be_a_directory(hostile: Hostile) -> None:
    run = hostile("os.mkdir('/opt/ml/output/failure'); open('/opt/ml/output/failure/x', 'w').write('y'); sys.exit(1)")
    assert run.failure is not None
    assert (run.failure.kind, run.status_details) == ("directory", "")


def test_the_failure_file_can_be_another_name_of_a_file(hostile: Hostile) -> None:
    run = hostile(
        "open('/opt/ml/output/data/log', 'w').write('the cause')\n"
        "os.link('/opt/ml/output/data/log', '/opt/ml/output/failure'); sys.exit(1)"
    )
    assert run.status_details == "the cause"


def test_pipes_devices_and_sockets_are_told(hostile: Hostile) -> None:
    run = hostile(
        "import socket, stat\n"
        "os.mkfifo('/opt/ml/model/pipe')\n"
        "os.mknod('/opt/ml/model/device', 0o600 | stat.S_IFCHR, os.makedev(1, 3))\n"
        "socket.socket(socket.AF_UNIX).bind('/opt/ml/model/socket')"
    )
    kinds = {entry.path: entry.kind for entry in run.model.entries}
    assert kinds.pop("socket", "other") == "other"
    assert kinds == {"device": "device", "model": "file", "pipe": "pipe"}
    assert run.trains


def test_names_can_be_anything(hostile: Hostile) -> None:
    run = hostile(
        "os.chdir('/opt/ml/model')\n"
        "for name in (b'a\\nb', b'\\xff\\xfe', b'\\x1b[2J', b'x' * 255, b'\\xff' * 255, b'...', b'\\\\', b' '):\n"
        "    open(name, 'w').write('1')\n"
        "for _ in range(20): os.mkdir('d' * 250); os.chdir('d' * 250)\n"
        "open('deep', 'w').write('1')"
    )
    paths = {entry.path for entry in run.model.files()}
    assert {"a\nb", "\udcff\udcfe", "\x1b[2J", "x" * 255, "\udcff" * 255, "...", "\\", " ", "model"} <= paths
    assert all(len(entry.path) <= 4096 for entry in run.model.entries)
    assert run.trains


def test_of_very_many_files_some_are_read(hostile: Hostile) -> None:
    run = hostile(f"for i in range({MAX_ENTRIES + 1000}): os.close(os.open(f'/opt/ml/output/data/{{i}}', os.O_CREAT))")
    assert not run.output.complete
    assert len(run.output.entries) == MAX_ENTRIES
    assert run.failure is None


def test_of_very_large_files_the_beginning_is_read(hostile: Hostile) -> None:
    run = hostile(
        "for path in ('model/a', 'output/data/a', 'output/failure'):\n"
        f"    open('/opt/ml/' + path, 'w').truncate({_TERABYTE})\n"
        "sys.exit(1)"
    )
    assert not run.model.complete
    assert not run.output.complete
    assert run.failure is not None
    assert (run.failure.size_bytes, run.failure.sha256) == (_TERABYTE, None)
    assert len(run.failure.content) == CONTENT_BYTES
    assert run.wall_s < 60


def test_the_failure_file_is_read_behind_a_very_large_one(hostile: Hostile) -> None:
    run = hostile(
        f"open('/opt/ml/output/data/a', 'w').truncate({_TERABYTE})\n"
        "open('/opt/ml/output/failure', 'w').write('the cause'); sys.exit(1)"
    )
    assert run.status_details == "the cause"
    assert not run.output.complete


@pytest.mark.parametrize(
    ("code", "last"),
    [
        (
            "for _ in range(200): os.write(1, (b'x' * 1999 + b'\\n') * 500)\nprint('the last line')",
            "the last line\n",
        ),
        ("for _ in range(50): os.write(1, b'x' * 1_000_000)", "xxx"),
        ("for _ in range(20): os.write(1, bytes(range(256)) * 4096)", "\ufffd"),
    ],
    ids=["200 MB", "a line without an end", "binary"],
)
def test_of_a_long_log_the_end_is_kept(hostile: Hostile, code: str, last: str) -> None:
    run = hostile(code, 120)
    assert run.trains
    assert run.stdout.truncated
    assert run.stdout.text.endswith(last)
    assert len(run.stdout.text) <= _LOG_CHARACTERS


def test_exits_by_a_signal_have_its_number(hostile: Hostile) -> None:
    run = hostile("import ctypes; ctypes.string_at(0)")
    assert (run.exit_code, run.timed_out, run.out_of_memory) == (139, False, False)
    assert run.fails


def test_children_do_not_outlive_the_process(hostile: Hostile) -> None:
    run = hostile("subprocess.Popen(['sleep', '1000'], start_new_session=True)")
    assert run.trains
    assert run.container_s < 30


def test_who_ignores_signals_is_killed(hostile: Hostile) -> None:
    run = hostile(
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)\n"
        "while True: time.sleep(1)",
        3,
    )
    assert run.timed_out
    assert run.exit_code is None
    assert run.container_s < 20


_HARMFUL = """\
schema_version = 1
[algorithm]
name = "harmful"
[container]
entrypoint = ["python3", "-S", "-c", '''%s''']
[channels.train]
[[channels.train.columns]]
name = "x"
type = "double"
"""
_HARM = (
    "import os;o='/opt/ml/output/';m=b'/opt/ml/model/';os.symlink('/etc',o+'data/etc');"
    "os.makedirs(o+'failure/..x');os.symlink('/etc/passwd',o+'failure/y');"
    r"[open(m+n,'w').write('x')for n in(b'a\nb',b'\xff',b'\x1b[2J',b'd'*250,b'..x')];os.mkfifo(m+b'p');exit(1)"
)


def test_a_report_of_harmful_names_is_written(suite: Suite, trainee: Callable[[str], str], tmp_path: Path) -> None:
    session = tmp_path / "session"
    session.mkdir()
    (session / "harmful.toml").write_text(_HARMFUL % _HARM)
    outcome = suite(
        f"--image={trainee('shell')}", "--contract-manifest=harmful.toml", "-p", "no:cacheprovider", directory=session
    )
    assert outcome.exit_code == 1, outcome.output
    assert "failure.file" in outcome.rules("failed"), outcome.output
    assert "\x1b[2J" not in outcome.output
    assert {path.name for path in tmp_path.iterdir()} == {"session"}
    assert {path.name for path in session.iterdir()} == {"harmful.toml", "contract-report"}
    written = list((session / "contract-report").rglob("*"))
    assert len(written) > 5
    assert all(path.is_file() or path.is_dir() for path in written)
    assert not any(path.is_symlink() for path in written)
    assert all(path.name.isprintable() and path.name.isascii() for path in written)
