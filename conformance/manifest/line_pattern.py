"""Regular expressions out of a manifest, searched in lines that an image wrote: in bounded time, whatever both are."""

from __future__ import annotations

import re
import time

import regex

LINE_CHARACTERS = 8192
"""Longer lines are searched in this many of their first characters."""
SLOW_S = 5.0
"""How long slow lines may take together; Python's own ``re`` knows no limit, and some expressions take for ever."""
_SLOW_LINE_S = 0.01
_TOKEN = re.compile(r"\\N\{[^}]*\}|\\.|\{(?:\d+(?:,\d*)?|,\d+)\}|.", re.DOTALL)


class LinePattern:
    """A regular expression that is searched in one line after the other, until that has taken too long.

    Raises regex.error for what is none; what Python's ``re`` takes is taken, and means the same.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = regex.compile(_literal_where_re_is(pattern))
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
        except (TimeoutError, MemoryError):
            self._left_s = 0
            return None
        finally:
            took = time.perf_counter() - began
            if took > _SLOW_LINE_S:
                self._left_s -= took


def _literal_where_re_is(pattern: str) -> str:
    """Return a pattern in which nothing is an operator of ``regex`` that is a character for ``re``.

    That is a brace which is no repetition, since fuzzy matching begins with one, and a bracket in a set of characters.
    """
    parts = []
    in_set = at_first = False
    for part in _TOKEN.findall(pattern):
        if in_set:
            parts.append("\\[" if part == "[" else part)
            in_set = at_first or part != "]"
            at_first = at_first and part == "^" and parts[-2] == "["
        else:
            parts.append("\\{" if part == "{" else part)
            in_set = at_first = part == "["
    return "".join(parts)
