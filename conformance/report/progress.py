"""Progress on the terminal while a rule waits for its runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.session import Progress

_PLAIN_INTERVAL_S = 15.0


@contextmanager
def shown_progress(config: pytest.Config) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows how far the runs are.

    On a terminal it is a bar, which is gone when the waiting is over; elsewhere a line now and then, so that a log does
    not fall silent.
    """
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if reporter is None or config.option.verbose < -1:
        yield lambda _progress: None
        return
    show = _bar if reporter.isatty else _lines
    if capture is None:
        with show(reporter) as watch:
            yield watch
        return
    with capture.global_and_fixture_disabled(), show(reporter) as watch:
        yield watch


@contextmanager
def _bar(reporter: pytest.TerminalReporter) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # only where there is something to wait for
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(),
        transient=True,
    )
    task = bar.add_task("training jobs", total=None)
    started = False

    def watch(progress: Progress) -> None:
        nonlocal started
        if not started and progress.done < progress.total:
            # The bar is below whatever pytest has begun to write on its line.
            reporter.ensure_newline()
            bar.start()
            started = True
        bar.update(task, completed=progress.done, total=progress.total)

    try:
        yield watch
    finally:
        if started:
            bar.stop()


_last_line = [0.0]


@contextmanager
def _lines(reporter: pytest.TerminalReporter) -> Iterator[Callable[[Progress], None]]:
    def watch(progress: Progress) -> None:
        now = time.monotonic()
        if progress.done < progress.total and now - _last_line[0] > _PLAIN_INTERVAL_S:
            _last_line[0] = now
            reporter.ensure_newline()
            reporter.line(f"training jobs: {progress.done} of {progress.total} done")

    yield watch
