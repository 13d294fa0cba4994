"""From the results to the text of the page. What comes from an image is escaped, and nothing in it is acted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import jinja2
import pandas as pd
from markupsafe import Markup, escape

import conformance
from conformance.contract.limits import STATUS_DETAILS_CHARACTERS
from conformance.data.files import rows_of
from conformance.judge.phrases import told_differences
from conformance.manifest import LoadedManifest
from conformance.report.html.coverage import coverage_of
from conformance.report.html.plots import growth, timeline
from conformance.report.json_report import COUNTEREXAMPLES
from conformance.report.results import Results
from conformance.report.terminal import counts, printable_lines
from conformance.report.verdict import BROKEN, count
from conformance.values.run import Log, Run
from conformance.values.verdict import Outcome, RuleResult

_ROWS_SHOWN = 8
_CELL_CHARACTERS = 80
_PAIRS_SHOWN = 200
# A job with more is there for their number, not for what they hold.
_MOST_ROWS = 5_000
_LOG_CHARACTERS = 20_000
# What is shown of a character takes eight bytes at most, and a page is to stay below 5 MB.
_ALL_LOG_CHARACTERS = 500_000
_BEYOND_CHARACTERS = 500


@dataclass(frozen=True)
class Table:
    """The first rows of a channel; None is a null."""

    channel: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    more: int


@dataclass(frozen=True)
class FailureText:
    """A failure file: what GetTrainedModel shows of it, and what stands behind that."""

    shown: str
    beyond: str
    size_bytes: int


@dataclass(frozen=True)
class Shot:
    """One run of a counterexample, as it is shown."""

    title: str
    ending: str
    failure: FailureText | None
    tables: tuple[Table, ...]
    logs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """One broken rule, with what to know of it."""

    result: RuleResult
    shots: tuple[Shot, ...]
    repeat: str | None


@dataclass(frozen=True)
class Area:
    """The rules of one area. ``broken`` says that one of them is."""

    name: str
    results: tuple[RuleResult, ...]
    tally: str
    broken: bool


def as_html(results: Results) -> str:
    """Return the whole page, which lies beside the folder with the counterexamples."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.report.html", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = printable_lines
    environment.filters["ticked"] = _ticked
    broken = [result for outcome in BROKEN for result in results.rules if result.outcome is outcome]
    logs = sum(len(result.counterexample.runs) * 2 for result in broken if result.counterexample is not None)
    excerpt = partial(_excerpt, characters=min(_LOG_CHARACTERS, _ALL_LOG_CHARACTERS // max(logs, 1)))
    return environment.get_template("page.html.jinja").render(
        results=results,
        version=conformance.__version__,
        counts=counts(results.rules),
        cards=[_card(result, results.loaded, excerpt) for result in broken],
        areas=list(_areas(results.rules)),
        timeline=timeline(results.history),
        growth=growth(results.runs.by_rows),
        coverage=coverage_of(results.history, results.loaded.manifest),
        runs=list(_listed(results.history)),
        characters=STATUS_DETAILS_CHARACTERS,
        most_pairs=_PAIRS_SHOWN,
    )


def _card(result: RuleResult, loaded: LoadedManifest, excerpt: Callable[[Log], str]) -> Card:
    found = result.counterexample
    runs = found.runs if found is not None else ()
    titles = ("the job that breaks the rule", "for comparison")
    shots = tuple(
        Shot(
            title=titles[0] if number == 0 else titles[1],
            ending=run.ending,
            failure=_failure(run),
            tables=tuple(_tables(run, loaded)) if number == 0 else (),
            logs=tuple(
                (name, excerpt(log)) for name, log in (("stdout", run.stdout), ("stderr", run.stderr)) if log.text
            ),
        )
        for number, run in enumerate(runs)
    )
    repeat = None if result.outcome is Outcome.ERROR else f"{COUNTEREXAMPLES}/{result.rule.id}/reproduce.sh"
    return Card(result, shots, repeat)


def _failure(run: Run) -> FailureText | None:
    entry = run.failure
    if entry is None or entry.kind != "file":
        return None
    text = entry.content.decode("utf-8", errors="replace")
    shown = run.status_details
    return FailureText(shown, text[len(shown) : len(shown) + _BEYOND_CHARACTERS], entry.size_bytes)


def _tables(run: Run, loaded: LoadedManifest) -> Iterator[Table]:
    for recipe in run.job.data:
        if recipe.rows <= _MOST_ROWS:
            frame = rows_of(run.job, recipe, loaded)
            rows = tuple(
                tuple(None if pd.isna(cell) else _cell(cell) for cell in row)
                for row in frame.head(_ROWS_SHOWN).astype(object).itertuples(index=False, name=None)
            )
            yield Table(recipe.channel, tuple(map(str, frame.columns)), rows, len(frame) - len(rows))


def _cell(cell: object) -> str:
    text = str(cell)
    return text if len(text) <= _CELL_CHARACTERS else f"{text[:_CELL_CHARACTERS]}…"


def _excerpt(log: Log, characters: int) -> str:
    if len(log.text) <= characters:
        return log.text
    half = characters // 2
    return f"{log.text[:half]}\n… {len(log.text) - 2 * half} characters …\n{log.text[-half:]}"


def _ticked(text: str) -> Markup:
    """Return a text of ours with what stands between backticks as code."""
    parts = text.split("`")
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if number % 2 else escape(part) for number, part in enumerate(parts))


def _areas(rules: Sequence[RuleResult]) -> Iterator[Area]:
    for name in dict.fromkeys(result.rule.area for result in rules):
        of_area = tuple(result for result in rules if result.rule.area == name)
        tally = ", ".join(f"{number} {outcome}" for outcome, number in count(of_area).items())
        yield Area(name, of_area, tally, any(result.outcome in BROKEN for result in of_area))


def _listed(history: Sequence[Run]) -> Iterator[tuple[Run, str]]:
    """Yield the runs in the order in which they began, each with what distinguishes it from the plain one."""
    if not history:
        return
    in_order = sorted(history, key=lambda run: run.began_s)
    told = partial(told_differences, neighbour=in_order[0].job)
    for run in in_order:
        yield run, "; ".join(told(run.job)) or "the plain job"
