"""What is looked for is found, however it is written and wherever blocks are cut; what only looks like it is not."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import pickle
import struct
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conformance.data import canaries
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.run.compressed import Allowance
from conformance.run.needles import Lookout, needles_of
from conformance.values.inspection import Sighting
from conformance.values.job import Canary, Job
from tests.data.tables import loaded_with

_LOADED = loaded_with(
    [
        {"name": "x", "type": "double"},
        {"name": "f", "type": "float"},
        {"name": "n", "type": "bigint"},
        {"name": "d", "type": "date"},
        {"name": "t", "type": "timestamp"},
        {"name": "s", "type": "string"},
        {"name": "six", "type": "decimal(8,2)"},
        {"name": "share", "type": "double"},
    ]
)
_CANARIES = {
    "x": "-123456.7891",
    "f": "123456.125",
    "n": "1234567898",
    "d": "2031-07-19",
    "t": "2031-07-19 12:34:56",
    "s": "abcdefghij",
    "six": "-1234.56",
    "share": "0.5118224561",
}
_OTHERS = {
    "x": "765432.1987",
    "f": "654321.125",
    "n": "9876543211",
    "d": "2030-01-02",
    "t": "2030-01-02 01:02:03",
    "s": "zyxwvutsrq",
    "six": "4321.65",
    "share": "0.2347619843",
}


def _job(loaded: LoadedManifest = _LOADED) -> Job:
    baseline = draw_plan(loaded, size="smoke", seed=0).baseline
    rows = tuple(Canary(column, row, text, _OTHERS[column]) for row, (column, text) in enumerate(_CANARIES.items()))
    return replace(baseline, data=(replace(baseline.data[0], canaries=rows),))


_NEEDLES = needles_of(_job(), _LOADED.manifest)


def _cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def _seen(content: bytes, size: int = 1000, place: str = "stdout") -> tuple[Sighting, ...]:
    lookout = Lookout(_NEEDLES)
    assert b"".join(lookout.watch(place, _cut(content, size))) == content
    return lookout.sightings()


def _found(content: bytes, column: str, form: str | None = None, size: int = 1000) -> bool:
    return any(s.text == _CANARIES[column] and form in (None, s.form) for s in _seen(content, size))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("x", "123456.7891"),
        ("x", "loss: -123456.7891, next"),
        ("x", "123456.789100"),
        ("x", "1.23456789e+05"),
        ("x", f"{123456.7891:.17g}"),
        ("x", "123,456.79"),
        ("x", json.dumps([-123456.7891])),
        ("f", "123456.125"),
        ("f", "123456.12500"[:10]),
        ("n", "n=1234567898"),
        ("n", "1234567898.0"),
        ("n", "1,234,567,898"),
        ("n", "1.234567898e+09"),
        ("d", "born 2031-07-19."),
        ("d", "20310719"),
        ("t", "2031-07-19T12:34:56Z"),
        ("s", "'abcdefghij'"),
        ("s", "ABCDEFGHIJ"),
        ("six", "-1234.56"),
        ("x", "-123456.78910"),
        ("x", "-123456.79"),
        ("share", "0.51182246"),
        ("share", "5.1182246e-01"),
    ],
)
def test_usual_spellings_are_found(column: str, text: str) -> None:
    assert _found(text.encode(), column, "text")
    assert _found(f"before {text}\n".encode() * 3, column, "text", size=1)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("share", "0.511822"),
        ("share", "5.118225e-01"),
        ("n", "1.234568e+09"),
        ("six", "1234.560"),
    ],
)
def test_numbers_that_are_short_of_digits_are_told_from_the_others(column: str, text: str) -> None:
    assert _found(f" {text} ".encode(), column, canaries.ROUNDED, size=1)
    assert not _found(f" {text} ".encode(), column, "text")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("share", "0.51182"),
        ("share", "0.511823"),
        ("x", "9123456.7891"),
        ("x", "123456.78912"),
        ("x", "0.123456.7891"),
        ("x", "123456.8"),
        ("n", "12345678981"),
        ("n", "0.1234567898"),
        ("six", "1234.567"),
        ("six", "1234.6"),
        ("d", "2031-07-190"),
        ("s", "abcdefghi"),
        ("s", "abcde-fghij"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_other_numbers_and_texts_are_not(column: str, text: str, size: int) -> None:
    assert not _found(text.encode(), column, size=size)
    # Long streams are cut where nothing is known any more of what stood before.
    assert not _found(b"." * 500 + text.encode() + b"." * 500, column, size=size)


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"x": [1.5, -123456.7891, 3.25], "n": [1, 1234567898, 3], "s": ["a", "abcdefghij", "b"]})


@pytest.mark.parametrize("column", ["x", "n", "s"])
def test_a_printed_frame_shows_its_cells(column: str) -> None:
    assert _found(str(_frame()[[column]].head()).encode(), column)


def _npy(values: Any, dtype: str) -> bytes:
    target = io.BytesIO()
    np.save(target, np.array(values, dtype=dtype))
    return target.getvalue()


_MICROS = int(dt.datetime(2031, 7, 19, 12, 34, 56, tzinfo=dt.UTC).timestamp()) * 10**6


@pytest.mark.parametrize(
    ("column", "form", "content"),
    [
        ("x", "float64", _npy([1, -123456.7891], "<f8")),
        ("x", "float32", _npy([1, -123456.7891], "<f4")),
        ("n", "int64", _npy([1, 1234567898], "<i8")),
        ("n", "int32", _npy([1, 1234567898], "<i4")),
        ("n", "float64", _npy([1, 1234567898], "<f8")),
        ("t", "int64", struct.pack("<q", _MICROS * 1000)),
        ("t", "int64", struct.pack("<q", _MICROS)),
        ("s", "text", pickle.dumps(["x", "abcdefghij"])),
        ("x", "float64", pickle.dumps(np.array([1, -123456.7891]))),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_numbers_in_binary_are_found(column: str, form: str, content: bytes, size: int) -> None:
    assert _found(content, column, form, size)


def _zip(*contents: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"member-{number}", content)
    return target.getvalue()


def _zip_of_no_place() -> bytes:
    """An archive whose member is said to begin behind all that a file can hold."""
    whole = _zip(b"x")
    at, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**63)
    entry, last = bytearray(whole[at:end]), bytearray(whole[end:])
    entry[30:32] = struct.pack("<H", len(extra))
    entry[42:46] = b"\xff" * 4
    last[12:16] = struct.pack("<I", len(entry + extra))
    return whole[:at] + bytes(entry) + extra + bytes(last)


@pytest.mark.parametrize("size", [1, 100, 10**6])
def test_compressed_members_are_looked_into(size: int) -> None:
    table = b"line\n" * 1000 + b"abcdefghij\n" + b"line\n" * 1000
    for content in (
        gzip.compress(table),
        gzip.compress(b"first") + gzip.compress(table),
        _zip(b"first", table),
        _zip(table, method=zipfile.ZIP_LZMA),
        _zip(table, method=zipfile.ZIP_STORED),
    ):
        assert b"abcdefghij" not in content or size == 1 or content.startswith(b"PK")
        assert _found(content, "s", size=size)


def test_a_sighting_says_where() -> None:
    (stored,) = _seen(b"abcdefghij", place="model/model.bin")
    assert stored == Sighting("abcdefghij", "model/model.bin", "text")
    (packed,) = _seen(_zip(b"abcdefghij" * 3), place="output/data/a.zip")
    assert packed == Sighting("abcdefghij", "output/data/a.zip (member-0)", "text")
    (named,) = _seen(b"", place="model/abcdefghij.txt")
    assert named.place == "model/abcdefghij.txt"


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"x" * 10_000)[:40], _zip(b"x" * 10_000)[:-10], _zip_of_no_place(), b"\x1f\x8b", b"PK"],
    # Archives hold the time at which they were made; the names of tests must be the same in every worker.
    ids=["cut gzip", "cut zip", "zip of no place", "only gzip's magic", "only zip's magic"],
)
def test_what_only_begins_like_an_archive_is_searched_as_it_is(content: bytes) -> None:
    assert _found(content + b" abcdefghij ", "s")


def test_bombs_are_unpacked_only_so_far() -> None:
    bomb = bytes(50 * 2**20)
    allowance = Allowance(2**20)
    lookout = Lookout(_NEEDLES, allowance)
    for name, content in (("gzip", gzip.compress(bomb)), ("zip", _zip(bomb))):
        list(lookout.watch(f"model/{name}", [content]))
    # What one file takes of it is not there for the next.
    assert allowance.unpacked_bytes == 0


def test_members_that_hold_nothing_count_too() -> None:
    allowance = Allowance(members=100)
    lookout = Lookout(_NEEDLES, allowance)
    list(lookout.watch("model/a", [gzip.compress(b"") * 5000 + gzip.compress(b" abcdefghij ")]))
    list(lookout.watch("model/b", [_zip(b" abcdefghij ")]))
    assert allowance.is_spent
    assert not lookout.sightings()


def test_an_archive_with_a_directory_of_megabytes_is_not_opened() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first", b" abcdefghij ")
        for number in range(20_000):
            archive.writestr(f"{number:0300}", b"")
    allowance = Allowance()
    before = allowance.members
    lookout = Lookout(_NEEDLES, allowance)
    list(lookout.watch("model/a", [target.getvalue()]))
    assert allowance.members == before
    # As an archive that says so in two places, of which Python takes the one that counts beyond 4 GB.
    whole = target.getvalue()
    end = whole.rindex(b"PK\x05\x06")
    record = bytearray(whole[end:])
    size, begin = struct.unpack("<II", record[12:20])
    beyond = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 20_001, 20_001, size, begin)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    record[12:16] = struct.pack("<I", 54)
    list(lookout.watch("model/b", [whole[:end] + beyond + locator + bytes(record)]))
    assert allowance.members == before


def test_the_same_in_many_files_is_noted_in_a_few() -> None:
    lookout = Lookout(_NEEDLES)
    for number in range(100):
        list(lookout.watch(f"model/{number}", [b"abcdefghij"]))
    list(lookout.watch("output/failure", [b"abcdefghij"]))
    assert len(lookout.sightings()) < 10
    assert Sighting("abcdefghij", "output/failure", "text") in lookout.sightings()


def test_what_is_not_read_to_its_end_is_searched_as_far_as_it_is() -> None:
    lookout = Lookout(_NEEDLES)
    blocks = iter(lookout.watch("model/large", _endless()))
    for _ in range(3):
        next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert [sighting.text for sighting in lookout.sightings()] == ["abcdefghij"]


def _endless() -> Iterable[bytes]:
    yield b"abcdef"
    yield b"ghij"
    while True:
        yield bytes(1000)


def test_without_canaries_nothing_is_looked_for() -> None:
    plain = draw_plan(_LOADED, size="smoke", seed=0).baseline
    assert needles_of(plain, _LOADED.manifest) == ()


def test_hundreds_of_needles_are_found_in_random_bytes_at_a_useful_pace() -> None:
    generator = np.random.default_rng(0)
    block = generator.bytes(2**20)
    jobs = [job for job in draw_plan(_LOADED, size="gate", seed=0).jobs if job.data[0].canaries]
    lookout = Lookout(needles_of(jobs[0], _LOADED.manifest))
    began = time.process_time()
    list(lookout.watch("model/large", [block] * 20))
    # 20 MiB; an engine gives some 100 MB a second.
    assert time.process_time() - began < 5
