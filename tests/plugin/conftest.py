"""Sessions and projects that several tests look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Outcome, run_suite

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


@dataclass(frozen=True)
class Listing:
    """What ``--collect-only`` lists: node ids, and the whole output."""

    exit_code: int
    ids: tuple[str, ...]
    output: str

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(i.removeprefix("conformance::") for i in self.ids if i.startswith("conformance::"))


Collect = Callable[..., Listing]


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Lists the items that arguments select, without any engine."""

    def listing(*arguments: str, directory: Path = tmp_path, env: Mapping[str, str] | None = None) -> Listing:
        # Hypothesis' plugin, which always comes with it, takes longer than all the rest.
        everything = ("--collect-only", "-q", "-p", "no:hypothesispytest", *arguments)
        outcome = run_suite(*everything, directory=directory, env=NO_ENGINE | dict(env or {}))
        ids = tuple(line for line in outcome.output.splitlines() if "::" in line and " " not in line)
        return Listing(outcome.exit_code, ids, outcome.output)

    return listing


@pytest.fixture(scope="session")
def static(trainee: Callable[[str], str]) -> str:
    """A conforming image that is quick."""
    return trainee("static")


@pytest.fixture(scope="session")
def shell_form(trainee: Callable[[str], str]) -> str:
    """An image that breaks launch.exec-form, which needs no run, and keeps every other rule."""
    return trainee("exec-form-explicit")


@pytest.fixture(scope="session")
def whole(static: str, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A whole session of a conforming image."""
    return run_suite(
        f"--image={static}",
        "-v",
        "--contract-size=gate",
        "--junitxml=junit.xml",
        directory=tmp_path_factory.mktemp("whole"),
    )


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Makes a user's project of files."""

    def make(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return make
