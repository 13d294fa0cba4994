"""``report.md``: the results for a comment on a pull request and the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.report.results import Results
from conformance.report.terminal import by_reason, counts, remarks_on, shortened
from conformance.report.verdict import BROKEN
from conformance.values.verdict import Outcome, RuleResult, Verdict

_SHOWN_CHARACTERS = 300
_SHOWN_RULES = 3
_BACKTICKS = re.compile("`+")


def as_markdown(results: Results) -> str:
    """Return the verdict and the counts, an entry for each rule that is broken or could not be judged for an error, and
    what the verdict cannot be understood without."""
    partial = " (partial)" if results.partial else ""
    lines = [
        f"## {results.ending.verdict}{partial}: {foreign(results.image.reference)}",
        "",
        counts(results.rules),
        "",
        *(
            line
            for outcome in BROKEN
            for result in results.rules
            if result.outcome is outcome
            for line in _entry(result)
        ),
        *_open(results),
        *(f"- {foreign(remark)}" for remark in remarks_on(results)),
        "",
        f"size {results.settings.size}, level {results.settings.level}, seed {results.settings.seed}, "
        f"config digest `{results.image.config_digest}`, {results.runs.executed} runs in {results.runs.wall_s:.0f} s",
    ]
    return "\n".join(lines) + "\n"


def foreign(text: str) -> str:
    """Return a text that an image wrote, as code on one line: in it there is no markup, no link and no mention.

    https://spec.commonmark.org/0.31.2/#code-spans
    """
    shown = shortened(text, _SHOWN_CHARACTERS)
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    return f"{fence} {shown} {fence}"


def _entry(result: RuleResult) -> Iterator[str]:
    rule, found = result.rule, result.counterexample
    yield f"- **{result.outcome}** `{rule.id}` ({rule.level}): {foreign(result.message or result.reason or '')}"
    if result.outcome is Outcome.WAIVED:
        yield f"  - {foreign(result.reason or '')}"
    if found is not None and found.sentence:
        yield f"  - {foreign(found.sentence)}"
    yield f"  - {rule.hint}"


def _open(results: Results) -> Iterator[str]:
    """Yield why rules were not judged, where that leaves the verdict open."""
    if results.ending.verdict is not Verdict.INCONCLUSIVE:
        return
    for reason, ids in by_reason(results.rules, Outcome.NOT_JUDGED).items():
        more = f" and {len(ids) - _SHOWN_RULES} more" if len(ids) > _SHOWN_RULES else ""
        yield f"- **{Outcome.NOT_JUDGED}** {', '.join(f'`{it}`' for it in ids[:_SHOWN_RULES])}{more}: {foreign(reason)}"
