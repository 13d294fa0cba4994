"""The reference container fails as the contract wants: a non-zero exit, a cause that names the culprit, no data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from .tables import as_csv, as_parquet, example
from .training_job import TRAIN, Engine

SECRET = "4711081542"
TABLE = example(64, visits=int(SECRET), note=SECRET)
CSV, PARQUET = as_csv(TABLE), as_parquet(TABLE)
HEADER, FIRST = CSV.split(b"\n")[:2]


@dataclass(frozen=True)
class Fault:
    """A job that must fail, and the words that must be in its failure file."""

    names: tuple[str, ...]
    data: bytes | None = CSV
    hyperparameters: dict[str, Any] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, bytes] = field(default_factory=dict)


def without(column: str) -> bytes:
    return as_csv(TABLE.drop_columns([column]))


def cell(column: str, text: bytes) -> bytes:
    """The CSV with `text` in the first row of `column`, and the secret in the same row."""
    cells = FIRST.split(b",")
    cells[HEADER.split(b",").index(column.encode())] = text
    return b"\n".join([HEADER, b",".join(cells), FIRST, b""])


PARQUET_FORMAT = {"FILE_FORMAT": "parquet"}
NO_ASCII = "ü" * 2500
FAULTS = {
    "channel missing": Fault(("train", "missing"), data=None),
    "channel empty": Fault(("train", "empty"), data=None, inputs={f"{TRAIN}/": b""}),
    "channel of markers": Fault(("train", "empty"), data=b""),
    "header alone": Fault(("train", "empty"), data=HEADER + b"\n"),
    "header alone without newline": Fault(("train", "empty"), data=HEADER),
    "no header": Fault(("part", "header"), data=CSV[len(HEADER) + 1 :]),
    "column missing": Fault(("part", "spend", "missing"), data=without("spend")),
    "column missing in Parquet": Fault(
        ("part", "spend"), data=as_parquet(TABLE.drop_columns(["spend"])), variables=PARQUET_FORMAT
    ),
    "cut in quotes": Fault(("part", "corrupt"), data=cell("note", b'"cut')[:-1].rsplit(b"\n", 1)[0]),
    "field too many": Fault(("part", "record 2"), data=cell("age", b"1,1")),
    "field too few": Fault(("part", "record 2"), data=HEADER + b"\n" + FIRST.rpartition(b",")[0] + b"\n"),
    "no number": Fault(("part", "visits"), data=cell("visits", SECRET.encode() + b"x")),
    "no boolean": Fault(("part", "member"), data=cell("member", b"perhaps" + SECRET.encode())),
    "no date": Fault(("part", "joined"), data=cell("joined", SECRET.encode())),
    "null not nullable": Fault(("part", "visits", "nullable"), data=cell("visits", b"")),
    "not UTF-8": Fault(("part", "UTF-8"), data=cell("note", SECRET.encode() + b"\xff")),
    "class unknown": Fault(("label",), data=cell("label", b"7")),
    "foreign bytes": Fault(("part", "corrupt"), data=bytes(range(256)) * 20),
    "foreign bytes as Parquet": Fault(("part", "corrupt"), data=bytes(range(256)) * 20, variables=PARQUET_FORMAT),
    "Parquet cut": Fault(("part", "corrupt"), data=PARQUET[:-100], variables=PARQUET_FORMAT),
    "Parquet page cut": Fault(("part", "corrupt"), data=PARQUET[:4] + PARQUET[400:], variables=PARQUET_FORMAT),
    "Parquet as CSV": Fault(("part", "FILE_FORMAT"), data=PARQUET),
    "CSV as Parquet": Fault(("part", "FILE_FORMAT"), variables=PARQUET_FORMAT),
    "text for numbers in Parquet": Fault(
        ("part", "visits"),
        data=as_parquet(TABLE.set_column(1, "visits", TABLE["visits"].cast("string"))),
        variables=PARQUET_FORMAT,
    ),
    "format unknown": Fault(("FILE_FORMAT", "orc"), variables={"FILE_FORMAT": "orc"}),
    "letters": Fault(("epochs",), hyperparameters={"epochs": "many"}),
    "nothing": Fault(("learning_rate",), hyperparameters={"learning_rate": ""}),
    "beyond the accepted": Fault(("learning_rate",), hyperparameters={"learning_rate": "2"}),
    "long and not ASCII": Fault(("hidden_units",), hyperparameters={"hidden_units": NO_ASCII}),
    "target unknown": Fault(("target", "nothing"), hyperparameters={"target": "nothing"}),
    "task impossible": Fault(("task", "segment"), hyperparameters={"task": "regression", "target": "segment"}),
    "configuration cut": Fault(("hyperparameters.json",), inputs={"input/config/hyperparameters.json": b'{"epo'}),
    "configuration a list": Fault(("hyperparameters.json",), inputs={"input/config/hyperparameters.json": b"[]"}),
    "packages broken": Fault(("image", "broken"), variables={"PYTHONPATH": "/nowhere"}),
    "long path": Fault(("part-1", "spend"), data=None, inputs={f"{TRAIN}/{'ü' * 120}/part-1": without("spend")}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fails_and_says_why(engine: Engine, name: str) -> None:
    fault = FAULTS[name]
    inputs = dict(fault.inputs) if fault.data is None else {f"{TRAIN}/part": fault.data, **fault.inputs}
    variables = {"UNRELATED": f"value-{SECRET}", **fault.variables}
    outcome = engine.run(inputs, hyperparameters=fault.hyperparameters, environment=variables)
    assert outcome.exit_code == 1, outcome.log
    assert not outcome.model
    content = outcome.files["output/failure"]
    assert 0 < len(content) <= 1024
    assert b"\0" not in content
    for word in fault.names:
        assert word in outcome.failure
    assert outcome.failure in outcome.log
    assert SECRET not in outcome.log + outcome.failure


def test_fails_where_the_failure_file_cannot_be_written(engine: Engine) -> None:
    outcome = engine.run({"output/failure/": b""})
    assert outcome.exit_code == 1
    assert "cannot write /opt/ml/output/failure" in outcome.log


@pytest.mark.parametrize("full", ["size=4k", "nr_inodes=1", "ro"])
def test_leaves_no_part_of_a_model_on_a_full_disk(engine: Engine, full: str) -> None:
    outcome = engine.run({f"{TRAIN}/part": CSV}, tmpfs={"/opt/ml/model": full})
    assert outcome.exit_code == 1, outcome.log
    assert "/opt/ml/model" in outcome.failure
    assert not [name for name in outcome.files if name.startswith("model/")]
