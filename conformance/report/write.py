"""Writing the report's directory."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

from conformance.report.html.page import as_html
from conformance.report.json_report import COUNTEREXAMPLES, as_json
from conformance.report.markdown import as_markdown
from conformance.report.results import Results

REPORT = "report.json"
PAGE = "report.html"
COMMENT = "report.md"
_IGNORED = "*\n"
_CONFTEST = '''\
"""Images left what lies here: pytest is to run none of it."""


def pytest_ignore_collect():
    return True
'''


def prepare(directory: Path) -> None:
    """Make the directory, without what an older session left in it. Git ignores it without being told, if it is new or
    was empty, and pytest runs nothing of what images leave there.

    Raises OSError, also where something has the name of what would be written, and is of no report.
    """
    directory.mkdir(parents=True, exist_ok=True)
    ignored, examples = directory / ".gitignore", directory / COUNTEREXAMPLES
    if not (_holds(ignored, _IGNORED) or _holds(examples / "conftest.py", _CONFTEST)):
        for name in (COUNTEREXAMPLES, REPORT, PAGE, COMMENT):
            if (directory / name).exists():
                raise FileExistsError(errno.EEXIST, "is there already, and of no report", str(directory / name))
    if not any(directory.iterdir()):
        ignored.write_text(_IGNORED, encoding="utf-8")
    _remove(examples)
    for name in (REPORT, PAGE, COMMENT):
        (directory / name).unlink(missing_ok=True)
    examples.mkdir()
    # In a package, so that it takes the place of nobody else's module `conftest`.
    (examples / "__init__.py").touch()
    (examples / "conftest.py").write_text(_CONFTEST, encoding="utf-8")


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_bytes() == text.encode()


def _remove(directory: Path) -> None:
    if directory.exists():
        try:
            shutil.rmtree(directory)
        except OSError as error:
            # The error knows but the last part of a path.
            raise OSError(error.errno, f"cannot be removed, {error.strerror}", str(directory)) from error


def write_report(directory: Path, results: Results) -> None:
    """Write ``report.json``, ``report.html`` and ``report.md``, each whole or not at all."""
    write_whole(directory / REPORT, json.dumps(as_json(results), indent=2, ensure_ascii=True) + "\n")
    write_whole(directory / PAGE, as_html(results))
    write_whole(directory / COMMENT, as_markdown(results))


def write_whole(file: Path, text: str) -> None:
    """Write a file as a whole or not at all. Raises OSError."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
