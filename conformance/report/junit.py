"""What JUnit's file says beyond what pytest writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from _pytest.junitxml import bin_xml_escape, xml_key  # pytest has no public way to a test case's system-out

if TYPE_CHECKING:
    from conformance.report.results import Results


def write_system_out(config: pytest.Config, report: pytest.TestReport, text: str) -> None:
    """Add a text to a test case, if a file is written at all; by itself pytest leaves out what a test says."""
    file = config.stash.get(xml_key, None)
    if file is None:
        return
    element = ET.Element("system-out")
    element.text = bin_xml_escape(text)
    file.node_reporter(report).append(element)


def write_properties(config: pytest.Config, results: Results) -> None:
    """Add what was tested, and the verdict, to the properties of the suite, if a file is written at all."""
    file = config.stash.get(xml_key, None)
    if file is None:
        return
    from conformance.report.terminal import remarks_on

    for name, value in {
        "image": results.image.reference,
        "config_digest": results.image.config_digest,
        "size": results.settings.size,
        "level": results.settings.level,
        "verdict": results.ending.verdict,
        "partial": str(results.partial).lower(),
        "exit_code": str(results.ending.exit_code),
        "remarks": "; ".join(remarks_on(results)),
    }.items():
        if value:
            file.add_global_property(f"contract.{name}", str(value))
