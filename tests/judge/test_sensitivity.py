"""Rules that ask for a difference, on images that are simulated: what they read is what the files of a job hold."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from conformance.data.files import input_files
from conformance.judge import RULES
from conformance.judge.evidence import Evidence
from conformance.judge.judging import judge, needed_jobs
from conformance.judge.rule import Subject
from conformance.judge.search import NeedsRuns
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.values.artifacts import Entry, Tree
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import MetricSeen, Run
from conformance.values.verdict import Level, Outcome, RuleResult
from tests.judge.evidence import IMAGE, loaded

DATA_USED, EVERY_PART_USED = "ingestion.data-used", "ingestion.every-part-used"
_MOST_FURTHER_RUNS = 100


def manifest(*, deterministic: bool = False, metric: bool = True, tolerance: float = 1e-6) -> LoadedManifest:
    declared = f"""
[[container.metrics]]
name = "loss"
regex = 'loss=([0-9.]+)'
observes = "model"
tolerance = {tolerance}
"""
    return loaded(
        f"""
schema_version = 1
[algorithm]
name = "simulated"
deterministic = {str(deterministic).lower()}
{declared if metric else ""}
[[channels.train.columns]]
name = "age"
type = "double"
nullable = true
minimum = 0
maximum = 120
[[channels.train.columns]]
name = "income"
type = "double"
[[channels.train.columns]]
name = "visits"
type = "int"
[[channels.train.columns]]
name = "label"
type = "int"
values = [0, 1]
""".encode()
    )


Read = Callable[[dict[str, pd.DataFrame]], pd.DataFrame]
Fit = Callable[[pd.DataFrame], float]


def all_files(files: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([files[path] for path in sorted(files)], ignore_index=True)


def files_as_they_are_hashed(files: dict[str, pd.DataFrame]) -> pd.DataFrame:
    # The first file is read last.
    return pd.concat([files[path] for path in sorted(files, reverse=True)], ignore_index=True)


def learned(rows: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Standardised features, labels, and the labels that least squares make of the features."""
    features = rows[["age", "income", "visits"]].fillna(0).to_numpy(float)
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-12)
    inputs = np.column_stack([features, np.ones(len(rows))])
    labels = rows["label"].to_numpy(float)
    weights = np.linalg.lstsq(inputs, labels, rcond=None)[0]
    return inputs, labels, inputs @ weights


def error(rows: pd.DataFrame) -> float:
    _, labels, predicted = learned(rows)
    return float(np.mean((labels - predicted) ** 2))


def accuracy(rows: pd.DataFrame) -> float:
    _, labels, predicted = learned(rows)
    return float(np.mean((predicted > 0.5) == labels))


def rounded(rows: pd.DataFrame) -> float:
    return round(error(rows), 2)


def without_the_tail(rows: pd.DataFrame) -> float:
    return error(rows.iloc[: int(len(rows) * 0.8)])


def without_the_head(rows: pd.DataFrame) -> float:
    return error(rows.iloc[int(len(rows) * 0.2) :])


def without_some(rows: pd.DataFrame) -> float:
    order = np.random.default_rng(42).permutation(len(rows))
    return error(rows.iloc[sorted(order[: int(len(rows) * 0.7)])])


def validated(rows: pd.DataFrame) -> float:
    order = np.random.default_rng(42).permutation(len(rows))
    return accuracy(rows.iloc[sorted(order[int(len(rows) * 0.7) :])])


def without_nulls(rows: pd.DataFrame) -> float:
    return error(rows.dropna())


def at_its_limit(_rows: pd.DataFrame) -> float:
    return 1.0


_noise = itertools.cycle([0.9, 1.13, 1.02, 0.97, 1.08])


def shuffled(rows: pd.DataFrame) -> float:
    return error(rows) * next(_noise)


_little_noise = itertools.cycle([1.0, 1.02, 0.99, 1.01])


def nearly_steady(rows: pd.DataFrame) -> float:
    return error(rows) * next(_little_noise)


@dataclass
class Trainee:
    """An image: how it reads its files, what it makes of the rows, and how much of the model can be seen."""

    fit: Fit
    read: Read = all_files
    sha256: Callable[[float], str | None] = lambda _loss: None
    shown: Callable[[float], float] = float

    def run(self, job: Job, of: LoadedManifest) -> Run:
        loss = self.fit(self.read(dict(_files(job, of))))
        metrics = tuple(MetricSeen(metric, 1, self.shown(loss)) for metric in of.manifest.container.metrics)
        return Run(job, 0, model=Tree((Entry("model", "file", 2, b"{}", self.sha256(loss)),)), metrics=metrics)


# The rows of all these manifests are the same, and are read once.
_read_before: dict[str, dict[str, pd.DataFrame]] = {}


def _files(job: Job, of: LoadedManifest) -> dict[str, pd.DataFrame]:
    if job.digest not in _read_before:
        _read_before[job.digest] = {file.path: _frame(file.path, file.content) for file in input_files(job, of)}
    return _read_before[job.digest]


def _frame(path: str, content: bytes) -> pd.DataFrame:
    source = io.BytesIO(content)
    table = pq.read_table(source) if path.endswith("parquet") else pa_csv.read_csv(source)
    return pd.DataFrame(table.to_pydict())


_plans: dict[tuple[str, int], Plan] = {}


def plan_of(of: LoadedManifest, seed: int) -> Plan:
    key = of.sha256, seed
    if key not in _plans:
        _plans[key] = draw_plan(of, size="gate", seed=seed)
    return _plans[key]


def judged(rule_id: str, trainee: Trainee, of: LoadedManifest, seed: int = 0) -> RuleResult:
    """The outcome of a rule, all runs that it asks for given."""
    rule = RULES[rule_id]
    plan = plan_of(of, seed)
    results = {job.digest: trainee.run(job, of) for job in needed_jobs(rule, plan) | {plan.repeated}}
    for _ in range(_MOST_FURTHER_RUNS):
        try:
            evidence = Evidence(Subject(IMAGE, of.manifest), plan, plan.baseline, dict(results))
            return judge(rule, evidence, Level.SHOULD)
        except NeedsRuns as needs:
            results |= {job.digest: trainee.run(job, of) for job in needs.jobs}
    raise AssertionError("it asks for runs without end")


@dataclass
class Witness(Trainee):
    """An image whose model says which files it was made of, by a digest of what they hold."""

    def run(self, job: Job, of: LoadedManifest) -> Run:
        files = hashlib.sha256(b"".join(file.content for file in input_files(job, of))).hexdigest()
        run = super().run(job, of)
        return replace(run, model=Tree((*run.model.entries, Entry("files.json", "file", 64, sha256=files))))


CONFORMING = {
    "all rows": Trainee(error),
    "coarse": Trainee(accuracy),
    "rounded": Trainee(rounded),
    "the tail is set aside": Trainee(without_the_tail),
    "the head is set aside": Trainee(without_the_head),
    "the tail of files in any order is set aside": Trainee(without_the_tail, files_as_they_are_hashed),
    "some rows are set aside by a seed": Trainee(without_some),
    "a coarse metric of rows set aside": Trainee(validated),
    "rows with nulls are dropped": Trainee(without_nulls),
    "at its limit": Trainee(at_its_limit),
    "not steady": Trainee(shuffled),
}


@pytest.mark.parametrize("rule_id", [DATA_USED, EVERY_PART_USED])
@pytest.mark.parametrize("name", CONFORMING)
def test_no_false_alarm(rule_id: str, name: str) -> None:
    of = manifest()
    for seed in range(3):
        result = judged(rule_id, CONFORMING[name], of, seed)
        assert result.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE), (seed, result.message)


def test_no_false_alarm_where_much_is_tolerated() -> None:
    of = manifest(tolerance=0.9)
    for rule_id in (DATA_USED, EVERY_PART_USED):
        assert judged(rule_id, Trainee(nearly_steady), of).outcome is Outcome.NOT_APPLICABLE


def test_a_model_too_large_to_be_read_says_nothing() -> None:
    of = manifest(deterministic=True, metric=False)
    for rule_id in (DATA_USED, EVERY_PART_USED):
        assert judged(rule_id, Trainee(error), of).outcome is Outcome.NOT_APPLICABLE
        assert judged(rule_id, Trainee(error, sha256=str), of).outcome is Outcome.PASSED


def test_bytes_that_are_steady_tell_models_apart_too() -> None:
    always_right = Trainee(error, sha256=str, shown=lambda _loss: 1.0)
    for rule_id in (DATA_USED, EVERY_PART_USED):
        assert judged(rule_id, always_right, manifest()).outcome is Outcome.PASSED


def test_nothing_is_asked_where_nothing_is_observed() -> None:
    result = judged(DATA_USED, Trainee(error), manifest(metric=False))
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert result.reason is not None
    assert "observes" in result.reason


@pytest.mark.parametrize("of", [manifest(), manifest(deterministic=True), manifest(deterministic=True, metric=False)])
def test_data_that_is_ignored_is_found(of: LoadedManifest) -> None:
    ignoring = Trainee(lambda rows: 0.4, sha256=str)
    result = judged(DATA_USED, ignoring, of)
    assert result.outcome is Outcome.FAILED
    assert result.message is not None
    assert result.message.startswith("3 times")
    assert judged(EVERY_PART_USED, ignoring, of).outcome is Outcome.NOT_APPLICABLE


def _but(number: int) -> Read:
    """Reads all files but one, where there are several."""

    def read(files: dict[str, pd.DataFrame]) -> pd.DataFrame:
        left: Sequence[str] = sorted(files)
        if len(left) > 1:
            left = [path for path in left if path != left[number]]
        return all_files({path: files[path] for path in left})

    return read


@pytest.mark.parametrize("number", [0, 2, -1])
@pytest.mark.parametrize("fit", [error, without_nulls])
def test_a_file_that_is_left_out_is_found(number: int, fit: Fit) -> None:
    for seed in range(2):
        assert judged(EVERY_PART_USED, Trainee(fit, _but(number)), manifest(), seed).outcome is Outcome.FAILED


@pytest.mark.parametrize("fit", [without_the_tail, without_some])
def test_a_last_file_that_is_left_out_is_found_though_rows_are_set_aside(fit: Fit) -> None:
    assert judged(EVERY_PART_USED, Trainee(fit, _but(-1)), manifest()).outcome is Outcome.FAILED


@pytest.mark.parametrize("fit", [error, without_nulls])
def test_a_last_row_that_is_left_out_is_found(fit: Fit) -> None:
    for seed in range(2):
        result = judged(EVERY_PART_USED, Trainee(lambda rows: fit(rows.iloc[:-1])), manifest(), seed)
        assert result.outcome is Outcome.FAILED
        assert result.counterexample is not None
        assert result.counterexample.differences == ("the last row alone is changed",)


def test_bytes_of_controls_count_where_a_metric_is_coarse() -> None:
    coarse = Trainee(error, _but(-1), sha256=lambda loss: repr(loss), shown=lambda loss: round(loss, 1))
    for seed in range(2):
        result = judged(EVERY_PART_USED, coarse, manifest(deterministic=True), seed)
        assert result.outcome is Outcome.FAILED


def constant(_rows: pd.DataFrame) -> float:
    return 0.6931


@pytest.mark.parametrize("rule_id", [DATA_USED, EVERY_PART_USED])
def test_a_model_that_says_which_files_it_was_made_of_has_not_learned_from_them(rule_id: str) -> None:
    assert judged(rule_id, Witness(error), manifest()).outcome is Outcome.PASSED
    result = judged(rule_id, Witness(constant), manifest())
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert "declare a metric that changes with any row" in (result.reason or "")


def test_few_runs_are_asked_for_where_the_first_pair_differs() -> None:
    of = manifest()
    for rule_id in (DATA_USED, EVERY_PART_USED):
        trainee, rule, plan = Trainee(error), RULES[rule_id], plan_of(of, 0)
        results = {job.digest: trainee.run(job, of) for job in needed_jobs(rule, plan)}
        evidence = Evidence(Subject(IMAGE, of.manifest), plan, plan.baseline, results)
        assert judge(rule, evidence, Level.SHOULD).outcome is Outcome.PASSED
