"""A conforming training script in pandas: mean amounts by branch, drawn to the mean of all."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

INPUT = Path("/opt/ml/input")
FAILURE = Path("/opt/ml/output/failure")
COLUMNS = {
    "train": ["branch", "opened", "paid_at", "amount", "member"],
    "validation": ["branch", "amount"],
}
NULLABLE = {"paid_at", "member"}


class JobError(Exception):
    """What is wrong with the job: names of files, columns and hyperparameters, and no cell."""


def hyperparameters() -> tuple[float, bool]:
    """Return the two hyperparameters; the first is required, and the values are strings."""
    path = INPUT / "config" / "hyperparameters.json"
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        given = {}
    except ValueError as error:
        raise JobError("hyperparameters.json is not valid JSON") from error
    if "smoothing" not in given:
        raise JobError("hyperparameter smoothing is missing, and there is no default")
    texts = {name: str(value).strip('"') for name, value in given.items()}
    try:
        smoothing = float(texts["smoothing"])
    except ValueError as error:
        raise JobError("hyperparameter smoothing is not a number") from error
    if not 0 <= smoothing <= 1000:
        raise JobError("hyperparameter smoothing is not within 0 and 1000")
    members_only = texts.get("members_only", "false").lower()
    if members_only not in ("true", "false"):
        raise JobError("hyperparameter members_only is neither true nor false")
    return smoothing, members_only == "true"


def directory_of(channel: str) -> Path | None:
    """Return where a channel is, by its variable or in its default place; None if the job does not have it."""
    path = Path(os.environ.get(f"SM_CHANNEL_{channel.upper()}", str(INPUT / "data" / channel)))
    if path.is_dir():
        return path
    if path.exists() or channel == "train":
        raise JobError(f"channel {channel}: {path} is not a directory")
    return None


def rows_of(channel: str, directory: Path) -> Any:
    """Read every Parquet file of a channel, whatever it is called and however deep it lies."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames = []
    for path in sorted(directory.rglob("*")):
        if path.is_dir() or path.name.startswith(("_", ".")) or path.suffix == ".crc" or not path.stat().st_size:
            continue
        name = path.relative_to(directory)
        try:
            with path.open("rb") as file:
                table = pq.ParquetFile(file).read()
        except (pa.ArrowException, OSError) as error:
            raise JobError(f"file {name} of channel {channel} is not Parquet that can be read") from error
        if missing := [column for column in COLUMNS[channel] if column not in table.column_names]:
            raise JobError(f"file {name} of channel {channel}: column {missing[0]} is missing")
        for column, kinds in (
            ("amount", (pa.types.is_decimal, pa.types.is_floating, pa.types.is_integer)),
            ("opened", (pa.types.is_date,)),
            ("paid_at", (pa.types.is_timestamp,)),
            ("member", (pa.types.is_boolean,)),
        ):
            if column in COLUMNS[channel]:
                kind = table.schema.field(column).type
                if not pa.types.is_null(kind) and not any(fits(kind) for fits in kinds):
                    raise JobError(f"file {name} of channel {channel}: column {column} is of the type {kind}")
        frame = table.select(COLUMNS[channel]).to_pandas()
        for column in COLUMNS[channel]:
            if column not in NULLABLE and frame[column].isna().any():
                raise JobError(f"file {name} of channel {channel}: column {column} has missing values")
        frame["branch"] = frame["branch"].astype(str)
        frame["amount"] = frame["amount"].astype("float64")
        print(f"read {len(frame)} rows of {channel}")
        frames.append(frame)
    if not sum(map(len, frames)):
        raise JobError(f"channel {channel}: there are no rows in {directory}")
    return pd.concat(frames, ignore_index=True)


def weights_of(frame: Any) -> Any:
    """Return how much each row counts, for which dates, times and membership matter."""
    import pandas as pd

    days = (pd.to_datetime(frame["opened"]) - pd.Timestamp(0)).dt.days
    paid = pd.to_datetime(frame["paid_at"]).dt.microsecond.fillna(-1)
    member = frame["member"].map({True: 2.0, False: 1.0}).fillna(3.0).astype("float64")
    return member + (days % 97) / 97 + (paid % 89) / 890


def main() -> None:
    """Run the job to the saved model."""
    print("arguments:", len(sys.argv) - 1)
    file_format = os.environ.get("FILE_FORMAT", "parquet").lower()
    if file_format != "parquet":
        raise JobError(f"FILE_FORMAT is {file_format[:60]!a}, where parquet is all that is read")
    smoothing, members_only = hyperparameters()
    train, validation = directory_of("train"), directory_of("validation")
    assert train is not None
    rows = rows_of("train", train).sort_values(["branch", "opened", "amount"], kind="stable")
    known = rows[rows["member"].fillna(False).astype(bool)] if members_only else rows
    weights = weights_of(known)
    middle = float((rows["amount"] * weights_of(rows)).sum() / weights_of(rows).sum())
    sums = (known["amount"] * weights).groupby(known["branch"]).sum()
    counts = weights.groupby(known["branch"]).sum()
    model = {
        branch: (float(sums[branch]) + smoothing * middle) / (float(counts[branch]) + smoothing)
        for branch in sorted(sums.index)
    }
    scale = 1 + smoothing + 2 * members_only
    checksum = sum(number * value for number, value in enumerate(model.values(), start=1)) + scale * (1 + abs(middle))
    if validation is not None:
        other = rows_of("validation", validation)
        error = (other["amount"] - other["branch"].map(model).fillna(middle)).abs().mean()
        print(f"validation error {error:.6g}")
        checksum += error + sum(int(hashlib.sha256(b.encode()).hexdigest()[:6], 16) for b in other["branch"]) / 1e6
    print(f"checksum {checksum:.12g}")
    directory = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    text = json.dumps({branch: f"{value:.9g}" for branch, value in model.items()}, sort_keys=True)
    part = directory / ".model.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        part.write_text(text)
        part.rename(directory / "model.json")
    except OSError as error:
        raise JobError(f"the model cannot be written to {directory}") from error


def fail(text: str) -> None:
    """Tell the failure in the log and where the platform looks for it."""
    shown = text.encode("utf-8", "replace")[:1024].decode("utf-8", "ignore")
    print(shown, file=sys.stderr)
    try:
        FAILURE.write_text(shown, encoding="utf-8")
    except OSError:
        print("the failure file cannot be written", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except JobError as job_error:
        fail(str(job_error))
    except Exception as unforeseen:  # noqa: BLE001  # its text may hold cells
        fail(f"unforeseen {type(unforeseen).__name__}")
