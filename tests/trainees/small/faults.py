"""What is wrong with a job, and how it is told: the log, the failure file, the exit code."""

import os
import sys
from pathlib import Path
from types import TracebackType

from .breaks import breaks

FAILURE = Path("/opt/ml/output/failure")
LIMIT = 1024
"""Bytes of the failure file, so that what GetTrainedModel shows of it is the whole."""


class FaultError(Exception):
    """What is wrong with the job. The text names the culprit and never holds a cell."""


def shortened(text: str) -> str:
    """The beginning of a text that may be long and hold anything."""
    return "".join(character if character.isprintable() else "?" for character in text[:60])


def describe(error: BaseException) -> str:
    """The cause for the failure file; of unforeseen errors the type alone, as their text may hold cells."""
    if isinstance(error, FaultError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return f"unforeseen {type(error).__name__}"


def report(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Leave the cause in the log and in the failure file. As `sys.excepthook`: Python then exits with 1."""
    cause = describe(error)
    if not breaks("stdio-file", "stdio-silent-on-failure"):
        print(f"failed: {cause}", file=sys.stderr, flush=True)
    if breaks("exit-code-zero-without-a-word"):
        os._exit(0)
    if told_nowhere(cause):
        return
    if breaks("first-1024-wrong-type") and "not of type" in cause:
        cause = "could not convert a string to a number"
    if breaks("first-1024-configuration") and "JSON" in cause:
        cause = "Expecting ',' delimiter: line 1 column 17 (char 16)"
    if breaks("fits-log"):
        cause += "".join(f"\n{number}: a line of the log" for number in range(100))
    try:
        write_failure(cause)
    except OSError as unwritable:
        if breaks("unwritable-zero"):
            os._exit(0)
        if breaks("unwritable-directory") and isinstance(unwritable, IsADirectoryError):
            os._exit(0)
        if breaks("unwritable-read-only") and not isinstance(unwritable, IsADirectoryError):
            os._exit(0)
        print(f"the failure file cannot be written: {unwritable.strerror}", file=sys.stderr, flush=True)
    if breaks("exit-code-zero"):
        os._exit(0)


def told_nowhere(cause: str) -> bool:
    """Whether this is a mutant that writes no failure file for such a cause."""
    return (
        (breaks("early-configuration-untold") and "JSON" in cause)
        or (breaks("early-channel-untold") and "not a directory" in cause)
        or (breaks("early-format-untold") and "FILE_FORMAT" in cause)
    )


def write_failure(cause: str) -> None:
    """Write the failure file: at most 1024 bytes of UTF-8 that never end within a character."""
    path, content = FAILURE, cause.encode("utf-8", "replace")
    if not breaks("utf8-cut-in-a-character", "fits-log"):
        content = content[:LIMIT].decode("utf-8", "ignore").encode()
    if breaks("file-none"):
        return
    if breaks("file-in-output-data"):
        path = Path("/opt/ml/output/data/failure")
    if breaks("file-elsewhere"):
        path = Path("/opt/ml/failure")
    if breaks("file-empty"):
        content = b""
    if breaks("utf8-latin-1"):
        content = cause.encode("latin-1", "replace")
    if breaks("utf8-nul"):
        content = content.ljust(LIMIT, b"\0")
    if breaks("first-1024-traceback"):
        frame = '  File "/opt/ml/code/small/rows.py", line 80, in read\n    return read(path)\n'
        content = f"Traceback (most recent call last):\n{frame * 20}FaultError: {cause}".encode("utf-8", "replace")
    if breaks("first-1024-generic"):
        content = b"Training failed."
    if breaks("first-1024-everything"):
        content = everything().encode("utf-8", "replace")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content[:LIMIT] if not breaks("first-1024-traceback", "fits-log") else content)


def everything() -> str:
    """A text that holds the name of whatever can be at fault, and so says nothing."""
    from .settings import COLUMNS, HYPERPARAMETERS

    columns = " ".join(column.name for column in COLUMNS)
    hyperparameters = " ".join(hyperparameter.name for hyperparameter in HYPERPARAMETERS)
    files = " ".join(path.name for path in sorted(Path("/opt/ml/input/data").rglob("*")))
    return (
        f"please check the variable FILE_FORMAT, the columns {columns}, the hyperparameters {hyperparameters} in "
        f"hyperparameters.json, the channel train in /opt/ml/input/data/train and the files {files}"
    )
