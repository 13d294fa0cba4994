"""What programs print of their rows is a leak, however NumPy and pandas round it; what describes a column is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from conformance.judge import RULES
from conformance.judge.privacy import Twins
from conformance.judge.violation import Violation
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.plan.canaries import canary_jobs
from conformance.run.needles import Lookout, needles_of
from conformance.values.job import Job
from conformance.values.run import Run
from tests.data.tables import Declared, cells_of, loaded_with
from tests.judge.evidence import MODEL

Logged = Callable[[pd.DataFrame], str]
"""What a program logs of its rows."""
_COLUMNS: Mapping[str, Declared] = {
    "share": {"type": "double", "minimum": 0, "maximum": 1},
    "scaled": {"type": "double", "minimum": -5, "maximum": 5},
    "float_share": {"type": "float", "minimum": 0, "maximum": 1},
    "float_scaled": {"type": "float", "minimum": -5, "maximum": 5},
    "visits": {"type": "bigint"},
    "visits_or_null": {"type": "bigint", "nullable": True},
    "steps": {"type": "int", "minimum": 0, "maximum": 150_000},
    "age": {"type": "double", "nullable": True, "minimum": 0, "maximum": 120},
    "income": {"type": "double"},
    "price": {"type": "decimal(10,2)"},
}
_SIX_DIGITS = ("share", "scaled", "float_share", "float_scaled", "visits", "visits_or_null")
"""The columns of whose cells pandas' six places leave fewer than eight digits, as a frame of floats has them."""


@cache
def _loaded(*columns: str) -> LoadedManifest:
    return loaded_with([{"name": name, **_COLUMNS[name.rstrip("0123456789")]} for name in columns])


@cache
def _baseline(*columns: str) -> Job:
    return draw_plan(_loaded(*columns), size="smoke", seed=0).baseline


def _runs(seed: int, logged: Logged, *columns: str) -> Twins:
    """Two runs that log what a program makes of its rows, all of them numbers."""
    loaded, baseline = _loaded(*columns), _baseline(*columns)
    plain = replace(baseline, data=tuple(replace(recipe, seed=seed) for recipe in baseline.data))
    one, other, *_ = canary_jobs(plain, loaded.manifest, ["csv"], [])
    return Twins(_run(one, loaded, logged), _run(other, loaded, logged))


def _run(job: Job, loaded: LoadedManifest, logged: Logged) -> Run:
    frame = pd.DataFrame(cells_of(job, loaded), columns=[c.name for c in loaded.manifest.channels["train"].columns])
    lookout = Lookout(needles_of(job, loaded.manifest))
    text = logged(frame.astype("float64")).encode()
    list(lookout.watch("stdout", (text[at : at + 2**16] for at in range(0, len(text), 2**16))))
    return Run(job, 0, model=MODEL, sightings=lookout.sightings())


def _leaks(twins: Twins) -> str:
    try:
        RULES["privacy.logs"].check(twins)
    except Violation as violation:
        return violation.message
    return ""


_PRINTED: Mapping[str, Logged] = {
    "df.head()": lambda frame: str(frame.head()),
    "df.tail()": lambda frame: str(frame.tail()),
    "df": str,
    "df.astype('float32').head()": lambda frame: str(frame.astype("float32").head()),
    "X[:5]": lambda frame: str(frame.to_numpy()[:5]),
    "X.astype('float32')[:5]": lambda frame: str(frame.to_numpy(dtype="float32")[:5]),
}


@pytest.mark.parametrize("column", _SIX_DIGITS)
@pytest.mark.parametrize("printed", _PRINTED)
def test_printed_rows_are_a_leak(printed: str, column: str) -> None:
    columns = [f"{column}{number}" for number in range(3)]
    for seed in range(2):
        assert f"of column {column}" in _leaks(_runs(seed, _PRINTED[printed], *columns)), seed


def test_rows_that_are_picked_by_a_cell_are_a_leak() -> None:
    def rich(frame: pd.DataFrame) -> str:
        return str(frame[frame["income"] > frame["income"].mean()].to_numpy()[:5].tolist())

    # Few of them are picked in both jobs, and at times none.
    found = [_leaks(_runs(seed, rich, "income", "age", "price", "scaled", "share")) != "" for seed in range(10)]
    assert sum(found) >= 7


def _described(frame: pd.DataFrame) -> str:
    by_half = frame.groupby(frame.index % 2).agg(["min", "max", "median"])
    return f"{frame.describe()}\n{by_half.T}\n{frame[:51].median()}\n{frame[:61].quantile([0.25, 0.75]).T}"


def test_a_description_has_the_ends_of_a_column_and_is_none() -> None:
    for seed in range(10):
        assert _leaks(_runs(seed, _described, *_SIX_DIGITS)) == "", seed


@pytest.mark.parametrize("rows", [51, 61, 63])
@pytest.mark.parametrize("levels", [(0.5,), (0.25,), (0.25, 0.5, 0.75), (0.1, 0.25, 0.5, 0.75, 0.9)])
def test_quantiles_are_none(rows: int, levels: tuple[float, ...]) -> None:
    def cells(frame: pd.DataFrame) -> str:
        return str(frame[:rows].quantile(levels, interpolation="lower").to_numpy().tolist())

    found = [_leaks(_runs(seed, cells, "income", "visits", "age")) for seed in range(8)]
    # One alone is never of the same row in both jobs; of several that may be so, and nothing is there but that.
    assert sum(message != "" for message in found) <= (0 if len(levels) == 1 else 1)


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
def test_a_log_of_many_numbers_is_none(count: int) -> None:
    generator = np.random.default_rng(0)

    def losses(_frame: pd.DataFrame) -> str:
        return "\n".join(f"loss={loss:.6f}" for loss in generator.random(count))

    for seed in range(3):
        assert _leaks(_runs(seed, losses, *(f"share{number}" for number in range(5)))) == "", seed
