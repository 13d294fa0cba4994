"""The same job on rows of its own: the further pairs of a comparison that asks for a difference."""

from __future__ import annotations

from dataclasses import replace

from conformance.manifest.model import Channel, Manifest
from conformance.values.job import ChannelData, Job

OTHER_DATA_ROWS = 100
"""With fewer rows two models may be alike by chance."""
# Those who set rows aside by a seed of their own take the same ones of the same number of rows.
_MORE_ROWS = 7


def with_rows(job: Job, rows: int, manifest: Manifest) -> Job:
    """Return a job with at least so many rows in every channel, if the manifest allows them."""
    return replace(job, data=tuple(_at_least(data, rows, manifest.channels[data.channel]) for data in job.data))


def drawn_anew(job: Job, number: int, manifest: Manifest) -> Job:
    """Return a job with rows that are drawn from other seeds, and another number of them where that is free."""
    return replace(job, data=tuple(_anew(data, number, manifest.channels[data.channel]) for data in job.data))


def _at_least(data: ChannelData, rows: int, channel: Channel) -> ChannelData:
    most = rows if channel.max_rows is None else min(rows, channel.max_rows)
    return replace(data, rows=max(data.rows, most))


def _anew(data: ChannelData, number: int, channel: Channel) -> ChannelData:
    certain = max(len(column.values or ()) * (column.min_per_value or 0) for column in channel.columns)
    least, most = max(channel.min_rows, certain), channel.max_rows
    for rows in (data.rows + _MORE_ROWS * number, data.rows - _MORE_ROWS * number, data.rows + number):
        if least <= rows and (most is None or rows <= most):
            return replace(data, rows=rows, seed=(data.seed + 1009 * number) % 2**32)
    return replace(data, seed=(data.seed + 1009 * number) % 2**32)
