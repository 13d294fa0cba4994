"""What the search for the smallest difference makes of values that need others to have an effect."""

from __future__ import annotations

from conformance.contract.choices import normalised
from conformance.judge.search import NeedsRuns, Smallest, smallest
from conformance.manifest import generic_manifest
from conformance.plan import draw_plan
from conformance.values.job import Job


def _found(job: Job, plain: Job, guilty: dict[str, str]) -> Smallest:
    """What the search finds where all jobs with these values, and no others, have it."""
    known: dict[Job, bool] = {}
    while True:
        try:
            return smallest(job, plain, known.get)
        except NeedsRuns as needs:
            known |= {each: all(each[name] == value for name, value in guilty.items()) for each in needs.jobs}


def _with(plain: Job, **choices: str) -> Job:
    job = plain.with_choices(**choices)
    assert normalised(dict(job.choices), dict(plain.choices)) == dict(job.choices)
    return job


def test_a_value_that_another_needs_is_found_guilty_itself() -> None:
    plain = draw_plan(generic_manifest(), size="smoke", seed=0).baseline
    job = _with(plain, format="parquet", partition="nested", integer_widths="unequal", mount="read-only")
    for guilty in ({"partition": "nested"}, {"format": "parquet"}, {"mount": "read-only"}):
        found = _found(job, plain, guilty)
        assert found.names == tuple(guilty)
        assert not guilty.items() <= dict(found.neighbour.choices).items()


def test_a_value_that_needs_others_is_found_guilty_beside_them() -> None:
    plain = draw_plan(generic_manifest(), size="smoke", seed=0).baseline
    job = _with(plain, format="parquet", partition="nested", integer_widths="unequal", mount="read-only")
    found = _found(job, plain, {"integer-widths": "unequal"})
    assert found.names == ("integer-widths",)
    assert (found.neighbour["partition"], found.neighbour["integer-widths"]) == ("nested", "declared")
