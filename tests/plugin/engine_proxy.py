"""An engine that fails: a proxy on loopback in front of the real one."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_CREATE = re.compile(rb"POST (/v[0-9.]+)?/containers/create")
_ANSWER_500 = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b'Content-Length: 31\r\n\r\n{"message": "no space on disk"}'
)

Refuse = Callable[[int], str | None]
"""For the number of containers that were asked for, this one included: what is done to the request.

None (it is passed on), "500", "drop" (the connection is closed without an answer) or "die" (that, and so is every
connection from then on).
"""


@contextmanager
def failing_engine(refuse: Refuse) -> Iterator[str]:
    """Yield the DOCKER_HOST of an engine that refuses to create some containers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = _Proxy(refuse)
        threading.Thread(target=proxy.serve, args=(server,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


class _Proxy:
    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._created = 0
        self._dead = False
        self._lock = threading.Lock()

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return  # the test is over
            threading.Thread(target=self._connection, args=(client,), daemon=True).start()

    def _connection(self, client: socket.socket) -> None:
        with client, _real_engine() as engine:
            threading.Thread(target=_copy, args=(engine, client), daemon=True).start()
            while data := _received(client):
                match self._what_to_do(data):
                    case None:
                        engine.sendall(data)
                    case "500":
                        client.sendall(_ANSWER_500)
                        return
                    case _:
                        return

    def _what_to_do(self, data: bytes) -> str | None:
        with self._lock:
            if self._dead:
                return "drop"
            if not _CREATE.match(data):
                return None
            self._created += 1
            answer = self._refuse(self._created)
            self._dead = answer == "die"
            return answer


def _real_engine() -> socket.socket:
    where = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    if where.scheme == "unix":
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(where.path)
        return engine
    return socket.create_connection((where.hostname or "127.0.0.1", where.port or 2375))


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := _received(source):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other side has gone


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""
