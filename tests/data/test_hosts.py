"""What each of several hosts is given of a job."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.data.hosts import APART_S, hosts_of
from conformance.data.launch import PRIVATE, container_files, launch, launches
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.values.job import Job
from conformance.values.plan import Plan
from tests.judge.evidence import loaded as by_hand

_CHANNEL = "data/train/"


@pytest.fixture(scope="module")
def loaded() -> LoadedManifest:
    it = by_hand()
    limits = it.manifest.limits.model_copy(update={"max_hosts": 4})
    return replace(it, manifest=it.manifest.model_copy(update={"limits": limits}))


@pytest.fixture(scope="module")
def plan(loaded: LoadedManifest) -> Plan:
    return draw_plan(loaded, size="gate", seed=0)


def given(plan: Plan, loaded: LoadedManifest, which: str) -> list[dict[str, bytes]]:
    """The files of each host of the planned job whose hosts are so."""
    (job,) = plan.select(lambda job: job["hosts"] == which)
    how = launches(job, loaded.manifest, max_memory_gb=1)
    return [dict(container_files(job, each, loaded)) for each in how]


def whole(job: Job, loaded: LoadedManifest) -> dict[str, bytes]:
    """The rows of a job on one host."""
    return rows_in(dict(container_files(job, launch(job, loaded.manifest, max_memory_gb=1), loaded)))


def rows_in(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.startswith(_CHANNEL)}


def test_only_who_declares_several_hosts_gets_them(plan: Plan) -> None:
    assert {job["hosts"] for job in draw_plan(by_hand(), size="gate", seed=0).jobs} == {"one"}
    names = {"one", "two", "first-late", "most", "sharded", "renamed", "uneven", "first-without-data"}
    assert {job["hosts"] for job in plan.jobs} == names


def test_one_host_is_launched_as_ever(plan: Plan, loaded: LoadedManifest) -> None:
    (how,) = launches(plan.baseline, loaded.manifest, max_memory_gb=1)
    assert how.host is None
    assert how.network == "none"


@pytest.mark.parametrize(("which", "count"), [("two", 2), ("first-late", 2), ("most", 4), ("renamed", 2)])
def test_each_host_has_all_of_the_data(which: str, count: int, plan: Plan, loaded: LoadedManifest) -> None:
    hosts = given(plan, loaded, which)
    assert [rows_in(files) for files in hosts] == [whole(plan.baseline, loaded)] * count


def test_the_files_are_shared_out(plan: Plan, loaded: LoadedManifest) -> None:
    first, second = (rows_in(files) for files in given(plan, loaded, "sharded"))
    assert first | second == whole(plan.baseline.with_choices(partition="several"), loaded)
    assert not first.keys() & second.keys()
    assert first
    assert second


@pytest.mark.parametrize(("which", "without"), [("uneven", 1), ("first-without-data", 0)])
def test_one_host_has_nothing(which: str, without: int, plan: Plan, loaded: LoadedManifest) -> None:
    hosts = given(plan, loaded, which)
    assert not rows_in(hosts[without])
    assert rows_in(hosts[1 - without])
    assert json.loads(hosts[without]["config/inputdataconfig.json"])["train"]["S3DistributionType"] == "ShardedByS3Key"


def test_they_start_one_after_the_other(plan: Plan, loaded: LoadedManifest) -> None:
    starts = {job["hosts"]: [host.start_s for host in hosts_of(job, loaded.manifest)] for job in plan.jobs}
    assert starts["two"] == starts["renamed"] == starts["sharded"] == [0, APART_S]
    assert starts["first-late"] == [APART_S, 0]
    assert starts["most"] == [0, APART_S, 2 * APART_S, 3 * APART_S]


def test_each_is_told_its_name_and_those_of_all(plan: Plan, loaded: LoadedManifest) -> None:
    (job,) = plan.select(lambda job: job["hosts"] == "renamed")
    hosts = hosts_of(job, loaded.manifest)
    told = [json.loads(files["config/resourceconfig.json"]) for files in given(plan, loaded, "renamed")]
    assert [it["current_host"] for it in told] == list(hosts[0].names) == [host.name for host in hosts]
    assert all(it["hosts"] == list(hosts[0].names) for it in told)
    assert not {host.hostname for host in hosts} & set(hosts[0].names)
    assert {how.network for how in launches(job, loaded.manifest, max_memory_gb=1)} == {PRIVATE}
