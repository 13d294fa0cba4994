"""Jobs for the rules that compare on purpose: each beside the one that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.choices import BY_NAME, Part
from conformance.data.anew import OTHER_DATA_ROWS, with_rows
from conformance.data.files import rows_of
from conformance.data.layout import MANY_PARTS
from conformance.manifest import LoadedManifest
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job

# In which layout rows are changed; the other changes are made in the plain one.
_LAYOUTS = {
    "first-file": {"partition": "several"},
    "middle-file": {"partition": "several"},
    "last-file": {"partition": "several"},
    "nested-file": {"partition": "nested"},
    "last-row-group": {"format": "parquet", "row_groups": "several"},
}


def compared_jobs(baseline: Job, loaded: LoadedManifest) -> Iterator[Job]:
    """Yield the jobs whose rows differ from those of another job on purpose, and that other job."""
    manifest = loaded.manifest
    if "present" in feasible_values(BY_NAME["other-data"], manifest, Part.CONTROL):
        yield from _both(with_rows(baseline, OTHER_DATA_ROWS, manifest), {"other_data": "present"}, loaded)
    for changed in feasible_values(BY_NAME["changed-rows"], manifest, Part.CONTROL)[1:]:
        plain = baseline.with_choices(**_LAYOUTS.get(changed, {}))
        yield from _both(plain, {"changed_rows": changed}, loaded)


def long_jobs(baseline: Job, loaded: LoadedManifest) -> Iterator[Job]:
    """Yield the jobs that take long, and those that they are compared with."""
    if "thousand" in feasible_values(BY_NAME["partition"], loaded.manifest, Part.CONTROL):
        plain = with_rows(baseline, MANY_PARTS, loaded.manifest)
        yield plain
        yield plain.with_choices(partition="thousand")


def _both(plain: Job, choice: dict[str, str], loaded: LoadedManifest) -> Iterator[Job]:
    changed = plain.with_choices(**choice)
    # Nothing can be changed where all columns hold one value.
    if any(not rows_of(plain, data, loaded).equals(rows_of(changed, data, loaded)) for data in plain.data):
        yield plain
        yield changed
