"""What JUnit's file says beyond what pytest writes there."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from _pytest.junitxml import bin_xml_escape, xml_key  # pytest has no public way to a test case's system-out


def write_system_out(config: pytest.Config, report: pytest.TestReport, text: str) -> None:
    """Add a text to a test case, if a file is written at all; by itself pytest leaves out what a test says."""
    file = config.stash.get(xml_key, None)
    if file is None:
        return
    element = ET.Element("system-out")
    element.text = bin_xml_escape(text)
    file.node_reporter(report).append(element)
