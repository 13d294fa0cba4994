"""The suite in a project that has tests, an ini file and options of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.judge import RULES
from tests.conftest import Suite
from tests.plugin.conftest import NO_ENGINE, Collect

OURS = tuple(f"conformance::{rule}" for rule in RULES)
STRICT = """
[pytest]
testpaths = tests
addopts = --strict-markers --strict-config -p no:cacheprovider
xfail_strict = true
filterwarnings = error
markers =
    slow: takes long
"""
THEIRS = {
    "pytest.ini": STRICT,
    "tests/test_theirs.py": """
import pytest

@pytest.mark.slow
def test_passes():
    pass

def test_fails():
    raise ValueError("theirs")

@pytest.mark.xfail
def test_is_known():
    raise ValueError
""",
}
IDS = tuple(f"tests/test_theirs.py::test_{name}" for name in ("passes", "fails", "is_known"))

Project = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--image=any",), OURS),
        (("--image", "any"), OURS),
        (("tests", "--image=any"), OURS + IDS),
        ((IDS[1], "--image=any"), (*OURS, IDS[1])),
        ((IDS[1], "conformance::launch.ends", "--image=any"), ("conformance::launch.ends", IDS[1])),
        (("tests", "--image=any", "-m", "slow"), IDS[:1]),
        ((), IDS),
        (("tests",), IDS),
    ],
)
def test_what_is_collected(
    collect: Collect, project: Project, arguments: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    project(THEIRS)
    listing = collect(*arguments)
    assert listing.ids == expected
    assert listing.exit_code == 0


def test_their_failure_is_theirs(suite: Suite, project: Project, static: str) -> None:
    project(THEIRS)
    outcome = suite("tests", f"--image={static}", "-k", "exec-form or launch.trains or theirs")
    assert outcome.exit_code == 1
    assert "ValueError: theirs" in outcome.output
    assert outcome.report is not None
    assert (outcome.report["verdict"], outcome.report["exit_code"]) == ("conformant", 0)
    assert outcome.rules("passed") == {"launch.trains", "launch.exec-form"}
    assert "1 failed, 3 passed" in outcome.output
    assert "1 xfailed" in outcome.output
    assert "warning" not in outcome.output.lower()


def test_what_cannot_be_collected_is_theirs(suite: Suite, project: Project, static: str) -> None:
    project({"tests/test_broken.py": "raise ValueError\n"})
    asked = ("tests", f"--image={static}", "-k", "exec-form")
    going_on = suite(*asked, "--continue-on-collection-errors")
    assert (going_on.exit_code, going_on.rules("passed")) == (1, {"launch.exec-form"})
    stopped = suite(*asked)
    assert stopped.exit_code == 2
    assert stopped.report is not None
    assert (stopped.report["verdict"], stopped.report["exit_code"]) == ("inconclusive", 2)


def test_a_file_that_is_not_there_leaves_no_report(suite: Suite, static: str) -> None:
    outcome = suite("nowhere.py", f"--image={static}")
    assert outcome.exit_code == 4
    assert "file or directory not found: nowhere.py" in outcome.output
    assert outcome.report is None
    assert "verdict" not in outcome.output


@pytest.mark.parametrize("image", ["--image=theirs", "--image"])
def test_an_option_of_that_name_is_theirs(collect: Collect, project: Project, image: str) -> None:
    project(
        {
            "conftest.py": "def pytest_addoption(parser):\n    parser.addoption('--image', default='none')\n",
            "test_theirs.py": "def test_theirs(request):\n    assert request.config.getoption('image') == 'theirs'\n",
        }
    )
    arguments = (image,) if "=" in image else (image, "theirs")
    assert collect(*arguments).ids == ("test_theirs.py::test_theirs",)
    assert collect(*arguments, "--contract-image=any").ids == OURS
    assert collect(*arguments, "test_theirs.py", "--contract-image=any").ids == (*OURS, "test_theirs.py::test_theirs")


def test_without_an_image_there_is_nothing_of_ours(suite: Suite, project: Project) -> None:
    directory = project({**THEIRS, "pytest.ini": STRICT.replace("addopts =", "addopts = -rA")})
    with_plugin = suite(env=NO_ENGINE)
    without = suite("-p", "no:conformance.plugin", env=NO_ENGINE)
    assert with_plugin.exit_code == without.exit_code == 1
    assert _comparable(with_plugin.output) == _comparable(without.output)
    assert sorted(path.name for path in directory.iterdir()) == ["pytest.ini", "tests"]


def _comparable(output: str) -> list[str]:
    lines = [re.sub(r"in \d+\.\d+s", "", line) for line in output.splitlines()]
    return [line for line in lines if not line.startswith("plugins:")]
