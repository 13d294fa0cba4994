"""reproduce.sh of a counterexample, run as a person runs it: without the suite, here or on an engine elsewhere."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.conftest import run_command
from tests.mutants.seen import Seen

_LIMIT_S = 300.0
"""For how long a script may run; the jobs of slow mutants are killed after minutes, each."""
_LIMIT_OF_ANY_S = 600.0
_TOLD_CHARACTERS = 1000


def run_script(folder: Path, engine: str = "", limit_s: float = _LIMIT_S) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder, on the engine at an address or the usual one; what it says is all in ``stdout``."""
    where = {"DOCKER_HOST": engine} if engine else {}
    return run_command(["sh", str(folder / "reproduce.sh")], {**os.environ, **where}, limit_s)


def not_repeated(folder: Path, engine: str = "", limit_s: float = _LIMIT_S) -> str:
    """Run the script in a folder; return what it said if what came of it is not what was recorded."""
    try:
        done = run_script(folder, engine, limit_s)
    except subprocess.TimeoutExpired as error:
        return str(error)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stdout}"
    return "" if done.stdout else "it said nothing"


def repeated(seen: Seen, report: Path, engines: Sequence[str]) -> Seen:
    """Run the script of each counterexample in a report, on each engine, and return what was seen with that in it."""
    folders = [script.parent for script in sorted(report.glob("counterexamples/*/reproduce.sh"))]
    texts = []
    for folder in folders:
        said = (not_repeated(folder, engine, _LIMIT_OF_ANY_S) for engine in engines)
        texts += [f"{folder.name}: {text[:_TOLD_CHARACTERS]}" for text in itertools.islice(filter(None, said), 1)]
    return replace(seen, examples=len(folders), not_repeated=tuple(texts))
