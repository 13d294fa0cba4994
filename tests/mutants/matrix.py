"""Mutants and conforming trainees against the rules: python -m tests.mutants.matrix [--size SIZE] [--by WHICH] [NAME]

One mutant a rule is judged by all rules, the others by those of their area, unless --by says something else; conforming
trainees are judged by all. Several are judged at a time. What was seen is kept in .cache/matrix, and a second call goes
on from there, as long as the code of the package and the images are the same. The script of every counterexample is run
too, with --remote URL also on the engine there. With --table FILE what is kept is written as a table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import docker

from conformance.judge import RULES
from tests.conftest import run_suite
from tests.mutants.repeat import repeated
from tests.mutants.seen import SIZES, Seen, keep, kept, kept_at, seen_of, wrong
from tests.mutants.table import as_markdown
from tests.trainees.images import CONFORMING, image_for
from tests.trainees.mutants import MUTANTS, Mutant

BY_CHANCE = "same-outcome-chance"
"""A mutant that by chance may also fail in a way that another rule answers for."""
LIMIT_S = 4 * 3600.0
"""For how long a trainee may be judged: PyTorch beside another session, at full size, takes an hour."""
CERTAIN = sorted(MUTANTS.keys() - {BY_CHANCE})


def options(mutant: Mutant, size: str) -> list[str]:
    """How the suite is called for a mutant, but for the image and the rules."""
    # Jobs that wait to be killed do not keep each other from running.
    return ["--contract-diagnose-network", f"--contract-size={size}", *(["--contract-workers=4"] * mutant.slow)]


def first_of_each_rule() -> set[str]:
    """One mutant a rule."""
    return set({MUTANTS[name].rule: name for name in reversed(CERTAIN)}.values())


def judged_by(name: str, asked: str | None) -> list[str]:
    """The ids of the rules that judge a trainee."""
    mutant = MUTANTS.get(name)
    usual = "rule" if mutant and mutant.slow else "all" if name in first_of_each_rule() else "area"
    by = asked or usual
    if mutant is None or by == "all":
        return list(RULES)
    if by == "rule":
        return [mutant.rule]
    area = RULES[mutant.rule].info.area
    return [rule_id for rule_id, rule in RULES.items() if rule.info.area == area]


def smallest_size(name: str) -> str:
    """The size at which a trainee is judged if none is asked for."""
    return max(MUTANTS[name].size if name in MUTANTS else "gate", "gate", key=SIZES.index)


def _observed(client: docker.DockerClient, name: str, size: str | None, by: str | None, engines: Sequence[str]) -> Seen:
    size = size or smallest_size(name)
    image, rules = image_for(client, name), judged_by(name, by)
    path = kept_at(name, image, size, len(rules))
    if (known := kept(path)) is not None:
        return known
    items = [f"conformance::{rule_id}" for rule_id in rules] if len(rules) < len(RULES) else []
    how = options(MUTANTS[name], size) if name in MUTANTS else [f"--contract-size={size}"]
    with tempfile.TemporaryDirectory() as directory:
        found = run_suite(f"--image={image}", *how, *items, directory=Path(directory), limit_s=LIMIT_S)
        seen = repeated(seen_of(name, size, found), Path(directory) / "contract-report", engines)
    # An error says nothing of the image.
    if seen.rules and not seen.errors:
        keep(seen, path)
    return seen


def _kept_of(client: docker.DockerClient, name: str) -> dict[str, Seen]:
    """What is kept of a trainee's image, by size: of several what the most rules said."""
    image = image_for(client, name)
    found = (kept(kept_at(name, image, size, rules)) for size in SIZES for rules in range(len(RULES) + 1))
    return {seen.size: seen for seen in found if seen is not None}


def _told(seen: Seen) -> str:
    own = MUTANTS[seen.name].rule if seen.name in MUTANTS else ""
    differences = ", ".join(seen.differences) or "-"
    others = ", ".join(rule for rule in (*seen.failed, *seen.warned) if rule != own)
    spent = f"{seen.runs} runs, {seen.runs_spent} to minimise, {seen.wall_s:.0f} s"
    return f"{seen.name}, {seen.size}: {own} {seen.outcome} [{differences}] also [{others}] {spent}"


def main(arguments: list[str]) -> int:
    """Print a line a trainee as it is seen; the exit code says whether anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, help="default: the smallest from gate on that shows the mutant")
    parser.add_argument("--by", choices=("rule", "area", "all"), help="which rules judge the mutants")
    parser.add_argument("--remote", metavar="URL", help="an engine on which counterexamples are repeated too")
    parser.add_argument("--table", type=Path, metavar="FILE", help="where to write what is kept, as Markdown")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    asked = parser.parse_args(arguments)
    every_name = [*CONFORMING, *CERTAIN]
    if unknown := [name for name in asked.names if name not in every_name]:
        parser.error(f"there is no trainee {unknown[0]}")
    client = docker.from_env()
    engines = ("", asked.remote) if asked.remote else ("",)
    observed = partial(_observed, client, size=asked.size, by=asked.by, engines=engines)
    mistakes = 0
    # Until its jobs run, and once they have, a session keeps one core busy at most.
    with ThreadPoolExecutor(os.cpu_count()) as sessions:
        for seen in sessions.map(observed, asked.names or every_name):
            print(_told(seen), flush=True)
            for mistake in wrong(seen):
                mistakes += 1
                print(f"    WRONG {mistake}", flush=True)
    if asked.table is not None:
        asked.table.write_text(as_markdown({name: _kept_of(client, name) for name in every_name}))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
