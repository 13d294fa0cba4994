"""``report.md``: the results for a comment on a pull request and the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.report.results import Results
from conformance.report.terminal import counts, shortened
from conformance.values.verdict import Outcome, RuleResult

_BROKEN = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.WAIVED)
_SHOWN_CHARACTERS = 300
# What CommonMark, its tables and HTML could take for more than a character.
_MARKUP = re.compile(r"[&<>|`*_~\[\](){}#!\\:@-]")


def as_markdown(results: Results) -> str:
    """Return the verdict, the counts, and a line for each rule that is broken or could not be judged for an error."""
    partial = " (partial)" if results.partial else ""
    lines = [
        f"## {results.ending.verdict}{partial}: {foreign(results.image.reference)}",
        "",
        counts(results.rules),
        "",
        *_broken([result for outcome in _BROKEN for result in results.rules if result.outcome is outcome]),
        f"size {results.settings.size}, level {results.settings.level}, seed {results.settings.seed}, "
        f"config digest `{results.image.config_digest}`, {results.runs.executed} runs in {results.runs.wall_s:.0f} s",
    ]
    return "\n".join(lines) + "\n"


def foreign(text: str) -> str:
    """Return a text that an image wrote, as code on one line: no markup, no link, and nobody is mentioned by it."""
    shown = shortened(text, _SHOWN_CHARACTERS)
    return f"<code>{_MARKUP.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"


def _broken(broken: list[RuleResult]) -> Iterator[str]:
    if not broken:
        return
    yield "| outcome | rule | what was seen | when | what to do |"
    yield "|---|---|---|---|---|"
    for result in broken:
        rule, found = result.rule, result.counterexample
        cells = [
            f"**{result.outcome}**",
            f"`{rule.id}` ({rule.level})",
            foreign(result.message or result.reason or ""),
            foreign(found.sentence) if found is not None and found.sentence else "",
            rule.hint.replace("|", "&#124;"),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
