"""Progress on the terminal while a rule waits for its runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.session import Progress

_PLAIN_INTERVAL_S = 15.0

Watch = Callable[["Progress"], None]


class ProgressDisplay:
    """Shows how far the runs are.

    On a terminal it is a bar, which is gone when the waiting is over; elsewhere a line now and then, so that a log does
    not fall silent. Either way pytest's own line goes on as if nothing had been written.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._began = time.monotonic()
        self._last_line = self._began - _PLAIN_INTERVAL_S

    @contextmanager
    def waiting_for(self, item: pytest.Item) -> Iterator[Watch]:
        """Yield a function that shows how far the runs are, for as long as an item waits."""
        reporter: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self._config.option.verbose < -1:
            yield lambda _progress: None
            return
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        uncaptured: AbstractContextManager[None] = (
            nullcontext() if capture is None else capture.global_and_fixture_disabled()
        )
        cursor_moves = reporter.isatty and os.environ.get("TERM") not in (None, "", "dumb", "unknown")
        with uncaptured, self._bar() if cursor_moves else self._lines(reporter, item) as watch:
            yield watch

    @contextmanager
    def _bar(self) -> Iterator[Watch]:
        from rich.console import Console  # only where there is something to wait for
        from rich.control import Control
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bar = Bar(*columns, console=console, transient=True)
        task = bar.add_task("training jobs", total=None)
        bar.tasks[task].start_time = self._began
        column = self._config.get_terminal_writer().width_of_current_line
        started = False

        def watch(progress: Progress) -> None:
            nonlocal started
            if not started and progress.done < progress.total:
                # Below whatever pytest has begun to write on its line.
                if column:
                    console.line()
                bar.start()
                started = True
            bar.update(task, completed=progress.done, total=progress.total)

        try:
            yield watch
        finally:
            if started:
                bar.stop()
                if column:
                    console.control(Control.move_to_column(column, y=-1))

    @contextmanager
    def _lines(self, reporter: pytest.TerminalReporter, item: pytest.Item) -> Iterator[Watch]:
        writer = self._config.get_terminal_writer()
        written = False

        def watch(progress: Progress) -> None:
            nonlocal written
            now = time.monotonic()
            if progress.done < progress.total and now - self._last_line >= _PLAIN_INTERVAL_S:
                self._last_line = now
                written = True
                if writer.width_of_current_line:
                    writer.line()
                writer.write(f"training jobs: {progress.done} of {progress.total} done", flush=True)

        yield watch
        if written:
            reporter.currentfspath = None
            if reporter.showfspath or reporter.showlongtestinfo:
                reporter.pytest_runtest_logstart(item.nodeid, item.location)
            else:
                writer.line()
