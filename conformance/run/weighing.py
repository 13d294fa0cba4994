"""How much memory a container takes, seen by asking the engine again and again while it runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Self

from conformance.run.engine import ENGINE_ERRORS, connect

_PATIENCE_S = 5.0


class Weighing:
    """Weighs a running container about once a second, from when it is entered to when it is left.

    ``peak_bytes`` is the most that was seen, without what the kernel keeps of files only as long as there is room; None
    where the container was gone before anything could be seen.
    """

    def __init__(self, container_id: str) -> None:
        self.peak_bytes: int | None = None
        self._container_id = container_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._weigh, name="weighing", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # The engine sends what it sees once a second, and an ended container may keep it from doing so.
        self._thread.join(_PATIENCE_S)

    def _weigh(self) -> None:
        try:
            client = connect()
            try:
                for sample in client.api.stats(self._container_id, decode=True, stream=True):
                    if (taken := taken_bytes(sample)) is not None:
                        self.peak_bytes = max(self.peak_bytes or 0, taken)
                    if self._over.is_set():
                        return
            finally:
                client.close()
        except ENGINE_ERRORS:
            # An engine that cannot tell: nothing is said of the memory then, and of the job only what came of it.
            return


def taken_bytes(sample: Mapping[str, Any]) -> int | None:
    """Return how much memory a sample of an engine's statistics shows; None where the container does not run."""
    memory = sample.get("memory_stats") or {}
    if "usage" not in memory:
        return None
    parts = memory.get("stats") or {}
    # The names of the two versions of control groups.
    given_back = parts.get("total_inactive_file", parts.get("inactive_file", 0))
    return max(0, int(memory["usage"]) - int(given_back))
