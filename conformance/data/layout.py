"""How the rows of a channel lie in files: where they are cut, and what the files are called.

Whatever the layout, sorted path order is row order, so that a job has the same rows in it as any other job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.values.job import Job

if TYPE_CHECKING:
    import pandas as pd

_FLAT_PARTS = 5
# Equal base names lie in different directories.
_NESTED = ("2024/01/part-00000", "2024/02/part-00000", "2025/01/part-00000", "2025/02/part-00000")
_MIXED = ("2024/01/part-00000", "2024/02/part-00000", "2024/part-00000", "part-00000")
MANY_PARTS = 1000
_PARTS = {"one": 1, "several": _FLAT_PARTS, "nested": len(_NESTED), "mixed": len(_MIXED), "thousand": MANY_PARTS}
_MISLEADING = {"csv": "parquet", "parquet": "csv"}


def part_count(partition: str, rows: int) -> int:
    """Return into how many files so many rows are cut."""
    return max(1, min(_PARTS[partition], rows))


def spans(partition: str, rows: int) -> list[range]:
    """Return which rows lie in each file, in the order of their paths."""
    return [range(begin, end) for begin, end in pairwise(_cuts(part_count(partition, rows), rows))]


def laid_out(rows: pd.DataFrame, job: Job) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the path of each file, below its channel, and the rows in it."""
    cuts = _cuts(part_count(job["partition"], len(rows)), len(rows))
    if job["null-part"] == "present":
        cuts = _cut_around(cuts, *_longest_null_run(rows))
    for path, (begin, end) in zip(_paths(len(cuts) - 1, job), pairwise(cuts), strict=True):
        yield path, rows.iloc[begin:end]


def _cuts(count: int, rows: int) -> list[int]:
    # Parts of unequal length: the i-th holds a share of about i, so that a part that is left out shows.
    total = count * (count + 1) // 2
    return [max(i, rows * (i * (i + 1) // 2) // total) for i in range(count)] + [rows]


def _cut_around(cuts: Sequence[int], begin: int, end: int) -> list[int]:
    """Move cuts so that the rows from ``begin`` to ``end`` are a part of their own."""
    certain = {cuts[0], cuts[-1], begin, end}
    others = [cut for cut in cuts[1:-1] if not begin <= cut <= end]
    others.sort(key=lambda cut: min(abs(cut - begin), abs(cut - end)))
    # Those next to it make way, so that the other parts stay as large as they are.
    spare = max(0, len(cuts) - len(certain))
    return sorted(certain.union(others[len(others) - spare :] if spare < len(others) else others))


def _longest_null_run(rows: pd.DataFrame) -> tuple[int, int]:
    """Return where the longest run of nulls in any column begins and ends; 0 and 0 where there is no null."""
    longest = (0, 0)
    for name in rows.columns:
        begin = 0
        for row, null in enumerate((*rows[name].isna(), False)):
            if null:
                continue
            if row - begin > longest[1] - longest[0]:
                longest = begin, row
            begin = row + 1
    return longest


def _paths(count: int, job: Job) -> Iterator[str]:
    partition, way = job["partition"], job["file-names"]
    if partition == "nested":
        stems: Sequence[str] = _NESTED[:count]
    elif partition == "mixed":
        stems = _MIXED[-count:]
    else:
        stems = [f"part-{i:05}" for i in range(count)]
    format_ = job["format"]
    several_ways = ("dates", "spaces", "extension", "bare", "snappy" if format_ == "parquet" else "extension")
    for i, stem in enumerate(stems):
        # The file beside nested directories stays beside them.
        beside = partition == "mixed" and "/" not in stem and way == "dates"
        yield _named(stem, i, "extension" if beside else several_ways[i] if way == "mixed" else way, format_)


def _named(stem: str, number: int, way: str, format_: str) -> str:
    directory, _, base = stem.rpartition("/")
    folder = f"{directory}/" if directory else ""
    match way:
        case "bare":
            return stem
        case "snappy":
            return f"{stem}.snappy.{format_}"
        case "spaces":
            return f"{folder}{base.replace('-', ' ')} of the rows.{format_}"
        case "dates":
            return f"{folder}dt=2024-01-{number + 1:02}/part-00000.{format_}"
        case "misleading":
            return f"{stem}.{_MISLEADING[format_]}"
        case _:
            return f"{stem}.{format_}"
