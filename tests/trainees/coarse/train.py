"""A conforming training script without any package: the mean of each class, drawn to that of all.

Without a seed, on four fifths of the rows, and judged by its accuracy on the others: a number that is the same in two
runs now and then, and says nothing. It refuses rows of a single class, and values that its manifest does not list.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

COLUMNS = ("score", "rate", "visits", "label")
RATES = (0.07, 0.19, 0.5)
FAILURE = Path("/opt/ml/output/failure")
HYPERPARAMETERS = Path("/opt/ml/input/config/hyperparameters.json")

Row = dict[str, float]


class JobError(Exception):
    """What is wrong with the job, told as by a library that checks documents: by path, and without a cell."""


class Stop:
    """Remembers SIGTERM."""

    asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def main(stop: Stop) -> None:
    """Run the job to the saved model."""
    epochs, smoothing = hyperparameters()
    file_format = os.environ.get("FILE_FORMAT", "csv").lower()
    if file_format != "csv":
        raise JobError(f"environment.FILE_FORMAT must be csv, not {file_format[:60]!a}")
    rows = list(rows_of(Path(os.environ.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"))))
    if len({row["label"] for row in rows}) < 2:
        raise JobError("train.label must hold two classes")
    random.shuffle(rows)
    held_out, used = rows[: len(rows) // 5], rows[len(rows) // 5 :]
    model: dict[str, list[float]] = {}
    for epoch in range(1, epochs + 1):
        model = {str(label): means(used, label, smoothing / epoch) for label in (0, 1)}
        hits = sum(nearest(row, model) == row["label"] for row in held_out)
        print(f"epoch {epoch} accuracy={hits / max(1, len(held_out)):.4f}")
        if stop.asked:
            break
    save(model)


def means(rows: list[Row], label: float, smoothing: float) -> list[float]:
    """Return the mean of each feature in a class, drawn to that of all rows."""
    of_class = [row for row in rows if row["label"] == label]
    return [
        (sum(row[name] for row in of_class) + smoothing * sum(row[name] for row in rows) / len(rows))
        / (len(of_class) + smoothing or 1)
        for name in COLUMNS[:3]
    ]


def nearest(row: Row, model: dict[str, list[float]]) -> float:
    """Return the class whose means are nearest in score and rate."""
    far = {
        label: sum((row[name] - mean) ** 2 for name, mean in zip(COLUMNS, of_class, strict=False) if name != "visits")
        for label, of_class in model.items()
    }
    return float(min(far, key=lambda label: far[label]))


def hyperparameters() -> tuple[int, float]:
    """Return the two hyperparameters; the first is required, and the values are strings."""
    try:
        given = json.loads(HYPERPARAMETERS.read_text()) if HYPERPARAMETERS.exists() else {}
    except ValueError as error:
        raise JobError("hyperparameters.json must be JSON") from error
    texts = {name: str(text).strip('"') for name, text in given.items()}
    if "epochs" not in texts:
        raise JobError("data.epochs must be there")
    try:
        epochs = int(texts["epochs"])
    except ValueError as error:
        raise JobError("data.epochs must match ^[0-9]+$") from error
    try:
        smoothing = float(texts.get("smoothing", "1.0"))
    except ValueError as error:
        raise JobError("data.smoothing must be a number") from error
    if not 1 <= epochs <= 10_000_000:
        raise JobError("data.epochs must be from 1 to 10000000")
    if not 0 <= smoothing <= 100:
        raise JobError("data.smoothing must be from 0 to 100")
    return epochs, smoothing


def rows_of(directory: Path) -> Iterator[Row]:
    """Yield the rows of every file of the channel, however deep it lies, but of markers and hidden files."""
    if not directory.is_dir():
        raise JobError(f"channel train: {directory} is not a directory")
    empty = True
    for path in sorted(directory.rglob("*")):
        if path.is_dir() or path.name.startswith(("_", ".")) or path.suffix == ".crc":
            continue
        for row in read(path):
            empty = False
            yield row
    if empty:
        raise JobError("channel train: there are no rows")


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of one file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise JobError(f"file {path.name} of channel train holds what is no text")
        records = csv.reader(text.splitlines(keepends=True), strict=True)
        header = next(records, None)
        if header is None:
            return
        for name in COLUMNS:
            if name not in header:
                raise JobError(f"file {path.name}: train.{name} is missing")
        for record in records:
            if not record:
                continue
            if len(record) != len(header):
                raise JobError(f"file {path.name} has a record of {len(record)} fields, and {len(header)} names")
            yield checked(dict(zip(header, record, strict=True)), path.name)
    except (csv.Error, UnicodeDecodeError) as error:
        raise JobError(f"file {path.name} of channel train cannot be read as CSV") from error


def checked(cells: dict[str, str], file: str) -> Row:
    """Return the cells of a row as numbers, as they are declared."""
    row: Row = {}
    for name in COLUMNS:
        try:
            row[name] = float(cells[name])
        except ValueError as error:
            raise JobError(f"file {file}: train.{name} is not a number") from error
    if row["rate"] not in RATES:
        raise JobError(f"file {file}: train.rate is not one of {RATES}")
    if row["label"] not in (0, 1):
        raise JobError(f"file {file}: train.label is neither 0 nor 1")
    if not 0 <= row["score"] <= 1:
        raise JobError(f"file {file}: train.score is not within 0 and 1")
    return row


def save(model: dict[str, list[float]]) -> None:
    """Write the model, whole or not at all."""
    directory = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        part = directory / ".model.json"
        part.write_text(json.dumps(model))
        part.rename(directory / "model.json")
    except OSError as error:
        raise JobError(f"the model cannot be written to {directory}") from error


def fail(text: str) -> None:
    """Tell the failure in the log and where the platform looks for it."""
    print(text, file=sys.stderr)
    try:
        FAILURE.write_text(text[:1024], encoding="utf-8")
    except OSError:
        print("the failure file cannot be written", file=sys.stderr)
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
