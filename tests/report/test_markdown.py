"""The comment for a pull request: whatever an image wrote stays text in it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.judge import RULES
from conformance.report.markdown import as_markdown, foreign
from conformance.report.results import Results
from conformance.report.terminal import shortened
from conformance.report.verdict import ending
from conformance.values.verdict import Outcome, Why
from tests.report.results import BROKEN, EXPIRED, HOSTILE, results

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


def with_outcome(outcome: Outcome, **changes: object) -> Results:
    """The results of an image, its broken rule with another outcome."""
    found = results()
    rules = tuple(replace(r, outcome=outcome, **changes) if r.rule.id == BROKEN else r for r in found.rules)  # type: ignore[arg-type]
    return replace(found, rules=rules, ending=ending(rules, interrupted=False, stale_waivers=False))


def test_waivers_are_told() -> None:
    found = with_outcome(Outcome.WAIVED, reason="known | so (waived by me@example.com until 2999-12-31)")
    said = words_of(rendered(as_markdown(replace(found, stale=(EXPIRED,), relaxed=("network=bridge",)))))
    assert f"waived {BROKEN} (should): the job ended with exit code 1" in said
    assert "known | so (waived by me@example.com until 2999-12-31)" in said
    assert "waiver of logs.stdio (ml@example.com) expired on 2020-01-01" in said
    assert "relaxed: network=bridge" in said


def test_why_nothing_can_be_said_is_told() -> None:
    found = with_outcome(Outcome.NOT_JUDGED, reason="the budget was spent", why=Why.BUDGET)
    said = words_of(rendered(as_markdown(found)))
    assert said.startswith("inconclusive: plain words")
    assert f"not-judged {BROKEN}: the budget was spent" in said


@given(st.text())
@example("`")
@example("``` `` `")
@example("www.example.com me@example.com mailto:a@b.com | \\|")
def test_any_text_comes_out_as_it_is_shown(text: str) -> None:
    tree = rendered(f"- a: {foreign(text)}\n")
    assert not list(tree.iter("a"))
    shown = shortened(text, 300)
    assert [code.text for code in tree.iter("code")] == ([shown] if shown else [])
