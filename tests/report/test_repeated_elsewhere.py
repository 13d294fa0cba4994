"""reproduce.sh gives a job what it was given when it was recorded: directories, channels and variables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from conformance.judge import RULES
from conformance.report.counterexample import write_counterexample
from conformance.run.engine import resolve_image
from conformance.values.run import Run
from conformance.values.verdict import Counterexample, Outcome, RuleResult
from tests.mutants.repeat import run_script
from tests.report.results import SETTINGS
from tests.run.jobs import manifest_of, plain_job, run_job

# Each job ends with what it found, so that a job that finds another thing ends otherwise.
_PROGRAM = """
import zlib
given = os.environ.items()
found = [os.environ['SM_CHANNEL_TRAIN'], sorted(pair for pair in given if 'conformance' in pair[0].lower())]
for top in ('/opt/ml/input', '/opt/ml/model', '/opt/ml/output', '/training-job'):
    for directory, directories, files in sorted(os.walk(top)):
        contents = [open(os.path.join(directory, name), 'rb').read() for name in sorted(files)]
        mode = os.stat(directory).st_mode
        found.append((directory, contents, sorted(directories), os.access(directory, os.W_OK), mode))
open(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('trained')
sys.exit(zlib.crc32(repr(found).encode('utf-8', 'surrogateescape')) % 100 + 1)
"""


def repeated(folder: Path, image: str, engine: docker.DockerClient, **choices: str) -> tuple[Run, str]:
    """A job, run, written as a counterexample, and what its script says."""
    loaded = manifest_of(_PROGRAM, saves=False)
    job = plain_job(loaded).with_choices(**choices)
    run = run_job(image, loaded, job)
    rule = RULES["environment.model-dir"].info
    result = RuleResult(rule, Outcome.FAILED, message="by hand", counterexample=Counterexample((run,), ()))
    write_counterexample(folder, result, resolve_image(engine, image, "never"), loaded, SETTINGS)
    return run, run_script(folder, limit_s=120).stdout


@pytest.mark.parametrize("mount", ["writable", "read-only"])
@pytest.mark.parametrize("environment", ["moved-model", "moved-output", "moved-channel"])
def test_moved_directories(
    tmp_path: Path, trainee: Callable[[str], str], engine: docker.DockerClient, environment: str, mount: str
) -> None:
    image = trainee("shell")
    choices = {"environment": environment, "mount": mount, "partition": "nested", "extra_channel": "bytes"}
    run, said = repeated(tmp_path / "folder", image, engine, **choices)
    assert run.exit_code, run.stderr.text
    assert run.model.has_model()
    assert said.splitlines()[-1] == "as recorded", said


@pytest.mark.parametrize("environment", ["moved-model", "moved-output", "moved-channel"])
def test_moved_directories_are_for_anyone(
    tmp_path: Path, trainee: Callable[[str], str], engine: docker.DockerClient, environment: str
) -> None:
    run, said = repeated(tmp_path / "folder", trainee("shell"), engine, environment=environment, owner="anyone")
    assert run.exit_code, run.stderr.text
    assert said.splitlines()[-1] == "as recorded", said


@pytest.mark.parametrize("which", ["present", "quoted"])
def test_odd_variables(tmp_path: Path, trainee: Callable[[str], str], engine: docker.DockerClient, which: str) -> None:
    image = trainee("shell")
    run, said = repeated(tmp_path / "folder", image, engine, extra_variables=which)
    assert said.splitlines()[-1] == "as recorded", said
    other, _ = repeated(tmp_path / "other", image, engine)
    assert other.exit_code != run.exit_code
