"""Whose a container or a volume is.

An engine may be shared by several sessions, several machines and people who know nothing of this project. So what is
created here carries labels that say which process on which machine made it and until when it can be of use, and only
what is certainly left over is ever removed.
"""

from __future__ import annotations

import hashlib
import platform
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

LABEL = "training-container-conformance"
SESSION = f"{LABEL}.session"
MACHINE = f"{LABEL}.machine"
PROCESS = f"{LABEL}.process"
EXPIRES = f"{LABEL}.expires"
NAME_PREFIX = "conformance-"

_SLACK_S = 3600
# The start of a process is computed from the boot time, which moves a little when the clock is set.
_START_TOLERANCE_S = 10.0


@dataclass(frozen=True)
class Owner:
    """The session that creates containers, and the process and machine it runs on."""

    session: str
    machine: str
    process: str

    def labels(self, lifetime_s: float) -> dict[str, str]:
        """Return the labels of what is created now and of no use after ``lifetime_s`` seconds and an hour."""
        return {
            LABEL: "true",
            SESSION: self.session,
            MACHINE: self.machine,
            PROCESS: self.process,
            EXPIRES: str(int(time.time() + lifetime_s + _SLACK_S)),
        }

    def name(self, number: int) -> str:
        """Return the name of the session's container of that number."""
        return f"{NAME_PREFIX}{self.session}-{number}"


def this_owner() -> Owner:
    """Return a new session of this process."""
    return Owner(uuid.uuid4().hex[:12], _machine(), _process(psutil.Process()))


def is_left_over(labels: Mapping[str, str], owner: Owner, is_alive: Callable[[str], bool], now: float) -> bool:
    """Whether what carries these labels is ours and of no use to anybody: its process is gone, or it has expired."""
    if labels.get(LABEL) != "true" or labels.get(SESSION) == owner.session:
        return False
    expires = labels.get(EXPIRES, "")
    if expires.isdecimal() and int(expires) < now:
        return True
    return labels.get(MACHINE) == owner.machine and PROCESS in labels and not is_alive(labels[PROCESS])


def is_name_of(session: str, name: str) -> bool:
    """Whether a container's name, as engines list it, is one that ``Owner.name`` gives for a session."""
    return bool(session) and name.removeprefix("/").startswith(f"{NAME_PREFIX}{session}-")


def is_alive(process: str) -> bool:
    """Whether the process that ``Owner.process`` names still runs on this machine."""
    pid, _, started = process.partition("@")
    if not (pid.isdecimal() and started.isdecimal()):
        return True
    try:
        found = psutil.Process(int(pid))
        # A process that was killed and that nobody waits for keeps its number.
        ended = found.status() == psutil.STATUS_ZOMBIE
        return not ended and abs(found.create_time() - int(started)) <= _START_TOLERANCE_S
    except psutil.NoSuchProcess:
        return False


def _process(process: psutil.Process) -> str:
    return f"{process.pid}@{int(process.create_time())}"


def _machine() -> str:
    """Identify the machine, and within it the namespace in which process numbers mean something."""
    machine_id = Path("/etc/machine-id")
    namespace = Path("/proc/self/ns/pid")
    parts = (
        platform.node(),
        machine_id.read_text().strip() if machine_id.is_file() else "",
        str(namespace.readlink()) if namespace.is_symlink() else "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
