"""What the tests share: the engine, the trainees, and running the suite as a user does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import docker
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.trainees.images import image_for

if TYPE_CHECKING:
    from xdist.remote import Producer

_TOGETHER = "plugin"

# A busy machine draws slowly, which says nothing about the code; and what is drawn here is the same every time.
settings.register_profile(
    "tests", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one worker has to do alone comes first, so that at the end no worker waits for it."""
    items.sort(key=lambda item: item.path.parent.name != _TOGETHER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Which tests one worker of pytest-xdist has."""
    return ByModule(config, log)


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Tests of a module share what is dear to make, those of the plugin a whole session; mutants share nothing."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        if path.parent.name == "mutants":
            return nodeid
        return str(path.parent if path.parent.name == _TOGETHER else path)


@dataclass(frozen=True)
class Outcome:
    """What a run of the suite came to: exit code, output, and the report if there is one."""

    exit_code: int
    output: str
    report: Mapping[str, Any] | None
    directory: Path

    def rules(self, outcome: str) -> set[str]:
        """The ids of the rules with an outcome."""
        assert self.report is not None, self.output
        return {rule["id"] for rule in self.report["rules"] if rule["outcome"] == outcome}


Suite = Callable[..., Outcome]
QUICK = {"PYTEST_CONTRACT_SIZE": "smoke"}
"""The settings of tests for which few runs are as good as many; an option on the command line has the last word."""


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine that the tests run on."""
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def trainee(engine: docker.DockerClient) -> Callable[[str], str]:
    """The tag of a trainee's image, built if it is not there."""
    return lambda name: image_for(engine, name)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Runs pytest with the plugin in an empty directory, in a process of its own."""

    def run(*arguments: str, directory: Path = tmp_path, env: Mapping[str, str] | None = None) -> Outcome:
        return run_suite(*arguments, directory=directory, env=env)

    return run


def run_suite(
    *arguments: str, directory: Path, env: Mapping[str, str] | None = None, limit_s: float = 900.0
) -> Outcome:
    """Run pytest in a directory, for so many seconds at most, and return what came of it."""
    command = [sys.executable, "-m", "pytest", *arguments]
    finished = run_command(command, clean_environment() | QUICK | dict(env or {}), limit_s, directory)
    report = directory / "contract-report" / "report.json"
    content = json.loads(report.read_text()) if report.is_file() else None
    return Outcome(finished.returncode, finished.stdout, content, directory)


def run_command(
    command: Sequence[str], env: Mapping[str, str], limit_s: float, directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, for so many seconds at most; what it says is all in ``stdout``."""
    return subprocess.run(
        command,
        cwd=directory,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=limit_s,
        check=False,
    )


def answers_ctrl_c() -> None:
    """Let a process that is about to start be interrupted, also where these tests run in a shell's background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def clean_environment() -> dict[str, str]:
    """The environment without what an outer pytest, or a user's settings, would change."""
    return {name: value for name, value in environ.items() if not name.startswith("PYTEST_")}
