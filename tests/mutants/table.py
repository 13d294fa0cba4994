"""What was seen of all trainees, as a document."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Iterator, Mapping

import conformance
from conformance.judge import RULES
from tests.mutants.seen import SIZES, Seen, only_warns
from tests.trainees.mutants import MUTANTS

_HEAD = """\
# Which rule sees which mutant

Every mutant is an image that keeps all rules but one, and breaks that in one way. Written by `make matrix` on {date},
version {version}, Python {python}. Of each size: what the rule said, *–* where it was not seen, nothing where it was
not run. *Others* are what failed or warned besides, of the rules that judged: all, those of the area, or the mutant's
own alone. Whatever `gate` runs, `full` runs too.
"""

Trainees = Mapping[str, Mapping[str, Seen]]
"""What was seen of each trainee, by size."""


def as_markdown(trainees: Trainees) -> str:
    """Return the whole document."""
    date = dt.datetime.now(dt.UTC).date().isoformat()
    head = _HEAD.format(date=date, version=conformance.__version__, python=platform.python_version())
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
    yield "## How many mutants each size shows"
    yield ""
    yield "| size | run | seen |"
    yield "|---|---|---|"
    for size in SIZES:
        # All jobs of gate are among those of full.
        counted = ("gate", "full") if size == "full" else (size,)
        run = [
            [sizes[each] for each in counted if each in sizes] for name, sizes in trainees.items() if name in MUTANTS
        ]
        yield f"| {size} | {sum(map(bool, run))} | {sum(any(map(_is_seen, each)) for each in run)} |"
    yield ""


def _examples(trainees: Trainees) -> Iterator[str]:
    seen = [each for sizes in trainees.values() for each in sizes.values()]
    number, failing = sum(each.examples for each in seen), sum(len(each.not_repeated) for each in seen)
    yield f"Of {number} counterexamples reproduce.sh repeated {number - failing}."
    yield ""


def _mutants(trainees: Trainees) -> Iterator[str]:
    yield "## Mutants"
    yield ""
    yield "| rule | mutant | what it does | smoke | gate | full | others | runs | to minimise |"
    yield "|---|---|---|---|---|---|---|---|---|"
    order = list(RULES)
    for name in sorted((name for name in trainees if name in MUTANTS), key=lambda it: order.index(MUTANTS[it].rule)):
        mutant, sizes = MUTANTS[name], trainees[name]
        outcomes = " | ".join(_outcome(sizes.get(size)) for size in SIZES)
        best = max(sizes.values(), key=lambda seen: seen.rules, default=None)
        others = () if best is None else (rule for rule in (*best.failed, *best.warned) if rule != mutant.rule)
        spent = "|" if best is None else f"{best.runs} | {best.runs_spent}"
        yield f"| {mutant.rule} | {name} | {mutant.does} | {outcomes} | {', '.join(others)} | {spent} |"


def _outcome(seen: Seen | None) -> str:
    if seen is None:
        return ""
    return seen.outcome if _is_seen(seen) else "–"


def _is_seen(seen: Seen) -> bool:
    return seen.outcome == ("warned" if only_warns(MUTANTS[seen.name]) else "failed")
