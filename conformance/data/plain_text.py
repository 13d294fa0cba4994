"""Texts that every reader takes for texts."""

from __future__ import annotations

import re

from conformance.manifest.model import Manifest
from conformance.values.job import Job

LONGEST_CELL_BYTES = 8192
_NOT_PLAIN = frozenset(
    {"na", "n/a", "nan", "nil", "null", "none", "nat", "true", "false", "t", "f", "y", "n", "yes", "no", "on", "off"}
    | {"inf", "infinity"}
)
_NUMBER = re.compile(r"[+-]?(\d[\d_,. ]*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def is_plain_text(text: str) -> bool:
    """Whether no reader takes a text for a null, a boolean or a number."""
    bare = text.strip().lstrip("+-").lower()
    return bool(bare) and bare not in _NOT_PLAIN and _NUMBER.fullmatch(text.strip()) is None


def plain_texts(job: Job, manifest: Manifest) -> bool:
    """Whether all texts of a job's data are plain, as far as the plan chose them; of a sample nothing is known."""
    if job["null-like-text"] != "none":
        return False
    for data in job.data:
        channel = manifest.channels[data.channel]
        texts = [column for column in channel.columns if column.type.is_text]
        if texts and channel.sample is not None:
            return False
        drawn = [word for _, words in data.words for word in words]
        listed = [str(value) for column in texts for value in column.values or ()]
        if not all(map(is_plain_text, [*drawn, *listed])):
            return False
    return True
