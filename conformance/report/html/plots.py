"""Plots as SVG that stands in the page; their colours are the page's classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from markupsafe import Markup

from conformance.report.results import Taken
from conformance.values.run import Run

_WIDTH = 960
_LANE = 18
_AXIS = 24
_LEFT = 64
_HEIGHT = 220
_TICKS = 8
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)

How = Literal["trained", "failed", "killed"]


def timeline(history: Sequence[Run]) -> Markup:
    """Return the runs as bars over time, those that ran beside each other one below the other; empty if none was."""
    if not history:
        return Markup("")
    runs = sorted(history, key=lambda run: run.began_s)
    begin, end = runs[0].began_s, max(run.began_s + run.wall_s for run in runs)
    scale = (_WIDTH - 2) / max(end - begin, 1e-3)
    bars, free_at = [], [begin]
    for run in runs:
        lane = next((lane for lane, free in enumerate(free_at) if free <= run.began_s + 1e-6), len(free_at))
        free_at[lane : lane + 1] = [run.began_s + run.wall_s]
        x, width = (run.began_s - begin) * scale, max(run.wall_s * scale - 0.5, 0.5)
        bars.append(
            Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"><title>{}</title></rect>').format(
                how(run), x, lane * _LANE + 2, width, _LANE - 4, f"{run.began_s - begin:.1f} s: {run.ending}"
            )
        )
    height = len(free_at) * _LANE + _AXIS
    step = next((step for step in _STEPS_S if (end - begin) / step <= _TICKS), _STEPS_S[-1])
    for number in range(int((end - begin) / step) + 1):
        x = number * step * scale
        bars.append(Markup('<text x="{:.1f}" y="{}">{} s</text>').format(x, height - 8, number * step))
    return _svg(bars, height, f"{len(runs)} runs in {end - begin:.0f} s, at most {len(free_at)} at a time")


def how(run: Run) -> How:
    """Return how a run came out, as the page's legend calls it."""
    if run.trains:
        return "trained"
    is_killed = run.exit_code is None or run.timed_out or run.out_of_memory
    return "killed" if is_killed or (run.signal is not None and run.signal.killed) else "failed"


def growth(series: Sequence[Taken]) -> Markup:
    """Return seconds and bytes against the number of rows, both axes logarithmic; empty with fewer than two points."""
    if len(series) < 2:
        return Markup("")
    parts: list[Markup] = []
    seconds = [(taken.rows, taken.container_s) for taken in series]
    memory = [(t.rows, t.peak_memory_bytes / 1e6) for t in series if t.peak_memory_bytes]
    half = _WIDTH / 2
    parts += _curve(seconds, 0, half, "time", lambda value: f"{value:.1f} s")
    parts += _curve(memory, half, half, "memory", lambda value: f"{value:.0f} MB") if len(memory) > 1 else []
    return _svg(parts, _HEIGHT, "time and memory against the number of rows, both axes logarithmic")


def _curve(
    points: Sequence[tuple[int, float]], left: float, width: float, name: str, told: Callable[[float], str]
) -> Iterator[Markup]:
    across = [math.log10(max(rows, 1)) for rows, _ in points]
    up = [math.log10(max(value, 1e-3)) for _, value in points]
    low, span = min(up), max(max(up) - min(up), 1.0)
    from_, reach = across[0], max(across[-1] - across[0], 1e-9)
    places = [
        (
            left + _LEFT + (x - from_) / reach * (width - 2 * _LEFT),
            _HEIGHT - 48 - (y - low) / span * (_HEIGHT - 96),
        )
        for x, y in zip(across, up, strict=True)
    ]
    yield Markup('<text class="name" x="{:.0f}" y="16">{}</text>').format(left + 4, name)
    yield Markup('<polyline class="curve" points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in places))
    for (x, y), (rows, value) in zip(places, points, strict=True):
        yield Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(x, y)
        yield Markup('<text class="middle" x="{:.1f}" y="{:.1f}">{}</text>').format(x, y - 10, told(value))
        yield Markup('<text class="middle" x="{:.1f}" y="{}">{:,} rows</text>').format(x, _HEIGHT - 16, rows)


def _svg(parts: Sequence[Markup], height: float, label: str) -> Markup:
    return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
        label, _WIDTH, height, Markup("").join(parts)
    )
