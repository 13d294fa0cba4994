"""The mutants against the rules, as a table: python -m tests.mutants.matrix [--size SIZE] [--all] [MUTANT ...]

One mutant a rule is judged by all rules, the others by those of their area, unless --all is given.

What was seen is kept in .cache/matrix, a file for each mutant's image and size; a second call goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import docker

from conformance.judge import RULES
from conformance.values.verdict import Level
from tests.conftest import Outcome, run_suite
from tests.trainees.images import image_for
from tests.trainees.mutants import MUTANTS, Mutant

MOST_RUNS_TO_MINIMISE = 25
BY_CHANCE = "same-outcome-chance"
"""A mutant that by chance may also fail in a way that another rule answers for."""
CERTAIN = sorted(MUTANTS.keys() - {BY_CHANCE})
_KEPT = Path(".cache/matrix")


@dataclass(frozen=True)
class Seen:
    """What a session said of a mutant: of its own rule, and which other rules failed or warned.

    ``runs_spent`` is what the search for the smallest difference took, ``wrong`` what should not be so.
    """

    mutant: str
    size: str
    outcome: str
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    differences: tuple[str, ...]
    runs_spent: int
    runs: int
    wall_s: float
    wrong: tuple[str, ...]


def options(mutant: Mutant, size: str) -> list[str]:
    """How the suite is called for a mutant, but for the image and the rules."""
    # Jobs that wait to be killed do not keep each other from running.
    return ["--contract-diagnose-network", f"--contract-size={size}", *(["--contract-workers=4"] * mutant.slow)]


def only_warns(mutant: Mutant) -> bool:
    """Whether breaking the rule in a mutant's way is no failure."""
    return mutant.warns or RULES[mutant.rule].level is Level.MAY


def seen_of(name: str, size: str, found: Outcome) -> Seen:
    """Return what a session said of a mutant."""
    mutant = MUTANTS[name]
    if found.report is None:
        return Seen(name, size, "none", (), (), (), 0, 0, 0.0, (f"no report: {found.output[-2000:]}",))
    own = next(rule for rule in found.report["rules"] if rule["id"] == mutant.rule)
    example: Mapping[str, Any] = own["counterexample"] or {"differences": (), "runs_spent": 0}
    runs = found.report["runs"]
    return Seen(
        name,
        size,
        own["outcome"],
        tuple(sorted(found.rules("failed"))),
        tuple(sorted(found.rules("warned"))),
        tuple(example["differences"]),
        example["runs_spent"],
        runs["executed"],
        runs["wall_s"],
        tuple(_wrong(mutant, found, own, example)),
    )


def _wrong(mutant: Mutant, found: Outcome, own: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[str]:
    wanted = "warned" if only_warns(mutant) else "failed"
    if own["outcome"] != wanted:
        yield f"{mutant.rule} {own['outcome']}, should be {wanted}"
    if others := found.rules("failed") - {mutant.rule} - mutant.also:
        yield f"failed too: {', '.join(sorted(others))}"
    if errors := found.rules("error"):
        yield f"error: {', '.join(sorted(errors))}"
    if example["runs_spent"] > MOST_RUNS_TO_MINIMISE:
        yield f"{example['runs_spent']} runs to minimise"
    if len(example["differences"]) > mutant.differences:
        yield f"{len(example['differences'])} differences"


def first_of_each_rule() -> set[str]:
    """One mutant a rule."""
    return set({MUTANTS[name].rule: name for name in reversed(CERTAIN)}.values())


def judged_by(name: str, *, every: bool) -> list[str]:
    """The ids of the rules that judge a mutant."""
    mutant = MUTANTS[name]
    if mutant.slow:
        return [mutant.rule]
    area = RULES[mutant.rule].info.area
    everything = every or name in first_of_each_rule()
    return [rule_id for rule_id, rule in RULES.items() if everything or rule.info.area == area]


def _observed(client: docker.DockerClient, name: str, size: str, *, every: bool) -> Seen:
    mutant = MUTANTS[name]
    image = image_for(client, name)
    rules = judged_by(name, every=every)
    kept = _KEPT / f"{name}-{image.rpartition(':')[2][:16]}-{size}-{len(rules)}.json"
    if kept.is_file():
        known: Any = {
            key: tuple(it) if isinstance(it, list) else it for key, it in json.loads(kept.read_text()).items()
        }
        return Seen(**known)
    items = [f"conformance::{rule_id}" for rule_id in rules] if len(rules) < len(RULES) else []
    with tempfile.TemporaryDirectory() as directory:
        found = run_suite(f"--image={image}", *options(mutant, size), *items, directory=Path(directory))
    seen = seen_of(name, size, found)
    _KEPT.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(seen)))
    return seen


def main(arguments: list[str]) -> int:
    """Print a line a mutant as it is seen; the exit code says whether anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("smoke", "gate", "full"), help="default: the smallest that shows the mutant")
    parser.add_argument("--all", action="store_true", help="judge every mutant by all rules")
    parser.add_argument("mutants", nargs="*", metavar="MUTANT", help="default: all")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.mutants if name not in MUTANTS]:
        parser.error(f"there is no mutant {unknown[0]}")
    client = docker.from_env()
    wrong = 0
    for name in asked.mutants or CERTAIN:
        smallest = max(MUTANTS[name].size, "gate", key=("smoke", "gate", "full").index)
        seen = _observed(client, name, asked.size or smallest, every=asked.all)
        differences = ", ".join(seen.differences) or "-"
        others = ", ".join(rule for rule in (*seen.failed, *seen.warned) if rule != MUTANTS[name].rule)
        told = f"{seen.runs} runs, {seen.runs_spent} to minimise, {seen.wall_s:.0f} s"
        print(f"{name}: {MUTANTS[name].rule} {seen.outcome} [{differences}] also [{others}] {told}", flush=True)
        for problem in seen.wrong:
            wrong += 1
            print(f"    WRONG {problem}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
