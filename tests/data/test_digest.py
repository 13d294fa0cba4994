"""The plan is the same wherever it is drawn, and drawing it leaves no trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import Suite, clean_environment

_ROOT = Path(__file__).parents[2]
_MANIFEST = """\
schema_version = 1
[algorithm]
name = "everything"
[channels.train]
[[channels.train.columns]]
name = "note"
type = "string"
[[channels.train.columns]]
name = "postcode"
type = "string"
pattern = '[0-9]{5}'
[[channels.train.columns]]
name = "x"
type = "double"
nullable = true
[hyperparameters.epochs]
type = "integer"
tested = [1, 3]
[hyperparameters.rate]
type = "float"
tested = [0.1, 0.2]
"""
_DRAW = """
import hashlib, pathlib, sys
from conformance.data.launch import container_files, launch
from conformance.manifest import load_manifest
from conformance.plan import draw_plan
import conformance
loaded = load_manifest(pathlib.Path(sys.argv[1]))
first = int(sys.argv[2])
plan = draw_plan(loaded, size="gate", seed=first)
plans = "-".join(draw_plan(loaded, size="gate", seed=first + i).digest for i in range(5))
files = hashlib.sha256()
for job in plan.jobs:
    for path, content in container_files(job, launch(job, loaded.manifest, max_memory_gb=4), loaded):
        files.update(path.encode() + content)
print(plans, files.hexdigest(), len(plan.jobs), pathlib.Path(conformance.__file__).parent)
"""
# Of a module with more than 1024 constants Hypothesis takes none.
_CONSTANTS = "".join(f"C{i} = ({i * 7919 + 100}, 'word{chr(97 + i % 26)}', 'é{i}', {i}.25)\n" for i in range(200))
_PROFILE = """
from hypothesis import Phase, Verbosity, settings
settings.register_profile("mine", max_examples=1, derandomize=True, phases=[Phase.explicit], verbosity=Verbosity.debug)
settings.load_profile("mine")
"""


def draw(
    directory: Path, before: str = "", seed: int = 0, environment: Mapping[str, str] | None = None
) -> tuple[str, str, Path]:
    """The digests of the plan and of all its files, drawn in a process of its own, and where the package lies."""
    manifest = directory.parent / "everything.toml"
    manifest.write_text(_MANIFEST)
    found = {path.name for path in directory.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", before + _DRAW, str(manifest), str(seed)],
        cwd=directory,
        env=clean_environment() | {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | dict(environment or {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {path.name for path in directory.iterdir()} == found
    assert done.stderr == ""
    digest, files, jobs, where = done.stdout.rstrip("\n").split(" ", 3)
    assert int(jobs) > 20
    return digest, files, Path(where)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The digests as they are drawn in this checkout."""
    directory = tmp_path_factory.mktemp("checkout") / "work"
    directory.mkdir()
    digest, files, where = draw(directory, environment={"PYTHONHASHSEED": "0"})
    assert where == _ROOT / "conformance"
    return digest, files


def test_another_seed_is_another_plan(directory: Path, here: tuple[str, str]) -> None:
    digest, files, _ = draw(directory, seed=1000)
    assert digest != here[0]
    assert files != here[1]


def test_hashes_do_not_matter(directory: Path, here: tuple[str, str]) -> None:
    assert draw(directory, environment={"PYTHONHASHSEED": "12345", "LC_ALL": "C", "TZ": "Asia/Tokyo"})[:2] == here


def test_imported_constants_do_not_matter(directory: Path, here: tuple[str, str]) -> None:
    (directory / "constants.py").write_text(_CONSTANTS)
    before = "import sys; sys.path.insert(0, '')\nimport constants\nassert constants.C7\n"
    assert draw(directory, before)[:2] == here


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}], ids=["laptop", "CI"])
def test_a_profile_does_not_matter(directory: Path, here: tuple[str, str], environment: Mapping[str, str]) -> None:
    assert draw(directory, _PROFILE, environment=environment)[:2] == here


def test_an_installed_package_draws_the_same(directory: Path, here: tuple[str, str], tmp_path: Path) -> None:
    source, wheels, site = tmp_path / "source", tmp_path / "wheels", tmp_path / "site"
    source.mkdir()
    shutil.copytree(_ROOT / "conformance", source / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, source / name)
    _python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(source))
    (wheel,) = wheels.glob("*.whl")
    _python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    digest, files, where = draw(directory, environment={"PYTHONPATH": str(site)})
    assert where == site / "conformance"
    assert (digest, files) == here


def _python(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_session_beside_a_project_has_the_same_plan_and_writes_its_report_alone(
    suite: Suite, trainee: Callable[[str], str], tmp_path: Path
) -> None:
    alone, project = tmp_path / "alone", tmp_path / "project"
    alone.mkdir()
    project.mkdir()
    (project / "constants.py").write_text(_CONSTANTS)
    (project / "conftest.py").write_text("import constants\n" + _PROFILE)
    options = (f"--image={trainee('static')}", "-k", "launch.platform")
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join([str(_ROOT), str(project)])}
    one, other = suite(*options, directory=alone, env=quiet), suite(*options, directory=project, env=quiet)
    assert (one.exit_code, other.exit_code) == (0, 0), one.output + other.output
    assert one.report is not None
    assert other.report is not None
    assert one.report["plan_digest"] == other.report["plan_digest"]
    written = {"contract-report", ".pytest_cache"}
    assert {path.name for path in alone.iterdir()} == written
    assert {path.name for path in project.iterdir()} == written | {"constants.py", "conftest.py"}
