"""What a person reads: a header, and of each rule what came of it, the broken ones first. Plain text, no I/O."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.contract.clauses import Clause
from conformance.manifest import LoadedManifest
from conformance.report.results import Results
from conformance.report.verdict import BROKEN, count
from conformance.settings import Settings
from conformance.values.image import Engine, Image
from conformance.values.verdict import Outcome, RuleResult, Why

WIDTH = 80
_DIGEST_CHARACTERS = 19
_MANIFEST_WORDS = {
    "option": "given on the command line",
    "image": "in the image",
    "generic": "the generic one, with the columns x1, x2, x3 and label: the image brings none, and none was given with "
    "--contract-manifest",
}


def header(
    settings: Settings, engine: Engine, image: Image, loaded: LoadedManifest, workers: int, runs: int
) -> list[str]:
    """Return the lines above the results."""
    words = _MANIFEST_WORDS[loaded.source]
    if settings.replay is not None and settings.manifest is not None and settings.manifest.parent == settings.replay:
        words = "as the counterexample has it"
    return [
        f"contract: image {printable(image.reference)}",
        f"contract: config digest {image.config_digest[:_DIGEST_CHARACTERS]}, {printable(image.platform)}",
        f"contract: manifest {printable(loaded.location)}, {words}",
        f"contract: size {settings.size}, level {settings.level}, seed {settings.seed}, "
        f"targets {', '.join(loaded.manifest.algorithm.targets)}",
        f"contract: {engine.name} {engine.version}, {workers} runs at a time, {runs} runs planned",
    ]


def rule_line(result: RuleResult) -> str:
    """Return the one line that says what came of a rule."""
    rule = result.rule
    about = result.reason or result.message or ""
    line = f"{result.outcome:<14} {rule.level:<6} {rule.id}"
    return f"{line}: {shortened(about, max(20, WIDTH - len(line) - 2))}" if about else line


def failure_text(result: RuleResult, folder: Path | None) -> str:
    """Return what to know of a broken rule: clause, what was seen, the difference, the hint, how to repeat it."""
    rule = result.rule
    found = result.counterexample
    parts = [
        ("", f"{rule.title} [{rule.level}]"),
        ("clause", clause_text(rule.clause)),
        ("source", rule.clause.source),
        ("seen", result.message or ""),
        ("waived", (result.reason or "") if result.outcome is Outcome.WAIVED else ""),
        ("when", found.sentence if found is not None else ""),
        ("hint", rule.hint),
        ("repeat", str(folder / "reproduce.sh") if folder is not None else ""),
    ]
    return "\n".join(line for label, text in parts if text for line in labelled(label, text))


def clause_text(clause: Clause) -> str:
    """Return the text of a clause, in quotation marks if it is the documentation's own."""
    return f'"{clause.text}"' if clause.basis == "quoted" else f"(derived) {clause.text}"


def overview(rules: Sequence[RuleResult], folder_of: Callable[[str], Path | None]) -> Iterator[tuple[str, Outcome]]:
    """Yield the lines about the rules, each with the outcome that it is about: first what is broken, what is no failure
    with all that is known of it, as nothing else tells it; then what is open and why; then what passed, by area.

    ``folder_of`` gives the folder of a rule's counterexample.
    """
    for outcome in BROKEN:
        for result in rules:
            if result.outcome is outcome:
                yield rule_line(result), outcome
                if outcome in (Outcome.WARNED, Outcome.WAIVED):
                    yield from (
                        (line, outcome) for line in [*failure_text(result, folder_of(result.rule.id)).split("\n"), ""]
                    )
    for outcome in (Outcome.NOT_JUDGED, Outcome.NOT_APPLICABLE):
        for reason, ids in by_reason(rules, outcome).items():
            yield from ((line, outcome) for line in _wrapped(f"{outcome}: {', '.join(ids)}; {printable(reason)}"))
    passed = (result.rule for result in rules if result.outcome is Outcome.PASSED)
    for _, area in itertools.groupby(passed, key=lambda rule: rule.area):
        listed = f"{Outcome.PASSED}: {', '.join(rule.id for rule in area)}"
        yield from ((line, Outcome.PASSED) for line in _wrapped(listed))


def summary(results: Results, folder: Path | None) -> list[str]:
    """Return the lines below the results: stale waivers, what was relaxed, the verdict to quote."""
    return [
        *remarks_on(results),
        counts(results.rules),
        f"{results.runs.executed} runs in {results.runs.wall_s:.0f} s "
        f"({results.runs.container_s:.0f} container seconds, {results.runs.workers} at a time)",
        *([f"report: {folder}"] if folder is not None else []),
        f"verdict: {results.ending.verdict}{' (partial)' if results.partial else ''}, "
        f"exit code {results.ending.exit_code}",
    ]


def remarks_on(results: Results) -> list[str]:
    """Return what a verdict cannot be read without: stale waivers, and what was relaxed."""
    return remarks([(it.waiver.rule, it.waiver.owner, it.why) for it in results.stale], results.relaxed)


def remarks(stale: Sequence[tuple[str, str, str]], relaxed: Sequence[str]) -> list[str]:
    """Return the remarks on rule, owner and what is wrong of waivers, and on what was relaxed."""
    return [
        *(f"waiver of {rule} ({owner}) {why}" for rule, owner, why in stale),
        *([f"relaxed: {', '.join(relaxed)}"] if relaxed else []),
    ]


def shortened(text: str, width: int) -> str:
    """Return a text on one line of ``width`` characters at most."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


def printable(text: str) -> str:
    """Return a text in which nothing can move the cursor or change colours: images write much of what is shown."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines in which nothing else is acted on; no lone surrogate is in it either."""
    return "".join(c if c.isprintable() or c in "\n\t" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def labelled(label: str, text: str) -> list[str]:
    """Return a text in lines of 80 columns, behind its label."""
    indent = f"{label:<7} " if label else ""
    hanging = " " * len(indent)
    wrapper = textwrap.TextWrapper(
        WIDTH,
        initial_indent=indent,
        subsequent_indent=hanging,
        # A path or an address that is cut in two cannot be copied.
        break_long_words=label not in ("source", "repeat"),
        break_on_hyphens=False,
    )
    return wrapper.wrap(printable(text))


def counts(rules: Sequence[RuleResult]) -> str:
    """Return what a person can quote: how many rules were judged, and how."""
    judged = [r for r in rules if r.outcome not in (Outcome.NOT_APPLICABLE, Outcome.NOT_JUDGED, Outcome.ERROR)]
    counts = ", ".join(f"{number} {outcome}" for outcome, number in count(rules).items())
    return f"{len(judged)} of {len(rules)} rules judged: {counts}"


def by_reason(rules: Sequence[RuleResult], outcome: Outcome) -> dict[str, list[str]]:
    """Return the ids of the rules with an outcome, by why; those that were not selected are nobody's business."""
    reasons: dict[str, list[str]] = {}
    for result in rules:
        if result.outcome is outcome and result.why is not Why.SELECTION:
            reasons.setdefault(result.reason or "", []).append(result.rule.id)
    return reasons


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
