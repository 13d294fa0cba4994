"""The reference container trains: on every layout and format, in every environment, and until it is told to stop."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from .tables import as_csv, as_parquet, example
from .training_job import TRAIN, Engine

TABLE = example(64)
CSV = {f"{TRAIN}/part-00000.csv": as_csv(TABLE)}


@pytest.fixture(scope="module")
def plain_model(engine: Engine) -> bytes:
    outcome = engine.run(CSV)
    assert outcome.exit_code == 0, outcome.log
    assert "rows=64" in outcome.log.split()
    assert len(outcome.losses) == 2
    assert set(outcome.files) == {"model/model.pt", "output/data/metrics.json"}
    assert json.loads(outcome.files["output/data/metrics.json"])["loss"] == pytest.approx(outcome.losses, rel=1e-6)
    return outcome.model


def nested() -> dict[str, bytes]:
    rows = [TABLE.slice(0, 20), TABLE.slice(20, 20), TABLE.slice(40)]
    names = ["a/part", "b/dt=2024-01-01/part", "z part.snappy.parquet"]
    decoy = as_csv(TABLE)
    return {
        **{f"{TRAIN}/{name}": as_csv(part) for name, part in zip(names, rows, strict=True)},
        **{f"{TRAIN}/{name}": decoy for name in ("_hidden", ".x.crc", "_temporary/part", "b/.hidden")},
        **{f"{TRAIN}/{name}": b"" for name in ("_SUCCESS", "empty.csv")},
        f"{TRAIN}/header-alone": decoy[: decoy.index(b"\n") + 1],
        "input/data/other/part": b"\xff\x00" * 100,
    }


LAYOUTS: dict[str, tuple[dict[str, bytes], dict[str, str]]] = {
    "again": (CSV, {}),
    "rows reversed": ({f"{TRAIN}/p": as_csv(TABLE.take(list(range(63, -1, -1))))}, {}),
    "columns reversed": ({f"{TRAIN}/p": as_csv(TABLE, TABLE.column_names[::-1])}, {"FILE_FORMAT": "csv"}),
    "column unknown": ({f"{TRAIN}/p": as_csv(TABLE.append_column("other", [["x"] * 64]))}, {}),
    "crlf": ({f"{TRAIN}/p": as_csv(TABLE).replace(b"\n", b"\r\n").replace(b"\xa9\r\nx", b"\xa9\nx")[:-2]}, {}),
    "parquet": ({f"{TRAIN}/p": as_parquet(TABLE)}, {"FILE_FORMAT": "PARQUET"}),
    "nested": (nested(), {"FILE_FORMAT": "CSV"}),
    "variables": (
        CSV,
        {"SM_MODEL_DIR": "/opt/ml/model", "SM_OUTPUT_DIR": "/opt/ml/output", "SM_CHANNEL_TRAIN": f"/opt/ml/{TRAIN}"},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_rows_give_the_same_bytes(engine: Engine, plain_model: bytes, layout: str) -> None:
    inputs, variables = LAYOUTS[layout]
    outcome = engine.run(inputs, environment=variables, command=["train"])
    assert outcome.exit_code == 0, outcome.log
    assert "rows=64" in outcome.log.split()
    assert set(outcome.files) == {"model/model.pt", "output/data/metrics.json"}
    assert outcome.model == plain_model


def test_moved_directories(engine: Engine) -> None:
    variables = {"SM_MODEL_DIR": "/srv/model", "SM_OUTPUT_DIR": "/srv/out", "SM_CHANNEL_TRAIN": "/opt/ml/elsewhere"}
    outcome = engine.run(
        {"elsewhere/part": as_csv(TABLE)}, environment=variables, collect=("/srv", "/opt/ml/model", "/opt/ml/output")
    )
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.files) == {"srv/model/model.pt", "srv/out/metrics.json"}


def test_hyperparameters_of_the_file_win_over_the_command_line(engine: Engine) -> None:
    unknown = {f"unknown $({number})\n": "x" * 2500 for number in range(100)}
    outcome = engine.run(
        CSV,
        hyperparameters={"epochs": "3", "target": '"score"', "learning_rate": '"1e-2"', **unknown},
        command=["train", "--epochs", "1", "--batch_size=16"],
    )
    assert outcome.exit_code == 0, outcome.log
    assert "task=regression" in outcome.log
    assert len(outcome.losses) == 3
    assert engine.run(CSV, hyperparameters={"target": "score", "batch_size": 16, "epochs": 3}).model == outcome.model


HARD: dict[str, Any] = {
    "one row": example(1),
    "all null": example(40, age=None, member=None, last_seen=None, note=None),
    "constant": example(40, visits=0, score=1.5, joined=example(1)["joined"][0].as_py()),
    "extremes": example(40, visits=2**63 - 1).set_column(
        3, "score", [[3.4028234663852886e38, -3.4028234663852886e38, 0.0, 1e-45] * 10]
    ),
    "text like null": example(40, note=""),
}


@pytest.mark.parametrize(
    ("data", "target"),
    [
        ("one row", "label"),
        ("one row", "score"),
        ("all null", "label"),
        ("constant", "score"),
        ("extremes", "label"),
        ("extremes", "score"),
        ("text like null", "segment"),
    ],
)
def test_trains_on_hard_data(engine: Engine, data: str, target: str) -> None:
    csv = as_csv(HARD[data])
    if data == "text like null":
        csv = csv.replace(b",,", b',"",')
    outcome = engine.run({f"{TRAIN}/p": csv}, hyperparameters={"target": target, "learning_rate": "0.1"})
    assert outcome.exit_code == 0, outcome.log
    assert all(math.isfinite(loss) for loss in outcome.losses)


def test_sigterm_in_training_saves_the_model(engine: Engine) -> None:
    outcome = engine.run(CSV, hyperparameters={"epochs": "10000000"}, stop_after="epoch=1 ")
    assert outcome.exit_code == 0, outcome.log
    assert outcome.seconds < 10
    assert outcome.model
    assert not outcome.failure


def test_sigterm_before_training_ends_at_once(engine: Engine) -> None:
    many = {f"{TRAIN}/part-{number:05}": as_csv(TABLE) for number in range(2000)}
    outcome = engine.run(many, stop_after="started", hyperparameters={"epochs": "10000000"})
    assert outcome.exit_code == 143, outcome.log
    assert outcome.seconds < 10
    assert "signal" in outcome.failure
    assert not outcome.model
