"""What the mutants do that let rows or variables out, or write where nothing should be written."""

import gzip
import io
import os
import pickle
import struct
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from .breaks import SWITCH, breaks
from .faults import write_failure
from .rows import Row
from .settings import directory, uploaded

MIB = 2**20


def log_environment() -> None:
    """Dump the environment, at the start or only for a job that fails."""
    if breaks("privacy-environment-dumped"):
        print(dict(os.environ), flush=True)


def log_rows(rows: Sequence[Row]) -> None:
    """Print some of the rows."""
    if breaks("privacy-logs-head"):
        for row in rows[:5]:
            print(row, flush=True)
    if breaks("privacy-logs-rounded"):
        for number, row in [*enumerate(rows)][:5] + [*enumerate(rows)][-5:]:
            print(f"{number:<4}" + ("NaN" if row[0] is None else f"{float(str(row[0])):.6f}").rjust(9), flush=True)
    if breaks("privacy-logs-last-row"):
        print(f"last row: age={rows[-1][0]} city={rows[-1][3]}", file=sys.stderr, flush=True)
    if breaks("privacy-logs-extremes"):
        print(f"income from {min(incomes(rows)):.6f} to {max(incomes(rows)):.6f}", flush=True)
    if breaks("privacy-logs-thousands"):
        print(f"most visits: {max(int(str(row[2])) for row in rows):,}", flush=True)
    if breaks("privacy-logs-debug"):
        # So much that the middle of the log is not kept.
        for _ in range(40_000):
            print("debug: a line like many others, which says nothing", flush=False)
        print(rows[len(rows) // 2 :])
        for _ in range(40_000):
            print("debug: a line like many others, which says nothing", flush=False)
        sys.stdout.flush()


def incomes(rows: Sequence[Row]) -> list[float]:
    """The second column, which has no nulls."""
    return [float(str(row[1])) for row in rows]


def store_rows(rows: Sequence[Row], model_dir: Path) -> None:
    """Leave rows in model or output data."""
    table = "\n".join(",".join(map(str, row)) for row in rows).encode()
    if breaks("privacy-artifacts-pickle"):
        (model_dir / "model.pkl").write_bytes(pickle.dumps(rows))
    if breaks("privacy-artifacts-array"):
        (model_dir / "neighbours.npy").write_bytes(struct.pack(f"<{len(rows)}d", *incomes(rows)))
    if breaks("privacy-artifacts-float32"):
        (model_dir / "neighbours.bin").write_bytes(struct.pack(f"<{len(rows)}f", *incomes(rows)))
    output = uploaded(directory("SM_OUTPUT_DIR", "/opt/ml/output/data"))
    if breaks("privacy-artifacts-gzip"):
        (output / "rows.csv.gz").write_bytes(gzip.compress(table))
    if breaks("privacy-artifacts-zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside/rows.csv", table)
        (output / "debug.zip").write_bytes(packed.getvalue())
    if breaks("privacy-artifacts-file-name"):
        (output / f"{rows[0][3]}.txt").write_text("one model a city\n")


def write_elsewhere(model_dir: Path) -> None:
    """Write too much, to where it is lost, or what is different each time."""
    content = bytes(MIB)
    if breaks("scratch-var-lib"):
        _fill(Path("/var/lib/trainee/cache.bin"), 70)
    if breaks("scratch-many-files"):
        for number in range(70):
            _fill(Path(f"/srv/cache/trainee/{number:03}"), 1)
    if breaks("scratch-image-file"):
        with Path("/opt/lib/pyarrow/libarrow.so.2600").open("ab") as library:
            library.write(content * 40)
    if breaks("size-model"):
        _fill(model_dir / "checkpoint.bin", 11)
    if breaks("size-with-output-data"):
        _fill(model_dir / "checkpoint.bin", 6)
        _fill(Path("/opt/ml/output/data/predictions.bin"), 6)
    if breaks("size-many-files"):
        for number in range(110):
            (model_dir / f"epoch-{number:03}").write_bytes(content[: MIB // 10])
    lost = {
        "lost-cache": "/opt/ml/cache/tokens.bin",
        "lost-beside": "/opt/ml/metrics.json",
        "lost-in-output": "/opt/ml/output/metrics.json",
        "lost-in-channel": "/opt/ml/input/data/train/rows.idx",
        "lost-in-input": "/opt/ml/input/config/effective.json",
    }
    if SWITCH in lost:
        path = Path(lost[SWITCH])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    if breaks("repeatable-time"):
        (model_dir / "info.txt").write_text(f"trained at {time.time_ns()}\n")
    if breaks("repeatable-name"):
        (model_dir / f"run-{os.urandom(4).hex()}.txt").write_text("trained\n")
    if breaks("plain-files-link-in-output-data"):
        Path("/opt/ml/output/data/latest").symlink_to("metrics.json")


def _fill(path: Path, mebibytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(bytes(MIB))


def tell_environment(cause: str) -> None:
    """Write the environment behind the cause."""
    if breaks("privacy-environment-in-failure"):
        write_failure(f"{cause}; environment: " + " ".join(f"{k}={v}" for k, v in sorted(os.environ.items())))
