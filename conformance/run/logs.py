"""The log of a container: read as a stream, kept within bounds, searched for metrics line by line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from conformance.manifest.line_pattern import LINE_CHARACTERS, LinePattern
from conformance.manifest.model import Metric
from conformance.values.run import Log, MetricSeen

HEAD_BYTES = 512 * 1024
TAIL_BYTES = 512 * 1024
# Of a longer log an engine keeps 16 to 32 MiB, with about so much beside each line.
_KEPT_BYTES = 15 * 1024 * 1024
_BESIDE_A_LINE_BYTES = 75
_END_OF_LINE = re.compile(rb"[\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class MetricSearch:
    """What the regular expressions of all metrics find in lines as they come by."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._seen = [_Search(metric) for metric in metrics]
        self._on_engine_bytes = 0

    def line(self, text: str) -> None:
        """Search one line."""
        for search in self._seen:
            search.line(text)

    def result(self) -> tuple[MetricSeen, ...]:
        """Return what was found up to now."""
        cut = self._on_engine_bytes >= _KEPT_BYTES
        return tuple(search.result(cut=cut) for search in self._seen)

    def weigh(self, lines: int, size_bytes: int) -> None:
        """Note how much an engine keeps of a stream that was searched."""
        self._on_engine_bytes += size_bytes + _BESIDE_A_LINE_BYTES * lines


class _Search:
    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pattern = LinePattern(metric.regex)
        self._matches = 0
        self._value: float | None = None
        self._not_a_number: str | None = None

    def line(self, text: str) -> None:
        match = self._pattern.search(text)
        if match is None:
            return
        self._matches += 1
        group = match.group(1)
        number = _number(group)
        if number is None:
            self._not_a_number = self._not_a_number or (group or "")
        elif self._metric.combine == "sum" and self._value is not None:
            self._value += number
        else:
            self._value = number

    def result(self, *, cut: bool) -> MetricSeen:
        value = None if cut and self._metric.combine == "sum" else self._value
        return MetricSeen(self._metric, self._matches, value, self._not_a_number, self._pattern.too_slow, cut)


def _number(group: str | None) -> float | None:
    """Return the number that a first group is; None where it is none: so are NaN, infinity, ``1e999``, ``1_000``."""
    number = float(group) if group is not None and _NUMBER.fullmatch(group) else math.nan
    return number if math.isfinite(number) else None


def read_log(chunks: Iterable[bytes], search: MetricSearch) -> Log:
    """Return one stream of a log, its middle left out where it is long; every line goes through ``search``."""
    kept = _HeadAndTail()
    lines = 0
    for line in lines_of(kept.watch(chunks)):
        search.line(line.decode("utf-8", errors="replace"))
        lines += 1
    log = kept.log()
    search.weigh(lines, log.size_bytes)
    return log


class _HeadAndTail:
    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._size += len(chunk)
            room = HEAD_BYTES - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[max(room, 0) :]
            if len(self._tail) > 2 * TAIL_BYTES:
                del self._tail[:-TAIL_BYTES]
            yield chunk

    def log(self) -> Log:
        tail = self._tail[-TAIL_BYTES:]
        left_out = self._size - len(self._head) - len(tail)
        gap = f"\n[… {left_out} bytes left out …]\n".encode() if left_out else b""
        text = (bytes(self._head) + gap + bytes(tail)).decode("utf-8", errors="replace")
        return Log(text, self._size, truncated=left_out > 0)


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream; of a line that is very long the beginning alone."""
    pending = bytearray()
    for chunk in chunks:
        # A progress bar writes over its line; each of its states is a line of its own.
        *whole, rest = _END_OF_LINE.split(chunk)
        for line in whole:
            yield bytes(pending) + line if pending else line
            pending.clear()
        # A line without an end must not fill the memory; only its beginning is searched.
        if len(pending) < 4 * LINE_CHARACTERS:
            pending += rest[: 4 * LINE_CHARACTERS]
    if pending:
        yield bytes(pending)
