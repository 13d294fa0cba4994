"""Progress on the terminal while a rule waits for its runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.session import Progress

_PLAIN_INTERVAL_S = 15.0
_ENOUGH_TO_TELL = 10
_NAMED = 3

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
    def waiting_for(self, item: pytest.Item, failed: Sequence[str]) -> Iterator[Watch]:
        """Yield a function that shows how far the runs are, for as long as an item waits.

        ``failed`` has the ids of the rules that have failed already.
        """
        reporter: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self._config.option.verbose < -1:
            yield lambda _progress: None
            return
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        uncaptured: AbstractContextManager[None] = (
            nullcontext() if capture is None else capture.global_and_fixture_disabled()
        )
        cursor_moves = reporter.isatty and os.environ.get("TERM") not in (None, "", "dumb", "unknown")
        with uncaptured, self._bar(failed) if cursor_moves else self._lines(reporter, item, failed) as watch:
            yield watch

    @contextmanager
    def _bar(self, failed: Sequence[str]) -> Iterator[Watch]:
        from rich.console import Console  # only where there is something to wait for
        from rich.control import Control
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar
        from rich.table import Column

        console = Console()
        # As narrow as it can be: the names of what fails share the line.
        columns = (
            TextColumn("training jobs"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        )
        bar = Bar(*columns, console=console, transient=True)
        task = bar.add_task("", total=None)
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
            told = beside(progress, time.monotonic() - self._began, failed)
            bar.update(task, completed=progress.done, total=progress.total, description=told)

        try:
            yield watch
        finally:
            if started:
                bar.stop()
                if column:
                    console.control(Control.move_to_column(column, y=-1))

    @contextmanager
    def _lines(self, reporter: pytest.TerminalReporter, item: pytest.Item, failed: Sequence[str]) -> Iterator[Watch]:
        from conformance.report.terminal import WIDTH, shortened  # heavy, and --collect-only needs none of it

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
                told = beside(progress, now - self._began, failed)
                done = f"training jobs: {progress.done} of {progress.total} done"
                writer.write(shortened(", ".join(filter(None, (done, told))), WIDTH), flush=True)

        yield watch
        if written:
            reporter.currentfspath = None
            if reporter.showfspath or reporter.showlongtestinfo:
                reporter.pytest_runtest_logstart(item.nodeid, item.location)
            else:
                writer.line()


def beside(progress: Progress, elapsed_s: float, failed: Sequence[str]) -> str:
    """Return what is said beside the number of runs: about how long it will be, and which rules have failed."""
    parts = []
    if progress.done >= _ENOUGH_TO_TELL:
        left_s = elapsed_s / progress.done * (progress.total - progress.done)
        parts.append(f"{left_s / 60:.0f} min left" if left_s >= 90 else f"{max(left_s, 1):.0f} s left")
    if failed:
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        parts.append(f"failed: {', '.join(failed[-_NAMED:])}{more}")
    return ", ".join(parts)
