"""The page for people: valid, whole in itself, and harmless whatever an image wrote."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pytest

from conformance.judge import RULES
from conformance.report.html.page import as_html
from conformance.report.html.plots import growth, timeline
from conformance.report.results import Taken
from tests.report.results import BROKEN, HOSTILE, results

_FOLDER = Path("contract-report/counterexamples")
_MB = 10**6


def parsed(text: str) -> ET.Element:
    """The page, read by a parser that takes no mistake."""
    tree: ET.Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def words_of(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


@pytest.fixture(scope="module")
def page() -> ET.Element:
    return parsed(as_html(results(wrote=HOSTILE), _FOLDER))


def test_all_rules_are_in_it() -> None:
    tree = parsed(as_html(results(conforming=True), _FOLDER))
    codes = {words_of(code) for code in tree.iter("code")}
    assert codes >= set(RULES)
    assert "conformant" in words_of(tree)
    assert not list(tree.iter("article"))


def test_a_broken_rule_comes_with_what_to_do(page: ET.Element) -> None:
    (card,) = page.iter("article")
    said = words_of(card)
    assert RULES[BROKEN].info.title.replace("`", "")[:20] in said
    assert RULES[BROKEN].info.hint.split()[0] in said
    assert "broken as soon as the rows lie in nested directories" in said
    assert f"counterexamples/{BROKEN}/reproduce.sh" in said
    # The rows that it was given, and where the failure file is cut.
    assert {words_of(cell) for cell in card.iter("th")} == {"age", "city", "label"}
    assert "nothing behind character 1024 is shown" in said


def test_nothing_that_an_image_wrote_is_acted_on(page: ET.Element) -> None:
    tags = {element.tag for element in page.iter()}
    assert not tags & {"script", "img", "iframe", "object", "form", "base"}
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    sources = {rule.info.clause.source for rule in RULES.values()}
    assert {element.attrib["href"] for element in page.iter("a")} == sources | {"#rules"}
    text = words_of(page)
    assert "<script>alert(1)</script>" in text
    assert not [c for c in text if not c.isprintable()]


def test_it_asks_nobody_for_anything() -> None:
    text = as_html(results(wrote=HOSTILE), _FOLDER)
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|<link[^>]+stylesheet| src=\"", text.replace("&#34;", ""))


def test_it_stays_small() -> None:
    assert len(as_html(results(wrote="a line of a log\n" * (_MB // 16)), _FOLDER).encode()) < 5 * _MB


def test_plots_are_of_what_there_is() -> None:
    drawn = results(runs=3)
    bars = ET.fromstring(timeline(drawn.history))
    assert [it.attrib["class"] for it in bars.iter("rect")] == ["failed", "failed", "failed"]
    assert timeline(()) == growth((Taken(10, 0.1, None),)) == ""
    curves = ET.fromstring(growth(drawn.runs.by_rows))
    assert len(list(curves.iter("polyline"))) == 2
    assert len(list(ET.fromstring(growth((Taken(1, 0.1, None), Taken(10, 1, None)))).iter("polyline"))) == 1
