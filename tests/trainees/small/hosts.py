"""What several hosts of one job do together: each fingerprints its rows, and the first of them trains on the sum."""

import json
import socket
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from .breaks import breaks
from .faults import FaultError

RESOURCES = Path("/opt/ml/input/config/resourceconfig.json")
# The third host may start 20 s after the first.
PATIENCE_S = 25.0
_PORT = 7500


@dataclass
class Share:
    """What is made of the rows of one host, or of all."""

    rows: int
    fingerprint: int


class Hosts:
    """The hosts of this job, as its configuration gives them; of a job without any there is one."""

    def __init__(self) -> None:
        given = json.loads(RESOURCES.read_bytes()) if RESOURCES.exists() else {}
        self.current = str(given.get("current_host", ""))
        self.all = [str(name) for name in given.get("hosts", [self.current])]
        self._waiting = ExitStack()
        self._workers: list[socket.socket] = []
        if breaks("names-hostname") and self.several:
            self.current = Path("/etc/hostname").read_text().strip()
        if breaks("names-etc-hosts") and self.several:
            self.current = Path("/etc/hosts").read_text().split()[-1]
        if self.several and self.current not in self.all:
            raise FaultError(f"the host {self.current} is none of those in resourceconfig.json")

    @property
    def several(self) -> bool:
        """Whether the job has more hosts than one."""
        return len(self.all) > 1

    @property
    def leads(self) -> bool:
        """Whether this is the host that saves the model."""
        if breaks("names-algo-1") and self.several:
            return self.current == "algo-1"
        if breaks("names-sorted") and self.several:
            return self.current == min(self.all)
        return self.current == self.all[0]

    def gathered(self, mine: Share) -> Share:
        """The sum of what all hosts have, once the others have sent theirs; only for the host that leads.

        Raises:
            FaultError: the others did not come in time.
        """
        total = Share(mine.rows, mine.fingerprint)
        if not self.several:
            return total
        if breaks("hosts-trains-leader-asks-once"):
            for name in self.all[1:]:
                _address(name)
        server = self._waiting.enter_context(socket.create_server(("", _PORT)))
        server.settimeout(None if breaks("uneven-leader-waits") else PATIENCE_S)
        for _ in self.all[1:]:
            try:
                worker = self._waiting.enter_context(server.accept()[0])
            except TimeoutError:
                raise FaultError(f"not all of the {len(self.all)} hosts came") from None
            share = json.loads(worker.makefile().readline())
            total.rows += share["rows"]
            total.fingerprint += share["fingerprint"]
            self._workers.append(worker)
        return total

    def dismiss(self) -> None:
        """Let the others go, now that the model is saved."""
        for worker in self._workers:
            worker.sendall(b"saved\n")
        self._waiting.close()

    def serve(self, mine: Share) -> None:
        """Send what this host has to the first one, and wait until that has saved the model.

        Raises:
            FaultError: the first host cannot be found, or went away.
        """
        if breaks("uneven-leader-waits") and not mine.rows:
            return
        leader = self.all[0]
        if breaks("hosts-trains-one-lookup"):
            _address(leader)
        with _connected(leader) as connection:
            connection.sendall(json.dumps(asdict(mine)).encode() + b"\n")
            if not connection.makefile().readline():
                raise FaultError(f"the host {leader} went away")


def _address(name: str) -> str:
    try:
        return socket.gethostbyname(name)
    except OSError:
        raise FaultError(f"the host {name} is not known") from None


def _connected(name: str) -> socket.socket:
    """A connection, once the host is known by its name and listens."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection = socket.create_connection((name, _PORT), timeout=5)
        except OSError:
            if time.monotonic() > deadline:
                raise FaultError(f"the host {name} cannot be reached") from None
            time.sleep(0.2)
        else:
            connection.settimeout(None if breaks("uneven-leader-waits") else PATIENCE_S)
            return connection
