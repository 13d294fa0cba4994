"""The rules as pytest items, with node ids ``conformance::<rule id>``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from conformance.judge import RULES, Rule
from conformance.values.verdict import Outcome, RuleResult

NODE = "conformance"


class Bench(Protocol):
    """Where items are judged."""

    def asked_for(self, rule_id: str) -> bool:
        """Whether the command line asks for a rule."""

    def judge(self, item: RuleItem) -> RuleResult:
        """Return the outcome of an item's rule, once its runs are in."""

    def failure_text(self, result: RuleResult) -> str:
        """Return what to show of a broken rule."""


class RuleCollector(pytest.Collector):
    """All rules that were asked for."""

    bench: Bench

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item a rule, in the order of the contract."""
        for rule in RULES.values():
            if self.bench.asked_for(rule.id):
                yield RuleItem.make(self, rule, self.bench)


class RuleItem(pytest.Item):
    """One rule."""

    rule: Rule
    bench: Bench
    result: RuleResult | None = None

    @classmethod
    def make(cls, parent: pytest.Collector, rule: Rule, bench: Bench) -> RuleItem:
        """Return the item of a rule."""
        item: RuleItem = cls.from_parent(parent, name=rule.id)
        item.rule = rule
        item.bench = bench
        item.add_marker(str(rule.level))
        return item

    def setup(self) -> None:
        """Wait for the rule's runs and judge it; a fault of the engine is an error, not a failure."""
        self.result = self.bench.judge(self)
        if self.result.outcome is Outcome.ERROR:
            from conformance.report.terminal import printable

            pytest.fail(f"the container engine failed twice: {printable(self.result.reason or '')}", pytrace=False)

    def runtest(self) -> None:
        """Tell pytest the outcome."""
        result = self.result
        assert result is not None, "setup() judges"
        match result.outcome:
            case Outcome.FAILED:
                pytest.fail(self.bench.failure_text(result), pytrace=False)
            case Outcome.WAIVED:
                pytest.xfail(f"waived: {result.reason}")
            case Outcome.NOT_APPLICABLE | Outcome.NOT_JUDGED:
                pytest.skip(f"{result.outcome}: {result.reason}")
            case Outcome.WARNED:
                self.add_report_section("call", "warning", self.bench.failure_text(result))
            case _:
                pass

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where pytest says the item is, and what it calls it by above a failure."""
        # pytest would write the dots of a bare id as colons.
        return self.config.rootpath / NODE, None, f"rule {self.rule.id}"
