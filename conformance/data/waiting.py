"""A program that does nothing but wait, for a container of any image: it needs nothing of what the image holds."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_BASE = 0x400000
# Machine and code of a program that calls pause(), or ppoll() of nothing where there is no such call, again and again.
_PROGRAMS: Mapping[str, tuple[int, bytes]] = {
    "amd64": (62, bytes.fromhex("b8220000000f05ebf7")),
    "arm64": (183, bytes.fromhex("000080d2010080d2020080d2030080d2280980d2010000d4faffff17")),
}


class NoProgramError(OSError):
    """There is no waiting program for the engine's architecture; an engine's fault, for all that an image can do."""


def waiting_program(architecture: str) -> bytes:
    """Return a static Linux program for an architecture, as Go names it, that waits until it is killed.

    Raises NoProgramError if there is none.
    """
    if architecture not in _PROGRAMS:
        raise NoProgramError(f"there is no waiting program for {architecture or 'an unknown architecture'}")
    return static_program(*_PROGRAMS[architecture])


def static_program(machine: int, code: bytes) -> bytes:
    """Return a static Linux program of 64-bit machine code, for a machine by its number in ELF headers."""
    size = 64 + 56 + len(code)
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _BASE + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)
    return header + segment + code
