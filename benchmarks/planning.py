"""What planning a session costs before anything is run, as a ratio to starting Python and importing pandas.

    .venv/bin/python benchmarks/planning.py [ROUNDS] [algorithm.toml ...]

Without a manifest: that of the reference container, and those of the trainees of the tests. Both are measured in every
round, the one after the other; seconds are of the processor.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from conformance.manifest import load_manifest
from conformance.plan import draw_plan

_ROOT = Path(__file__).resolve().parents[1]


def _planned_s(manifest: Path) -> tuple[float, int]:
    loaded = load_manifest(manifest)
    began_s = time.process_time()
    plan = draw_plan(loaded, size="gate", seed=0)
    return time.process_time() - began_s, len(plan.jobs)


def _started_s() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import pandas"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int, manifests: Sequence[Path]) -> None:
    """Print the median of both, and of the ratio within a round, for each manifest."""
    for manifest in manifests:
        planned, ratios, jobs = [], [], 0
        for _ in range(rounds):
            seconds, jobs = _planned_s(manifest)
            planned.append(seconds)
            ratios.append(seconds / _started_s())
        median = statistics.median(planned)
        name = manifest.parent.name
        print(f"{name:<20} {median:5.2f} s for {jobs} jobs at gate, {statistics.median(ratios):5.2f} times a start")


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[2:]]
    trainees = [_ROOT / "reference_container" / "algorithm.toml", *(_ROOT / "tests/trainees").glob("*/algorithm.toml")]
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, given or sorted(trainees))
