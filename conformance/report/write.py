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

collect_ignore_glob = ["*"]
'''


def prepare(directory: Path) -> None:
    """Make the directory, without what an older session left in it; git ignores it without being told, and pytest
    collects nothing of it.

    Raises OSError, also where there is something else in the directory than a report.
    """
    directory.mkdir(parents=True, exist_ok=True)
    ignored = directory / ".gitignore"
    if any(directory.iterdir()) and not (ignored.is_file() and ignored.read_bytes() == _IGNORED.encode()):
        raise FileExistsError(errno.EEXIST, "it holds what is no report", str(directory))
    ignored.write_text(_IGNORED, encoding="utf-8")
    (directory / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    for name in (REPORT, PAGE, COMMENT):
        (directory / name).unlink(missing_ok=True)
    if (directory / COUNTEREXAMPLES).exists():
        shutil.rmtree(directory / COUNTEREXAMPLES)


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
