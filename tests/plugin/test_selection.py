"""Choosing rules works as people know it from pytest, without an engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.judge import RULES
from tests.plugin.conftest import Collect

ALL = tuple(RULES)
CHECKOUT = Path(__file__).parents[2]
HEAVY = ("pandas", "docker", "testcontainers", "pyarrow", "hypothesis.strategies", "numpy", "requests", "rich")
MODULES_SEEN = """
import json, sys

def pytest_unconfigure():
    import conformance
    with open("modules.json", "w") as file:
        json.dump({"modules": sorted(sys.modules), "conformance": conformance.__file__}, file)
"""

Project = Callable[[Mapping[str, str]], Path]


def by_level(level: str) -> tuple[str, ...]:
    return tuple(rule.id for rule in RULES.values() if rule.level == level)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ALL),
        (("-k", "failure.utf8"), ("failure.utf8",)),
        (("-k", "launch and not trains"), tuple(i for i in ALL if i.startswith("launch.") and "trains" not in i)),
        (("-m", "must"), by_level("must")),
        (("-m", "should"), by_level("should")),
        (("--deselect", "conformance::failure.utf8"), tuple(i for i in ALL if i != "failure.utf8")),
        (("conformance::failure.utf8",), ("failure.utf8",)),
        (("conformance::failure.utf8", "conformance::launch.ends"), ("launch.ends", "failure.utf8")),
        (("conformance::failure.utf8", "-k", "launch"), ()),
        (("conformance",), ALL),
    ],
)
def test_selection(collect: Collect, arguments: tuple[str, ...], expected: tuple[str, ...]) -> None:
    listing = collect("--image=any", *arguments)
    assert listing.rules == expected
    assert listing.ids == tuple(f"conformance::{rule}" for rule in expected)
    assert listing.exit_code == (0 if expected else 5)


@pytest.mark.parametrize("arguments", [("--image=any",), ("--image", "any"), ("--contract-image", "any")])
def test_an_image_as_one_argument_or_two(collect: Collect, arguments: tuple[str, ...]) -> None:
    assert collect(*arguments).rules == ALL


def test_an_unknown_rule_is_a_usage_error(collect: Collect) -> None:
    listing = collect("--image=any", "conformance::failure.utf9")
    assert listing.exit_code == 4
    assert "conformance::failure.utf9: there is no such rule" in listing.output
    assert "Traceback" not in listing.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("conformance::failure.utf8",), ("failure.utf8",)),
        (("conformance::failure.utf8", "conformance::logs.metrics"), ("failure.utf8", "logs.metrics")),
        ((), ALL),
    ],
)
def test_a_directory_of_the_suites_name_is_not_in_the_way(
    collect: Collect, project: Project, arguments: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    project({"conformance/test_theirs.py": "def test_theirs():\n    pass\n"})
    assert collect("--image=any", *arguments).ids == tuple(f"conformance::{rule}" for rule in expected)


def test_listing_imports_nothing_heavy(collect: Collect, project: Project) -> None:
    directory = project({"seen.py": MODULES_SEEN})
    listing = collect("--image=any", "-p", "seen", env={"PYTHONPATH": str(directory)})
    assert listing.rules == ALL
    modules = json.loads((directory / "modules.json").read_text())["modules"]
    assert "conformance.items" in modules
    assert set(HEAVY) & set(modules) == set()


def test_a_checkout_needs_no_installation(
    collect: Collect, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("conformance", "conftest.py", "pyproject.toml"):
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, checkout / name)
    plugins = project({"seen.py": MODULES_SEEN})
    (checkout / "tests").mkdir()
    (checkout / "tests" / "test_own.py").write_text("def test_own():\n    pass\n")
    env = {"PYTHONPATH": f"{checkout}:{plugins}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for arguments in ((), ("conformance::logs.metrics",)):
        listing = collect("--image", "any", "-p", "seen", *arguments, directory=checkout, env=env)
        assert listing.rules == (("logs.metrics",) if arguments else ALL), listing.output
        assert listing.exit_code == 0
        seen = json.loads((checkout / "modules.json").read_text())
        assert Path(seen["conformance"]) == checkout / "conformance" / "__init__.py"


def test_the_plugin_can_be_named(collect: Collect) -> None:
    listing = collect("--image=any", "-p", "conformance.plugin", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert listing.rules == ALL


def test_an_empty_directory_stays_empty(collect: Collect, tmp_path: Path) -> None:
    assert collect("--image=any", "-p", "no:cacheprovider").exit_code == 0
    assert list(tmp_path.iterdir()) == []
