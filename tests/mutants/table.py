"""What was seen of all trainees, as a document."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import conformance
from conformance.judge import RULES
from tests.mutants.seen import SIZES, Seen, code_digest, false_alarms, only_warns
from tests.trainees.mutants import MUTANTS

_HEAD = """\
# Which rule sees which mutant

Every mutant is an image that breaks one rule in one way. Written by `tests.mutants.matrix` on {date}:
version {version}, code `{code}`, Python {python}, {libraries}.

Of each size: what the rule said, *–* where it was not seen, nothing where it was not run. *By* is how many rules
judged: all, those of the area, or the mutant's own alone. *Others* are those of them that failed or warned besides, in
bold where the mutant gives them no reason to fail. Whatever `gate` runs, `full` runs too. Sessions ran side by
side, so seconds say little. The mutant that breaks its rule by chance, `same-outcome-chance`, has a test of its own.
"""
_LIBRARIES = ("hypothesis", "allpairspy", "numpy", "pyarrow", "pytest")

Trainees = Mapping[str, Mapping[str, Seen]]
"""What was seen of each trainee, by size."""


def as_markdown(trainees: Trainees) -> str:
    """Return the whole document."""
    date = dt.datetime.now(dt.UTC).date().isoformat()
    head = _HEAD.format(
        date=date,
        version=conformance.__version__,
        code=code_digest()[:16],
        python=platform.python_version(),
        libraries=", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    )
    return (
        "\n".join([head, *_conforming(trainees), *_counts(trainees), *_examples(trainees), *_mutants(trainees)]) + "\n"
    )


def _conforming(trainees: Trainees) -> Iterator[str]:
    yield "## Conforming trainees"
    yield ""
    yield "| trainee | size | runs | seconds | failed | warned |"
    yield "|---|---|---|---|---|---|"
    for name, sizes in trainees.items():
        for seen in sizes.values() if name not in MUTANTS else ():
            rules = f"{', '.join(seen.failed) or '–'} | {', '.join(seen.warned) or '–'}"
            yield f"| {name} | {seen.size} | {seen.runs} | {seen.wall_s:.0f} | {rules} |"
    yield ""


def _counts(trainees: Trainees) -> Iterator[str]:
    mutants = {name: sizes for name, sizes in trainees.items() if name in MUTANTS}
    yield "## How many mutants each size shows"
    yield ""
    yield f"| size | run, of {len(mutants)} | seen |"
    yield "|---|---|---|"
    for size in SIZES:
        # All jobs of gate are among those of full.
        counted = ("gate", "full") if size == "full" else (size,)
        run = [[sizes[each] for each in counted if each in sizes] for sizes in mutants.values()]
        yield f"| {size} | {sum(map(bool, run))} | {sum(any(map(_is_seen, each)) for each in run)} |"
    yield ""
    unseen = [name for name, sizes in mutants.items() if not any(map(_is_seen, sizes.values()))]
    yield f"Seen at no size: {', '.join(unseen) or 'none'}."
    yield ""
    alarms = [
        f"{name} at {seen.size} ({rule})"
        for name, sizes in trainees.items()
        for seen in sizes.values()
        for rule in false_alarms(seen)
    ]
    yield f"False alarms above `may`: {'; '.join(alarms) or 'none'}."
    yield ""
    everything = [seen for sizes in trainees.values() for seen in sizes.values()]
    yield f"All this took {len(everything)} sessions with {sum(seen.runs for seen in everything)} runs."
    yield ""


def _examples(trainees: Trainees) -> Iterator[str]:
    seen = [each for sizes in trainees.values() for each in sizes.values()]
    number, failing = sum(each.examples for each in seen), sum(len(each.not_repeated) for each in seen)
    yield f"Of {number} counterexamples reproduce.sh repeated {number - failing}."
    yield ""


def _mutants(trainees: Trainees) -> Iterator[str]:
    yield "## Mutants"
    yield ""
    yield "| rule | mutant | what it does | by | smoke | gate | full | others | runs | to minimise |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    order = list(RULES)
    for name in sorted((name for name in trainees if name in MUTANTS), key=lambda it: order.index(MUTANTS[it].rule)):
        mutant, sizes = MUTANTS[name], trainees[name]
        does = mutant.does.replace("|", "\\|")
        outcomes = " | ".join(_outcome(sizes.get(size)) for size in SIZES)
        best = max(sizes.values(), key=lambda seen: seen.rules, default=None)
        others = [] if best is None else _others(best)
        by, spent = ("", "|") if best is None else (best.rules, f"{best.runs} | {best.runs_spent}")
        yield f"| {mutant.rule} | {name} | {does} | {by} | {outcomes} | {', '.join(others)} | {spent} |"


def _others(seen: Seen) -> list[str]:
    unexpected = false_alarms(seen)
    others = (rule for rule in (*seen.failed, *seen.warned) if rule != MUTANTS[seen.name].rule)
    return [f"**{rule}**" if rule in unexpected else rule for rule in others]


def _outcome(seen: Seen | None) -> str:
    if seen is None:
        return ""
    return seen.outcome if _is_seen(seen) else "–"


def _is_seen(seen: Seen) -> bool:
    return seen.outcome == ("warned" if only_warns(MUTANTS[seen.name]) else "failed")
