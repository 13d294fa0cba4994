"""The hosts of one job: what each is called, when it starts, which of the files it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.manifest.model import Manifest
from conformance.values.job import Job

ONLY_HOST = "algo-1"
"""What the host of a job is called that has no other."""
ONLY_ADDRESS: Mapping[str, str] = {ONLY_HOST: "127.0.0.1"}
"""Its line in /etc/hosts: the platform's toolkit, for one, waits until the name of its host is known."""
APART_S = 10.0
"""How long one host starts after the other."""
_OTHER_NAMES = ("node-w7", "node-b2")
# What a stale file says of hosts that are there no longer; the addresses are nobody's:
# https://www.rfc-editor.org/rfc/rfc5737
_STALE = {"algo-1": "192.0.2.1", "algo-2": "192.0.2.2"}


@dataclass(frozen=True)
class Host:
    """One host among ``names``, which are those of all hosts of the job in the order in which each is told them.

    ``hostname`` is what the engine calls it, in /etc/hostname; ``etc_hosts`` are further lines of /etc/hosts, as
    addresses by name. It starts ``start_s`` seconds after the first. Of each channel it has every file, or, where
    ``files`` is given, each of those by number whose remainder that is, divided by the number of hosts.
    """

    name: str
    names: tuple[str, ...]
    hostname: str
    start_s: float
    files: int | None = None
    etc_hosts: Mapping[str, str] = field(default_factory=dict)

    def has(self, number: int) -> bool:
        """Whether this host is given a channel's file of that number."""
        return self.files is None or number % len(self.names) == self.files


def hosts_of(job: Job, manifest: Manifest) -> tuple[Host, ...]:
    """Return the hosts of a job in the order of their names in its configuration; none where there is only one."""
    which = job["hosts"]
    if which == "one":
        return ()
    count = manifest.limits.max_hosts if which == "most" else 2
    names = _OTHER_NAMES if which == "renamed" else tuple(f"algo-{number + 1}" for number in range(count))
    turns = range(count) if which != "first-late" else reversed(range(count))
    # With a single file the first host has it, and the others have none.
    first_file_at = {"sharded": 0, "uneven": 0, "first-without-data": 1}.get(which)
    return tuple(
        Host(
            name=name,
            names=names,
            hostname=f"ip-10-0-{number}-77" if which == "renamed" else name,
            start_s=turn * APART_S,
            files=None if first_file_at is None else (number - first_file_at) % count,
            etc_hosts=_STALE if which == "renamed" else {},
        )
        for number, (name, turn) in enumerate(zip(names, turns, strict=True))
    )
