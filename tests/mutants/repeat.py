"""reproduce.sh of a counterexample, run as a person runs it: without the suite, here or on an engine elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.mutants.seen import Seen

_LIMIT_S = 600.0
_TOLD_CHARACTERS = 1000


def not_repeated(folder: Path, engine: str = "") -> str:
    """Run the script in a folder, on the engine at an address or the usual one; return what it said if what came of it
    is not what was recorded."""
    command = ["sh", str(folder / "reproduce.sh")]
    where = {"DOCKER_HOST": engine} if engine else {}
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **where},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return str(error)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stdout}"
    return "" if done.stdout else "it said nothing"


def repeated(seen: Seen, report: Path, engines: Sequence[str]) -> Seen:
    """Run the script of each counterexample in a report, on each engine, and return what was seen with that in it."""
    folders = [script.parent for script in sorted(report.glob("counterexamples/*/reproduce.sh"))]
    said = {
        folder.name: next(filter(None, (not_repeated(folder, engine) for engine in engines)), "") for folder in folders
    }
    texts = tuple(f"{rule_id}: {text[:_TOLD_CHARACTERS]}" for rule_id, text in said.items() if text)
    return replace(seen, examples=len(folders), not_repeated=texts)
