"""The page for people: valid, whole in itself, and harmless whatever an image wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import html5lib
import pytest

from conformance.judge import RULES
from conformance.plan import draw_plan
from conformance.report.html.coverage import coverage_of
from conformance.report.html.page import as_html
from conformance.report.html.plots import growth, how, timeline
from conformance.report.results import Taken
from conformance.values.run import Run, Signal
from tests.judge.evidence import IMAGE, MANIFEST, loaded
from tests.report.results import BROKEN, HOSTILE, results

_MB = 10**6


def parsed(text: str) -> ET.Element:
    """The page, read by a parser that takes no mistake."""
    tree: ET.Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def words_of(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def acts_on_nothing(page: ET.Element) -> bool:
    """Whether there is nothing in a page that a browser acts on, but links."""
    tags = {element.tag for element in page.iter()}
    handlers = [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    return not handlers and not tags & {"script", "img", "iframe", "object", "form", "base"}


@pytest.fixture(scope="module")
def page() -> ET.Element:
    return parsed(as_html(results(wrote=HOSTILE)))


def test_all_rules_are_in_it() -> None:
    tree = parsed(as_html(results(conforming=True)))
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
    assert acts_on_nothing(page)
    sources = {rule.info.clause.source for rule in RULES.values()}
    assert {element.attrib["href"] for element in page.iter("a")} == sources | {"#rules"}
    text = words_of(page)
    assert "<script>alert(1)</script>" in text
    assert not [c for c in text if not c.isprintable()]


def test_it_asks_nobody_for_anything() -> None:
    text = as_html(results(wrote=HOSTILE))
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|<link[^>]+stylesheet| src=\"", text.replace("&#34;", ""))


@pytest.mark.parametrize("formats", ['["csv"]', '["parquet"]', '["csv", "parquet"]'])
def test_pairs_are_those_of_the_plan(formats: str) -> None:
    manifest = loaded(
        MANIFEST.replace(
            b"[[channels.train.columns]]",
            f"[channels.train]\nformats = {formats}\n[[channels.train.columns]]".encode(),
            1,
        )
    )
    plan = draw_plan(manifest, size="gate", seed=0)
    found = coverage_of([Run(job, 0) for job in plan.jobs], manifest.manifest)
    # Those of values that need the only format there is among them, which are half of all.
    assert found.pairs > 1000
    assert not found.missed
    few = coverage_of([Run(job, 0) for job in plan.jobs[:1]], manifest.manifest)
    assert 1000 < len(few.missed) < few.pairs == found.pairs


def test_how_a_stopped_run_came_out_is_told() -> None:
    (job,) = {run.job for run in results(runs=1).history}
    assert how(Run(job, 143, signal=Signal(1.0))) == "failed"
    assert how(Run(job, 137, signal=Signal(1.0, killed=True))) == "killed"
    assert how(Run(job, None, never_started="no")) == "killed"


@pytest.mark.parametrize(
    "wrote", ["a line of a log\n", '{"message": "<a line of a log>"}\n', "\u2028", "\0", "\U0001f600"]
)
def test_it_stays_small(wrote: str) -> None:
    found = results(wrote=wrote * (_MB // len(wrote)))
    (broken,) = (rule for rule in found.rules if rule.rule.id == BROKEN)
    assert all(len(run.stdout.text) == len(wrote) * (_MB // len(wrote)) for run in found.history)
    every = tuple(replace(broken, rule=rule.info) for rule in RULES.values())
    page = as_html(replace(found, rules=every, image=IMAGE))
    assert len(page.encode()) < 5 * _MB
    assert parsed(page) is not None


def test_plots_are_of_what_there_is() -> None:
    drawn = results(runs=3)
    bars = ET.fromstring(timeline(drawn.history))
    assert [it.attrib["class"] for it in bars.iter("rect")] == ["failed", "failed", "failed"]
    assert timeline(()) == growth((Taken(10, 0.1, None),)) == ""
    curves = ET.fromstring(growth(drawn.runs.by_rows))
    assert len(list(curves.iter("polyline"))) == 2
    assert len(list(ET.fromstring(growth((Taken(1, 0.1, None), Taken(10, 1, None)))).iter("polyline"))) == 1
