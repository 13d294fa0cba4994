"""What sessions said of trainees, kept from one day to the next, and what of it should not be so."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import conformance
from conformance.judge import RULES
from conformance.values.verdict import Level
from tests.conftest import Outcome
from tests.trainees.mutants import MUTANTS, Mutant

SIZES = ("smoke", "gate", "full")
MOST_RUNS_TO_MINIMISE = 25
KEPT = Path(".cache/matrix")


@dataclass(frozen=True)
class Seen:
    """What a session said of a trainee: the outcome of a mutant's own rule, the verdict on any other trainee, and which
    rules failed or warned, or were in error and why.

    ``differences`` are those of the counterexample, and ``runs_spent`` is what it took to find them. ``rules`` is how
    many rules judged. ``examples`` is how many counterexamples there are, ``not_repeated`` of those that could
    not be repeated the rules, with what was said.
    """

    name: str
    size: str
    outcome: str
    rules: int
    failed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    runs_spent: int = 0
    runs: int = 0
    wall_s: float = 0.0
    examples: int = 0
    not_repeated: tuple[str, ...] = ()


def seen_of(name: str, size: str, found: Outcome) -> Seen:
    """Return what a session said of a trainee."""
    if found.report is None:
        return Seen(name, size, f"no report: {found.output[-2000:]}", 0)
    outcome, example = found.report["verdict"], None
    if (mutant := MUTANTS.get(name)) is not None:
        own = next(rule for rule in found.report["rules"] if rule["id"] == mutant.rule)
        outcome, example = own["outcome"], own["counterexample"]
    runs = found.report["runs"]
    return Seen(
        name,
        size,
        outcome,
        len(found.report["rules"]) - len(_not_selected(found.report)),
        failed=tuple(sorted(found.rules("failed"))),
        warned=tuple(sorted(found.rules("warned"))),
        errors=tuple(
            f"{rule['id']} ({rule['reason']})" for rule in found.report["rules"] if rule["outcome"] == "error"
        ),
        differences=tuple(example["differences"]) if example else (),
        runs_spent=example["runs_spent"] if example else 0,
        runs=runs["executed"],
        wall_s=runs["wall_s"],
    )


def _not_selected(report: Mapping[str, Any]) -> list[str]:
    return [rule["id"] for rule in report["rules"] if rule["reason"] == "it was not selected"]


def only_warns(mutant: Mutant) -> bool:
    """Whether breaking the rule in a mutant's way is no failure."""
    return mutant.warns or RULES[mutant.rule].level is Level.MAY


def false_alarms(seen: Seen) -> list[str]:
    """Return the rules that failed on a trainee that gives them no reason to."""
    mutant = MUTANTS.get(seen.name)
    return sorted(set(seen.failed) - ({mutant.rule, *mutant.also} if mutant else set()))


def wrong(seen: Seen) -> Iterator[str]:
    """Yield what should not be so, if the size is one that shows the mutant."""
    if seen.errors:
        yield f"error: {', '.join(seen.errors)}"
    yield from (f"not repeated: {said}" for said in seen.not_repeated)
    mutant = MUTANTS.get(seen.name)
    if mutant is None:
        if seen.outcome != "conformant" or seen.failed:
            yield f"{seen.outcome}: {', '.join(seen.failed)}"
        return
    wanted = "warned" if only_warns(mutant) else "failed"
    if seen.outcome != wanted:
        yield f"{mutant.rule} {seen.outcome}, should be {wanted}"
    if others := false_alarms(seen):
        yield f"failed too: {', '.join(others)}"
    if seen.runs_spent > MOST_RUNS_TO_MINIMISE:
        yield f"{seen.runs_spent} runs to minimise"
    if len(seen.differences) > mutant.differences:
        yield f"{len(seen.differences)} differences"


def kept_at(name: str, image: str, size: str, rules: int) -> Path:
    """Return where it is kept what so many rules of this code said of a trainee's image, whose tag is made of its
    content."""
    return KEPT / code_digest()[:16] / f"{name}-{image.rpartition(':')[2][:16]}-{size}-{rules}.json"


@functools.cache
def code_digest() -> str:
    """The SHA-256, in hexadecimal, of the code that decides what is said of an image, and of what repeats it: not of
    what else writes it down, nor of what faces pytest and its user."""
    digest = hashlib.sha256()
    package = Path(conformance.__file__).parent
    deciding = ["session.py", "report/verdict.py", "report/waivers.py"]
    repeating = ["report/counterexample.py", "report/reproduce.py", "report/reproduce_container.py"]
    folders = ("contract", "data", "judge", "manifest", "plan", "run", "values")
    for path in sorted(
        [
            *map(package.joinpath, deciding + repeating),
            *(it for part in folders for it in (package / part).rglob("*.py")),
        ]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def keep(seen: Seen, path: Path) -> None:
    """Keep what was seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(seen)))


def kept(path: Path) -> Seen | None:
    """Return what was kept, if there is something."""
    if not path.is_file():
        return None
    known: Any = {key: tuple(it) if isinstance(it, list) else it for key, it in json.loads(path.read_text()).items()}
    return Seen(**known)
