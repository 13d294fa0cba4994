"""``conformance rules``: the rules, and all that is said of one."""

from __future__ import annotations

import difflib

from conformance.command.failing import CommandError
from conformance.judge import RULES
from conformance.report.terminal import clause_text, labelled

_SHOWN = 3


def all_rules() -> list[str]:
    """Return a line a rule: level, id, and the sentence that it checks."""
    width = max(map(len, RULES))
    return [f"{rule.info.level:<6} {rule.id:<{width}} {rule.info.title}" for rule in RULES.values()]


def one_rule(rule_id: str) -> list[str]:
    """Return all that is said of a rule. Raises CommandError with the ids that are most alike if there is none."""
    if rule_id not in RULES:
        alike = difflib.get_close_matches(rule_id, RULES, _SHOWN, cutoff=0.4)
        meant = f"; is it {' or '.join(alike)}?" if alike else "; `conformance rules` lists all"
        raise CommandError(f"there is no rule {rule_id!r}{meant}")
    rule = RULES[rule_id]
    parts = [
        ("", f"{rule.info.title} [{rule.info.level}]"),
        ("clause", clause_text(rule.info.clause)),
        ("source", rule.info.clause.source),
        ("targets", ", ".join(rule.targets)),
        ("size", f"{rule.size} alone" if rule.size else "any that has a job which shows it"),
        ("hint", rule.info.hint),
    ]
    return [line for label, text in parts for line in labelled(label, text)]
