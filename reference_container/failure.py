"""How a training job says why it failed: exit code, `/opt/ml/output/failure`, log."""

from __future__ import annotations

import contextlib
import os
import traceback
from pathlib import Path

FAILURE_FILE = Path("/opt/ml/output/failure")
FAILURE_LIMIT = 1024  # GetTrainedModel shows the first 1024 characters; in bytes nothing is cut anywhere


class JobFailedError(Exception):
    """A cause that the owner of the job can act on.

    Its text goes to the failure file and the log: it names files, columns, hyperparameters and variables,
    and never holds a value of the data.
    """


def short(text: str, head: int = 40, tail: int = 20) -> str:
    """`text` quoted, without control characters, and cut in the middle to about `head` + `tail` characters."""
    quoted = repr(text)
    return quoted if len(quoted) <= head + tail else f"{quoted[:head]}…{quoted[-tail:]}"


def describe(error: BaseException) -> str:
    """One line for the failure file. Unforeseen errors are named without their text, which may hold data."""
    if isinstance(error, JobFailedError):
        return str(error)
    if isinstance(error, ImportError):
        return f"the image is broken: {error}"
    if isinstance(error, MemoryError):
        return "out of memory: choose an instance type with more memory"
    if isinstance(error, OSError) and error.strerror:
        return f"{short(str(error.filename), 40, 260)}: {error.strerror}"
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" in {Path(frame[0].filename).name}, line {frame[0].lineno}" if frame else ""
    return f"unexpected {type(error).__name__}{where}; the log has the stack"


def clip(text: str, limit: int = FAILURE_LIMIT) -> bytes:
    """`text` as valid UTF-8 without NUL, at most `limit` bytes, never cut inside a character."""
    encoded = text.replace("\0", " ").encode("utf-8", errors="backslashreplace")
    return encoded[:limit].decode("utf-8", errors="ignore").encode("utf-8")


def report(text: str, stack: str = "") -> None:
    """Write the failure file and tell the log. Also called in a signal handler, so it uses no buffered stream."""
    line = clip(text, 4 * FAILURE_LIMIT)
    problem = b""
    try:
        FAILURE_FILE.parent.mkdir(parents=True, exist_ok=True)
        FAILURE_FILE.write_bytes(clip(text))
    except OSError as error:
        problem = f"\ncannot write {FAILURE_FILE}: {error.strerror}".encode()
    # The exit code must not depend on anybody reading the log.
    with contextlib.suppress(OSError):
        os.write(2, clip(stack, 16 * FAILURE_LIMIT) + b"training failed: " + line + problem + b"\n")


def stack_of(error: BaseException) -> str:
    """Where an unforeseen error came from, without its text."""
    return "" if isinstance(error, JobFailedError) else "".join(traceback.format_tb(error.__traceback__))
