"""The comment for a pull request: whatever an image wrote stays text in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.judge import RULES
from conformance.report.markdown import as_markdown, foreign
from tests.report.results import BROKEN, HOSTILE, results


def rendered(text: str) -> ET.Element:
    """What a renderer with tables and HTML, as those of code hosts are, makes of it."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tree: ET.Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


def test_a_conforming_image_has_a_verdict_and_no_table() -> None:
    tree = rendered(as_markdown(results(conforming=True)))
    (title,) = tree.iter("h2")
    assert "".join(title.itertext()) == "conformant: plain words"
    assert not list(tree.iter("table"))
    assert "95 of 95 rules judged: 95 passed" in "".join(tree.itertext())


@pytest.mark.parametrize("wrote", ["plain words", HOSTILE])
def test_a_broken_rule_is_a_line(wrote: str) -> None:
    tree = rendered(as_markdown(results(wrote=wrote)))
    (row,) = tree.iterfind(".//tbody/tr")
    outcome, rule, seen, when, hint = ("".join(cell.itertext()) for cell in row)
    assert (outcome, rule) == ("failed", f"{BROKEN} (should)")
    assert "the job ended with exit code 1" in seen
    assert "broken as soon as the rows lie in nested directories" in when
    assert hint == RULES[BROKEN].info.hint
    assert {element.tag for element in tree.iter()} <= {
        *("html", "head", "body", "h2", "p", "code", "strong"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }


@given(st.text())
def test_any_text_comes_out_as_it_is_shown(text: str) -> None:
    (code,) = rendered(f"| a |\n|---|\n| {foreign(text)} |\n").iterfind(".//td/code")
    assert not list(code)
    alike = "".join(code.itertext())
    assert all(c.isprintable() for c in alike)
    assert alike == " ".join(text.split())[:300] or len(alike) >= 300 or not text.isprintable()
