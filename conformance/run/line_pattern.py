"""Regular expressions out of a manifest, searched in lines that an image wrote: in bounded time, whatever both are."""

from __future__ import annotations

import time

import regex

LINE_CHARACTERS = 8192
"""Longer lines are searched in this many of their first characters."""
SLOW_S = 5.0
"""How long slow lines may take together; Python's own ``re`` knows no limit, and some expressions take for ever."""
_SLOW_LINE_S = 0.01


class LinePattern:
    """A regular expression that is searched in one line after the other, until that has taken too long."""

    def __init__(self, pattern: str) -> None:
        self._pattern = regex.compile(pattern)
        self._left_s = SLOW_S

    @property
    def too_slow(self) -> bool:
        """Whether it was given up; nothing matches from then on."""
        return self._left_s <= 0

    def search(self, line: str) -> regex.Match[str] | None:
        """Return the first match in a line."""
        if self.too_slow:
            return None
        began = time.perf_counter()
        try:
            return self._pattern.search(line[:LINE_CHARACTERS], timeout=self._left_s)
        except TimeoutError:
            self._left_s = 0
            return None
        finally:
            took = time.perf_counter() - began
            if took > _SLOW_LINE_S:
                self._left_s -= took
