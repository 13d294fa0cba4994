"""What a job has beside what the manifest knows: a channel, and environment variables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from conformance.manifest.model import Manifest
from conformance.values.job import Job

# Sorted by name one comes before most channels, and the other behind them.
_CHANNELS = {"rows": "another", "bytes": "yet_another"}

# Apart, because what stumbles over quotes and line breaks often does not come to the others.
VARIABLES: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "present": {
        "CONFORMANCE_BLANKS": " two  words and a blank at the end ",
        "CONFORMANCE_LETTERS": "Zoë € Ærøskøbing 日本語 😀",
        "CONFORMANCE_DOLLAR": "$HOME ${UNKNOWN} $(exit 1) $$ %PATH% !! * ~ ; & | < > #",
        "CONFORMANCE_EQUALS": "=a=b;c=d",
        "CONFORMANCE_DASHES": "--help",
        "conformance_lower_case": "x" * 512,
    },
    "quoted": {
        "CONFORMANCE_QUOTES": "it's \"quoted\", `and` \\ 'quoted' again\"",
        # To whoever takes a line of `env` for a variable, the second line is one.
        "CONFORMANCE_LINES": "the first line\nFILE_FORMAT=of another line\n\n  the last line\n",
    },
}
"""Variables that no image can know, by the value of the choice extra-variables. The API allows names of letters,
digits and `_`, and any value of 1 to 512 characters."""


def foreign_channel(job: Job, manifest: Manifest) -> str | None:
    """Return the name of the channel that a job has and the manifest does not know; None if it has none."""
    name = _CHANNELS.get(job["extra-channel"])
    while name in manifest.channels:
        name = f"{name}_"
    return name


def foreign_files(seed: int, format_: str) -> Iterator[tuple[str, bytes]]:
    """Yield files that hold no rows, whatever their names say: a channel may be a former model."""
    for path in ("README", f"part-00000.{format_}", "model.tar.gz", "weights/layer-0.bin"):
        # Neither text nor the beginning of any known format.
        yield path, b"\0\xff" + hashlib.shake_256(f"{seed} {path}".encode()).digest(500)
