"""Looking for a job's canaries in what an image writes, while it is read: all of it, and not only what is kept."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from conformance.data import canaries
from conformance.manifest.model import Column, Manifest
from conformance.run.archive import Watch
from conformance.run.compressed import Allowance, Unpacked
from conformance.values.inspection import Sighting
from conformance.values.job import Job

TELLING_DIGITS = 8
"""A number that is written in another way than in the data, and has so many digits, is as good as the one there."""
_LARGEST_SINGLE = float(np.finfo(np.float32).max)
_EPOCH = dt.datetime(1970, 1, 1)
_DIGITS = frozenset(b"0123456789")
_BEFORE_NUMBER = _DIGITS | frozenset(b".")
_KEY = 4
_PLACES = 5
"""In how many files of each directory a needle is noted."""


@dataclass(frozen=True)
class Needle:
    """Bytes that stand for a text of the plan; ``number`` says that digits beside them make them something else."""

    text: str
    form: str
    pattern: bytes
    number: bool = False


def needles_of(job: Job, manifest: Manifest) -> tuple[Needle, ...]:
    """Return what is looked for in all that a job leaves; nothing for most jobs."""
    found: dict[Needle, None] = {}
    for channel, canary in canaries.canaries_of(job):
        column = next(column for column in manifest.channels[channel].columns if column.name == canary.column)
        if job.fault is not None and job.fault.kind == "wrong-cell" and canary.text == job.fault.value:
            half = canaries.MOST_CHARACTERS
            parts = (canary.text, canary.text[:half], canary.text[half:])
            found.update((Needle(canary.text, "text", part.encode()), None) for part in parts)
            continue
        # The other job's too: what turns up here by chance, or because the image says it anyway, tells nothing.
        for text in (canary.text, canary.other):
            found.update((needle, None) for needle in _forms(column, text))
    if (secret := canaries.secret_of(job)) is not None:
        found[Needle(secret, "text", secret.encode())] = None
    return tuple(found)


def _forms(column: Column, text: str) -> Iterator[Needle]:
    cell = canaries.value(column, text)
    if column.type.is_text:
        for spelling in dict.fromkeys((text, text.upper(), text.lower())):
            yield Needle(text, "text", spelling.encode(), number=text.isdigit())
    elif column.type.kind == "date":
        for spelling in (text, cell.strftime("%Y/%m/%d"), cell.strftime("%Y%m%d")):
            yield Needle(text, "text", spelling.encode(), number=True)
        yield from _instants(text, dt.datetime.combine(cell, dt.time()))
    elif column.type.kind == "timestamp":
        for spelling in (text, cell.isoformat()):
            yield Needle(text, "text", spelling.encode())
        yield from _instants(text, cell)
    else:
        exact = text.lstrip("-")
        yield Needle(text, "text", exact.encode(), number=True)
        for spelling in dict.fromkeys(_spellings(cell)):
            digits = canaries.characters(spelling.partition("e")[0])
            if spelling != exact and digits >= canaries.LEAST_CHARACTERS:
                form = "text" if digits >= TELLING_DIGITS else canaries.ROUNDED
                yield Needle(text, form, spelling.encode(), number=True)
        yield from _binary(column, text, cell)


def _instants(text: str, instant: dt.datetime) -> Iterator[Needle]:
    micros = (instant - _EPOCH) // dt.timedelta(microseconds=1)
    for count in (micros * 1000, micros, micros // 1000):
        # Pandas, Arrow and NumPy, JavaScript and Java.
        if count.bit_length() > 40:
            yield Needle(text, "int64", struct.pack("<q", count))


def _spellings(cell: Any) -> Iterator[str]:
    """Yield the usual spellings of a number without its sign: in full, rounded, with an exponent, with thousands."""
    real = abs(float(cell))
    yield from (f"{real:,.2f}", f"{real:,.3f}", f"{abs(cell):,}")
    numbers = [real]
    if real <= _LARGEST_SINGLE:
        # Cast to 32 bits, and read from the few digits that CSV has of 32 bits, which NumPy prints, too.
        single = np.float32(real)
        numbers += [float(single), float(str(single))]
    for number in numbers:
        yield repr(number)
        yield f"{number:.17g}"
        # Pandas prints six places or, with zeros at the end of all cells, fewer; NumPy eight, and of 32 bits seven.
        yield from (f"{number:.{places}f}" for places in (2, 3, 4, 5, 6, 8))
        yield from (f"{number:.{places}e}" for places in (6, 7, 8, 9))


def _binary(column: Column, text: str, cell: Any) -> Iterator[Needle]:
    if column.type.is_integer:
        yield Needle(text, "int64", struct.pack("<q", cell))
        if -(2**31) <= cell < 2**31:
            yield Needle(text, "int32", struct.pack("<i", cell))
    yield Needle(text, "float64", struct.pack("<d", float(cell)))
    if abs(float(cell)) <= _LARGEST_SINGLE:
        yield Needle(text, "float32", struct.pack("<f", float(cell)))


class Lookout:
    """Looks for needles in whatever is given to ``watch``, and keeps what was seen where."""

    def __init__(self, needles: Iterable[Needle], allowance: Allowance | None = None) -> None:
        self._haystacks = _Index(needles)
        self._seen: dict[Sighting, None] = {}
        self._times: dict[tuple[Needle, str], int] = {}
        self._allowance = allowance or Allowance()

    def below(self, place: str) -> Watch:
        """Return what searches the files of a directory; ``place`` is what it is called."""
        return lambda path, blocks: self.watch(f"{place}/{path}", blocks)

    def watch(self, place: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the blocks of a file or a stream as they come, and search them, unpacked too."""
        if not self._haystacks:
            yield from blocks
            return
        self._whole(place, place.encode("utf-8", "surrogateescape"))
        search = _Search(self._haystacks)
        inside = Unpacked(self._allowance)
        unpacked: dict[str, _Search] = {}

        def take(members: Iterable[tuple[str, bytes]]) -> None:
            for name, content in members:
                unpacked.setdefault(name, _Search(self._haystacks)).take(content)

        try:
            for block in blocks:
                search.take(block)
                take(inside.take(block))
                yield block
        finally:
            # Also where the rest is not read.
            take(inside.end())
            self._note(place, search.end())
            for name, each in unpacked.items():
                self._note(f"{place} ({name})", each.end())

    def sightings(self) -> tuple[Sighting, ...]:
        """Return what was seen up to now."""
        return tuple(self._seen)

    def _whole(self, place: str, content: bytes) -> None:
        search = _Search(self._haystacks)
        search.take(content)
        self._note(place, search.end())

    def _note(self, place: str, found: Iterable[Needle]) -> None:
        group = "/".join(place.split("/")[:2]) if place.startswith("output/") else place.partition("/")[0]
        for needle in found:
            # An image may write the same to any number of files.
            times = self._times.get((needle, group), 0)
            if times < _PLACES:
                self._times[needle, group] = times + 1
                self._seen[Sighting(needle.text, place, needle.form)] = None


class _Index:
    """Needles by their first four bytes, which are looked up for all places of a block at once, and by the next two."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self.by_key: dict[int, dict[bytes, list[Needle]]] = {}
        self.longest = 0
        for needle in needles:
            self.longest = max(self.longest, len(needle.pattern))
            same_key = self.by_key.setdefault(int.from_bytes(needle.pattern[:_KEY], "little"), {})
            same_key.setdefault(_behind_key(needle.pattern, 0), []).append(needle)
        self.keys = np.array(sorted(self.by_key), dtype=np.uint32)
        self._first = np.zeros(2**16, dtype=bool)
        self._second = np.zeros(2**16, dtype=bool)
        self._first[self.keys & 0xFFFF] = True
        self._second[self.keys >> 16] = True

    def __bool__(self) -> bool:
        return bool(self.by_key)

    def candidates(self, content: bytes, at: int, key: int) -> Iterator[Needle]:
        """Yield what may be at a place that has a needle's key."""
        # A log of losses has the first digits of some cell in every line.
        same_key, behind = self.by_key[key], _behind_key(content, at)
        yield from same_key.get(behind, ())
        if behind:
            yield from same_key.get(b"", ())

    def places(self, content: bytes) -> Iterator[tuple[int, int]]:
        """Yield where in a content a needle may begin, with its key."""
        if len(content) < _KEY:
            return
        single = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
        double: npt.NDArray[np.uint16] = single[:-1] + single[1:] * np.uint16(256)
        at = np.flatnonzero(self._first[double[:-2]] & self._second[double[2:]])
        key = double[at].astype(np.uint32) | (double[at + 2].astype(np.uint32) << 16)
        sure = np.isin(key, self.keys)
        yield from zip(at[sure].tolist(), key[sure].tolist(), strict=True)


def _behind_key(content: bytes, at: int) -> bytes:
    """Return two bytes, or none where the content ends before."""
    found = content[at + _KEY : at + _KEY + 2]
    return found if len(found) == 2 else b""


class _Search:
    """One stream, searched block by block; what lies across two of them is found too."""

    def __init__(self, index: _Index) -> None:
        self._index = index
        self._rest = b""
        self._begins = True
        self._found: set[Needle] = set()

    def take(self, block: bytes) -> None:
        """Search a block, but for an end that may go on in the next one."""
        content = self._rest + block
        self._look(content)
        # One byte more on either side, which tells whether digits go on.
        self._rest = content[-(self._index.longest + 2) :]
        self._begins = self._begins and len(self._rest) == len(content)

    def end(self) -> set[Needle]:
        """Return the needles that are in the stream."""
        self._look(self._rest, final=True)
        return self._found

    def _look(self, content: bytes, *, final: bool = False) -> None:
        for at, key in self._index.places(content):
            for needle in self._index.candidates(content, at, key):
                if at == 0 and not self._begins:
                    # It was seen before, when it was known what stands in front of it.
                    continue
                end = at + len(needle.pattern)
                if needle in self._found or not content.startswith(needle.pattern, at):
                    continue
                if not needle.number or (_is_whole(content, at, end) and (final or end < len(content))):
                    self._found.add(needle)


def _is_whole(content: bytes, begin: int, end: int) -> bool:
    """Whether the digits at a place are all of a number."""
    before, after = content[begin - 1 : begin], content[end : end + 1]
    return not (before and before[0] in _BEFORE_NUMBER) and not (after and after[0] in _DIGITS)
