"""Predict from a saved model: `python predict.py MODEL_DIR DATA_DIR csv|parquet` writes one prediction a line.

The lines come in the order of the rows; the files of DATA_DIR are read as in training, and need no target. Without a
header they have the columns of `algorithm.toml` but the target.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

from algorithm import load_algorithm
from failure import JobFailedError
from model import MODEL_FILE, load
from table import part_files, read_table


def main(model_dir: str, data_dir: str, file_format: str) -> None:
    """Write the predictions to stdout, as CSV with the header `prediction`."""
    model, directory = load(Path(model_dir, MODEL_FILE)), Path(data_dir)
    channel = replace(load_algorithm().channel, name=directory.name, columns=model.inputs)
    table = read_table(part_files(directory, channel.name), directory, channel, file_format)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["prediction"])
    writer.writerows([prediction] for prediction in model.predict(table))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in ("csv", "parquet"):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (JobFailedError, OSError) as error:
        sys.exit(str(error))
