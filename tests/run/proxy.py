"""A TCP port in front of the engine: a remote engine, as far as a client can tell, whose connections can break."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """What the proxy does. ``DOCKER_HOST`` as it is when the proxy is opened tells where the engine is.

    The next ``failures`` requests that begin with the regular expression ``at`` break their connection, once
    ``answered`` bytes of the answer have come.
    """

    host: str
    at: re.Pattern[bytes] = re.compile(rb"(?!)")
    failures: int = 0
    answered: int = 0
    connections: int = 0

    def break_connections(self, at: str, failures: int, answered: int = 0) -> None:
        """Say which connections break."""
        self.at, self.failures, self.answered = re.compile(at.encode()), failures, answered


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Listen on a port of this machine, and pass on what comes to the engine that the tests run on."""
    engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        there = Proxy(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        accepting = threading.Thread(target=_accept, args=(listener, there, engine), daemon=True)
        accepting.start()
        yield there
        # Closing alone does not end an accept() that waits.
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(listener: socket.socket, there: Proxy, engine: str) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        there.connections += 1
        threading.Thread(target=_Connection(there, client, _connected(engine)).serve, daemon=True).start()


class _Connection:
    def __init__(self, there: Proxy, client: socket.socket, engine: socket.socket) -> None:
        self._there = there
        self._client = client
        self._engine = engine
        self._room: int | None = None

    def serve(self) -> None:
        with self._client, self._engine:
            answers = threading.Thread(target=self._passed, args=(self._answers(),), daemon=True)
            answers.start()
            self._passed(self._requests())
            answers.join()

    def _passed(self, passing: Iterator[None]) -> None:
        # A side that is gone is told to the other by what follows.
        with suppress(OSError):
            for _ in passing:
                continue
        for end in (self._client, self._engine):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _requests(self) -> Iterator[None]:
        while content := self._client.recv(65536):
            if self._there.failures > 0 and self._there.at.match(content):
                self._there.failures -= 1
                self._room = self._there.answered
                if not self._room:
                    return
            self._engine.sendall(content)
            yield

    def _answers(self) -> Iterator[None]:
        while content := self._engine.recv(65536):
            self._client.sendall(content[: self._room])
            yield
            if self._room is not None:
                self._room -= len(content)
                if self._room <= 0:
                    return


def _connected(engine: str) -> socket.socket:
    address = urlsplit(engine)
    if address.scheme == "tcp":
        return socket.create_connection((address.hostname or "127.0.0.1", address.port or 2375))
    local = socket.socket(socket.AF_UNIX)
    local.connect(address.path)
    return local
