"""Writing the report's directory."""

from __future__ import annotations

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


def prepare(directory: Path) -> None:
    """Make the directory, without what an older session left in it; git ignores it without being told."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / ".gitignore").write_text("*\n", encoding="utf-8")
    for name in (REPORT, PAGE, COMMENT):
        (directory / name).unlink(missing_ok=True)
    shutil.rmtree(directory / COUNTEREXAMPLES, ignore_errors=True)


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
