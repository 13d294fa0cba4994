"""The containers of one job with several hosts: started one after the other, and ended as soon as one has failed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.run.container import Ending, TrainingContainer

_POLL_S = 0.2
_NOT_ANY_MORE = "another host had failed before it was to start"


def train_together(
    containers: Sequence[TrainingContainer], starts_s: Sequence[float], limit_s: float
) -> tuple[list[Ending], int | None]:
    """Start each of the containers, which are made already, after so many seconds; return how they ended, and which
    one was the first not to end with 0.

    With one host the whole job fails, and the platform ends the others: here by SIGKILL. The last one to start may
    take ``limit_s`` seconds, and nobody longer. Raises docker-py's errors where the engine fails.
    """
    began = time.monotonic()
    deadline = began + max(starts_s) + limit_s
    started: dict[int, float] = {}
    endings: dict[int, Ending] = {}
    first_bad: int | None = None
    while len(endings) < len(containers):
        for number, container in enumerate(containers):
            ending = None
            if number in endings:
                continue
            if number not in started:
                if first_bad is not None:
                    ending = Ending(None, 0.0, never_started=_NOT_ANY_MORE)
                elif time.monotonic() >= began + starts_s[number]:
                    started[number] = time.monotonic()
                    ending = container.begin()
            elif first_bad is not None:
                container.send("SIGKILL")
                ending = container.end(started[number], deadline)
            elif not container.is_running() or time.monotonic() >= deadline:
                ending = container.end(started[number], deadline)
            if ending is not None:
                endings[number] = ending
                if first_bad is None and ending.exit_code != 0:
                    first_bad = number
        time.sleep(_POLL_S)
    return [endings[number] for number in range(len(containers))], first_bad
