"""From the contract to the rules and back."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.contract.clauses import CLAUSES
from conformance.contract.rule_ids import RULE_IDS
from conformance.contract.unobserved import UNOBSERVED
from conformance.judge import RULES
from conformance.report.traceability import as_markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "contract.md"


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text() == as_markdown(RULES), "python -m conformance.report.traceability > docs/contract.md"


def test_every_sentence_has_a_rule() -> None:
    assert {rule.info.clause.key for rule in RULES.values()} == set(CLAUSES)


def test_every_rule_stands_in_it_once() -> None:
    named = re.findall(r"^- \**([a-z]+\.[a-z0-9-]+)\b", as_markdown(RULES), re.MULTILINE)
    assert sorted(named) == sorted(RULE_IDS)


def test_a_reason_names_only_rules_that_there_are() -> None:
    for it in UNOBSERVED:
        named = set(re.findall(r"\b([a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*)\b", it.reason)) - {
            "container.entrypoint",
            "container.arguments",
        }
        assert named <= set(RULES), it
