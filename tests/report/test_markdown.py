"""The comment for a pull request: whatever an image wrote stays text in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.judge import RULES
from conformance.report.markdown import as_markdown, foreign
from conformance.report.terminal import shortened
from tests.report.results import BROKEN, HOSTILE, results

PLAIN = {"html", "head", "body", "h2", "p", "code", "strong", "ul", "li"}
"""The elements of a comment in which an image wrote nothing but text."""


def rendered(text: str) -> ET.Element:
    """What a renderer makes of it that does all that those of code hosts do: tables, HTML, addresses as links."""
    html = MarkdownIt("gfm-like", {"html": True}).render(text)
    tree: ET.Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


def words_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_a_conforming_image_has_a_verdict_and_no_list() -> None:
    tree = rendered(as_markdown(results(conforming=True)))
    (title,) = tree.iter("h2")
    assert words_of(title) == "conformant: plain words"
    assert not list(tree.iter("li"))
    assert "95 of 95 rules judged: 95 passed" in words_of(tree)


@pytest.mark.parametrize("wrote", ["plain words", HOSTILE, "see www.example.com, me@example.com @somebody #1 ``` |"])
def test_a_broken_rule_is_an_entry(wrote: str) -> None:
    tree = rendered(as_markdown(results(wrote=wrote)))
    (entry,) = tree.iterfind("./body/ul/li")
    said = words_of(entry)
    assert said.startswith(f"failed {BROKEN} (should): the job ended with exit code 1")
    assert "broken as soon as the rows lie in nested directories" in said
    assert said.endswith(RULES[BROKEN].info.hint)
    assert {element.tag for element in tree.iter()} <= PLAIN


@given(st.text())
@example("`")
@example("``` `` `")
@example("www.example.com me@example.com mailto:a@b.com | \\|")
def test_any_text_comes_out_as_it_is_shown(text: str) -> None:
    tree = rendered(f"- a: {foreign(text)}\n")
    assert not list(tree.iter("a"))
    shown = shortened(text, 300)
    assert [code.text for code in tree.iter("code")] == ([shown] if shown else [])
