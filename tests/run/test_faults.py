"""Faults that are no files: what a job finds in place of its channel, and of its failure file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.plan import draw_plan
from conformance.values.job import FailurePath, Fault, FaultKind
from tests.run.jobs import manifest_of, plain_job, run_job

_LOOK = """
import stat
seen = {'train': stat.filemode(os.lstat('/opt/ml/input/data/train').st_mode)}
seen['channels'], seen['output'] = os.listdir('/opt/ml/input/data'), os.listdir('/opt/ml/output')
try:
    open('/opt/ml/output/failure', 'w').close()
    seen['failure'] = 'written'
except OSError as error:
    seen['failure'] = error.strerror
print(json.dumps(seen))
sys.exit(3)
"""


def _seen(image: str, kind: FaultKind, failure_path: FailurePath = "") -> Mapping[str, Any]:
    loaded = manifest_of(_LOOK)
    jobs = draw_plan(loaded, size="gate", seed=0).jobs
    fault = next(job.fault for job in jobs if job.fault is not None and job.fault.kind == kind)
    run = run_job(image, loaded, replace(plain_job(loaded), fault=replace(fault, failure_path=failure_path)))
    assert run.exit_code == 3, run.stderr.text
    there = [(entry.path, entry.kind) for entry in run.output.entries]
    return {**json.loads(run.stdout.text), "read": there}


def test_a_pipe_is_in_place_of_the_channel(trainee: Callable[[str], str]) -> None:
    seen = _seen(trainee("shell"), "channel-pipe")
    assert seen["train"].startswith("p")
    assert seen["channels"] == ["train"]


@pytest.mark.parametrize(
    ("path", "why", "left"),
    [
        ("", "written", [("data", "directory"), ("failure", "file")]),
        ("directory", "Is a directory", [("data", "directory"), ("failure", "directory")]),
        ("read-only", "Read-only file system", [("data", "directory")]),
    ],
)
def test_the_failure_file_cannot_be_written(
    trainee: Callable[[str], str], path: FailurePath, why: str, left: list[tuple[str, str]]
) -> None:
    seen = _seen(trainee("shell"), "zero-bytes", path)
    assert seen["failure"] == why
    assert seen["read"] == left
    assert seen["train"].startswith("d")


def test_a_fault_is_read_back_as_it_was() -> None:
    job = next(job for job in draw_plan(manifest_of(""), size="gate", seed=0).jobs if _unwritable(job.fault))
    assert type(job).from_json(json.loads(json.dumps(job.as_json()))) == job


def _unwritable(fault: Fault | None) -> bool:
    return fault is not None and bool(fault.failure_path)
