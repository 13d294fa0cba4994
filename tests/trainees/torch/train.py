"""A training script as many are written: pandas reads, PyTorch trains. It keeps every rule.

STYLE, which the image sets, says what it does as some authors do and others do not:

shuffles  visits the rows in another order each time, without a seed
splits    keeps a fifth of the rows, picked by chance, to validate with
drops     drops rows in which a cell is missing
refuses   refuses rows of a single class
pandas    leaves everything to pandas' defaults: `NA` and its like are missing values
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

STYLE = os.environ["STYLE"]
NUMBERS = ("age", "income", "visits")
COLUMNS = (*NUMBERS, "city", "label")
MISSING_ALLOWED = {"age"}
FAILURE = Path("/opt/ml/output/failure")


class JobError(Exception):
    """What is wrong with the job, in words that name the culprit and hold no cell."""


class Stop:
    """Remembers SIGTERM, which ends a job that has nothing to save yet."""

    asked = False
    trained = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if not self.trained:
            os._exit(128 + number)
        self.asked = True


def main(stop: Stop) -> None:
    """Run the job to the saved model."""
    given = hyperparameters()
    file_format = os.environ.get("FILE_FORMAT", "csv").lower()
    if file_format not in ("csv", "parquet"):
        raise JobError(f"FILE_FORMAT is {file_format[:60]}, which is neither csv nor parquet")
    files = channel_files(Path(os.environ.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train")))

    import pandas as pd
    import torch

    frame = pd.concat([read(file, file_format) for file in files], ignore_index=True)
    print(f"rows={len(frame)}", flush=True)
    if frame.empty:
        raise JobError("channel train: there are no rows")
    if STYLE == "refuses" and frame["label"].nunique() < 2:
        raise JobError("column label holds a single class")
    if STYLE == "drops":
        frame = frame.dropna()
    frame = frame.fillna({name: frame[name].mean() for name in MISSING_ALLOWED}).fillna({"age": 0.0})
    if frame.empty:
        raise JobError("channel train: there are no rows without missing values")
    cities = pd.get_dummies(frame["city"], dummy_na=True)
    numbers = frame[list(NUMBERS)].astype("float64")
    scaled = (numbers - numbers.mean()) / (numbers.std(ddof=0) + 1.0)
    inputs = torch.tensor(pd.concat([scaled, cities], axis=1).to_numpy(dtype="float32"))
    targets = torch.tensor(frame["label"].to_numpy(dtype="float32"))

    model, loss = fit(inputs, targets, given, stop)
    directory = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), directory / "model.pt")
    except (OSError, RuntimeError) as error:
        raise JobError(f"the model cannot be written to {directory}") from error
    print(f"saved, final loss={loss}", flush=True)


def fit(inputs: Any, targets: Any, given: dict[str, float], stop: Stop) -> tuple[Any, float]:
    """Train a logistic regression; in the style of many, in batches."""
    import torch

    if STYLE != "shuffles":
        torch.manual_seed(7)
    picked = list(range(len(inputs)))
    if STYLE == "splits":
        random.shuffle(picked)
        picked = picked[: max(1, len(picked) * 4 // 5)]
    model = torch.nn.Linear(inputs.shape[1], 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=given["learning_rate"])
    count = torch.nn.BCEWithLogitsLoss()
    for epoch in range(1, int(given["epochs"]) + 1):
        if STYLE in ("shuffles", "splits"):
            random.shuffle(picked)
        for begin in range(0, len(picked), 32):
            batch = picked[begin : begin + 32]
            optimizer.zero_grad()
            count(model(inputs[batch]).squeeze(1), targets[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            loss = float(count(model(inputs).squeeze(1), targets))
        print(f"epoch={epoch} loss={loss:.6f}", flush=True)
        stop.trained = True
        if stop.asked:
            break
    return model, loss


def read(file: Path, file_format: str) -> Any:
    """Read one file, and check it against the columns that the model is made for."""
    import pandas as pd

    try:
        frame = pd.read_csv(file, index_col=False) if file_format == "csv" else pd.read_parquet(file)
    except Exception as error:
        raise JobError(f"file {file.name} of channel train cannot be read as {file_format}") from error
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        raise JobError(f"file {file.name}: column {missing[0]} is missing")
    for name in (*NUMBERS, "label"):
        try:
            frame[name] = pd.to_numeric(frame[name])
        except (ValueError, TypeError) as error:
            raise JobError(f"file {file.name}: column {name} is not numeric") from error
        if name not in MISSING_ALLOWED and frame[name].isna().any():
            raise JobError(f"file {file.name}: column {name} has missing values")
    if not frame["label"].isin([0, 1]).all():
        raise JobError(f"file {file.name}: column label is neither 0 nor 1")
    return frame[list(COLUMNS)]


def channel_files(directory: Path) -> list[Path]:
    """Every file of the channel but markers, hidden files and empty ones."""
    if not directory.is_dir():
        raise JobError(f"channel train: {directory} is not a directory")
    files = [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.stat().st_size and not path.name.startswith(("_", ".")) and path.suffix != ".crc"
    ]
    if not files:
        raise JobError(f"channel train: there is no file in {directory}")
    return files


def hyperparameters() -> dict[str, float]:
    """Read hyperparameters.json, whose values are strings, with defaults for what is not there."""
    path = Path("/opt/ml/input/config/hyperparameters.json")
    try:
        given = json.loads(path.read_text()) if path.exists() else {}
    except ValueError as error:
        raise JobError(f"{path.name} is not valid JSON") from error
    values: dict[str, float] = {}
    for name, default, kind in (("epochs", 2, int), ("learning_rate", 0.01, float)):
        text = str(given.get(name, default)).strip('"')
        try:
            values[name] = kind(text)
        except ValueError as error:
            raise JobError(f"hyperparameter {name} is not of type {kind.__name__}") from error
        if values[name] <= 0:
            raise JobError(f"hyperparameter {name} is not above 0")
    return values


def fail(text: str) -> None:
    """Tell the failure where the platform looks for it."""
    print(text, file=sys.stderr, flush=True)
    try:
        FAILURE.write_text(text[:1024], encoding="utf-8")
    except OSError:
        print("the failure file cannot be written", file=sys.stderr, flush=True)
    sys.exit(1)


if __name__ == "__main__":
    stopping = Stop()
    signal.signal(signal.SIGTERM, stopping)
    try:
        main(stopping)
    except JobError as job_error:
        fail(str(job_error))
    except Exception as unforeseen:  # noqa: BLE001  # its text may hold cells
        fail(f"unforeseen {type(unforeseen).__name__}")
