"""How rows lie in files, and which channels there are: rules judged on evidence made by hand."""

from __future__ import annotations

import pytest

from conformance.values.job import Job
from conformance.values.run import Run
from conformance.values.verdict import Outcome
from tests.judge.evidence import MANIFEST, OPTIONAL_CHANNEL, Change, failing, judged, times

# Only the model tells which rows were read.
SILENT = MANIFEST.replace(b'observes = "rows"', b"")
TWO_OPTIONAL = SILENT + "".join(map(OPTIONAL_CHANNEL.format, ("validation", "test"))).encode()


def refuses(run: Run) -> Run:
    return failing(run.job, "no")


@pytest.mark.parametrize(
    ("choice", "value", "rule", "told"),
    [
        ("partition", "several", "ingestion.parts-agree", "the rows lie in several files"),
        ("partition", "mixed", "ingestion.nested", "the rows lie in files beside nested directories"),
        ("file-names", "dates", "ingestion.names", "the files lie in directories such as dt=2024-01-01"),
        ("file-names", "mixed", "ingestion.names", "the files are named in several ways"),
    ],
)
def test_rows_lost_in_one_layout_of_parquet(choice: str, value: str, rule: str, told: str) -> None:
    def behaviour(job: Job) -> Change | None:
        return times("loss", 2) if (job["format"], job[choice]) == ("parquet", value) else None

    result = judged(rule, behaviour, SILENT)
    assert result.outcome is Outcome.FAILED
    assert result.counterexample is not None
    assert result.counterexample.differences == (told,)


def test_files_of_parquet_with_the_extension_of_csv() -> None:
    def behaviour(job: Job) -> Change | None:
        return refuses if (job["format"], job["file-names"]) == ("parquet", "misleading") else None

    assert judged("environment.file-format", behaviour).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("value", "told"), [("first-absent", "only the first of"), ("last-absent", "only the last of")]
)
def test_one_of_two_optional_channels_that_is_needed(value: str, told: str) -> None:
    result = judged(
        "channels.optional", lambda job: refuses if job["optional-channels"] == value else None, TWO_OPTIONAL
    )
    assert result.outcome is Outcome.FAILED
    assert result.counterexample is not None
    assert result.counterexample.sentence == (
        f"The plain job trains; broken as soon as {told} the channels that are not required is not there."
    )
