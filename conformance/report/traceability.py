"""From every sentence of the contract to the rules that check it, or to the reason why none does; as Markdown.

python -m conformance.report.traceability > docs/contract.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from conformance.contract.clauses import CLAUSES
from conformance.contract.unobserved import UNOBSERVED
from conformance.judge import RULES
from conformance.judge.rule import Rule

_HEAD = """\
# The contract, sentence by sentence

Every sentence that the rules rest on, where it stands, and the rules that check it. A sentence that no page states is
*derived*: from facts of the platform, or from failures that people report again and again. Written by
`python -m conformance.report.traceability`.
"""


def as_markdown(rules: Mapping[str, Rule]) -> str:
    """Return the whole document."""
    return "\n".join(_lines(rules))


def _lines(rules: Mapping[str, Rule]) -> Iterator[str]:
    yield _HEAD
    sources = dict.fromkeys(clause.source for clause in CLAUSES.values())
    for source in sources:
        yield f"## <{source}>"
        yield ""
        for clause in (clause for clause in CLAUSES.values() if clause.source == source):
            quoted = clause.basis == "quoted"
            yield f"> {clause.text}" if quoted else f"(derived) {clause.text}"
            yield ""
            for rule in (rule for rule in rules.values() if rule.info.clause == clause):
                yield f"- **{rule.id}** ({rule.level}): {rule.info.title}"
            yield ""
    yield "## Sentences that no rule checks"
    yield ""
    for it in UNOBSERVED:
        yield f"> {it.text}"
        yield ""
        yield f"<{it.source}>. {it.reason}"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(as_markdown(RULES))
