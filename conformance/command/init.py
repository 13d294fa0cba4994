"""``conformance init``: a manifest to begin with, of the columns that a table's schema declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.command.failing import CommandError
from conformance.manifest.load import read_manifest
from conformance.manifest.problems import ManifestError
from conformance.manifest.schema import columns_from

_HEAD = """\
# What the image expects and what it claims; put it into the image as /opt/ml/code/algorithm.toml.
# A claim that is not made cannot be judged. Lines behind `#` are what else can be said.
# Rows are drawn from all that is declared. So narrow each column to what the image may be given: `values` for
# classes, `minimum` and `maximum` for numbers and times, `pattern` and `max_length` for text; or let the channel name
# a `sample`, whose rows jobs are given.
schema_version = 1

[algorithm]
name = {name}
# targets = ["clean-rooms"]               # where it is to train: local, sagemaker, clean-rooms; default: all
# deterministic = true                    # the same job gives the same model bytes

# [container]                             # as in trainingContainerConfig; without it: image train
# entrypoint = ["python", "/opt/ml/code/train.py"]

# [[container.metrics]]                   # as in metricDefinitions; searched in each line of the log
# name = "train:rows"
# regex = 'rows=([0-9]+)'
# observes = "rows"                       # rows read, before any split or filter: so that none is lost without a word

# [[container.metrics]]
# name = "train:loss"
# regex = 'loss=([0-9.eE+-]+)'
# observes = "model"                      # so that models can be compared
# tolerance = 1e-4

[channels.train]
formats = ["csv", "parquet"]
# csv_header = "either"                   # present (the default), absent or either: AWS documents both
# extra_columns = "ignored"               # ignored, used or refused
# min_rows = 10                           # with fewer it may fail; default: 32
"""
_TAIL = """
# [hyperparameters.epochs]
# type = "integer"                        # integer, float, string or boolean
# tested = [1, 3]                         # what jobs are given that set it; most set what is required alone
# accepted = [1, 1000000]                 # what lies outside is to be refused
# default = 2

# [interrupt]                             # for the rules on SIGTERM: makes a job run for minutes
# hyperparameters = { epochs = "1000000" }

# [limits]
# memory_gb = 4                           # default: 2; --contract-max-memory caps it
# timeout_s = 300                         # default: 600 for the plain job, ten times what it took for others
# max_hosts = 2                           # default: 1
"""


def begin_manifest(schema: Path, name: str, output: Path | None) -> list[str]:
    """Return the lines of a manifest, or write it to a file and return where it is.

    Raises:
        CommandError: the schema cannot be read, or the file is there already or cannot be written.
    """
    try:
        columns = columns_from(schema.read_bytes(), str(schema))
    except OSError as error:
        raise CommandError(f"{schema} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    text = _HEAD.format(name=_toml(name)) + "".join(map(_column, columns)) + _TAIL
    try:
        read_manifest(text.encode(), "the manifest", _no_sibling, "option", "algorithm.toml")
    except (ManifestError, UnicodeEncodeError) as error:
        raise CommandError(f"{schema} does not make a manifest: {error}") from error
    if output is None:
        return text.splitlines()
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CommandError(f"{output} is there already, and is not overwritten") from None
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror or error}") from error
    return [f"{output}: {len(columns)} columns; fill in what is commented out"]


def _column(column: Mapping[str, object]) -> str:
    return "".join(["\n[[channels.train.columns]]\n", *_entries(column)])


def _entries(column: Mapping[str, object]) -> Iterator[str]:
    for key, value in column.items():
        # An entry that says what holds without it.
        if not (key == "nullable" and value is False):
            yield f"{key} = {_toml(value)}\n"


def _toml(value: object) -> str:
    # TOML takes what JSON writes, but for the pairs of surrogates that stand for one character.
    return json.dumps(value, ensure_ascii=False)


def _no_sibling(path: str) -> bytes:
    raise FileNotFoundError(path)
