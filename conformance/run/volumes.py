"""The volumes of one training job: fresh ones, ones that are filled and read-only, ones in which there is no room."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import docker
from docker.errors import NotFound
from docker.models.containers import Container
from docker.types import Mount

from conformance.data.launch import FILLER, FULL_BYTES, FULL_OPTIONS, Lack
from conformance.run.archive import pack
from conformance.run.ownership import Owner
from conformance.run.waiting import start_waiting

_numbers = itertools.count(1)


class Volumes:
    """Makes the mounts of a job's container, and removes what does not go with it."""

    def __init__(self, client: docker.DockerClient, image: str, owner: Owner, labels: Mapping[str, str]) -> None:
        self._client = client
        self._image = image
        self._owner = owner
        self._labels = dict(labels)
        self._names: list[str] = []
        self._holders: list[Container] = []

    def fresh(self, target: str) -> Mount:
        """Return a mount over whatever the image has at a path; it goes with the container."""
        return Mount(target=target, source=None, type="volume", no_copy=True, labels=self._labels)

    def filled(self, target: str, files: Iterable[tuple[str, bytes]], directories: Iterable[str] = ()) -> Mount:
        """Return a read-only mount of a directory with files and directories in it.

        Nothing can be copied into a container through a read-only mount, so the volume is filled through a second
        container, which is never started.
        """
        name = self._new()
        filler = self._client.containers.create(
            self._image,
            ["train"],
            name=f"{name}-filler",
            labels=self._labels,
            network="none",
            mounts=[_mount(target, name)],
            use_config_proxy=False,
        )
        try:
            filler.put_archive(target, pack(files, directories))
        finally:
            filler.remove(force=True, v=True)
        return _mount(target, name, read_only=True)

    def full(self, target: str, lack: Lack) -> Mount:
        """Return a mount of a directory in which no file can be written, for want of space or of inodes.

        It is in memory, and there for as long as a container has it: one that waits holds it, so that what the job
        leaves can be read.
        """
        options = {"type": "tmpfs", "device": "tmpfs", "o": FULL_OPTIONS[lack]}
        name = self._new("local", options)
        mount = _mount(target, name)
        holder = start_waiting(self._client, self._image, self._owner, f"holds-{next(_numbers)}", mounts=[mount])
        self._holders.append(holder)
        if lack == "space":
            holder.put_archive(target, pack([(FILLER, bytes(FULL_BYTES))]))
        return mount

    def remove(self) -> None:
        """Remove the volumes, and what holds them. Their container must be gone."""
        for holder in self._holders:
            try:
                holder.remove(force=True, v=True)
            except NotFound:
                continue
        for name in self._names:
            self._client.api.remove_volume(name, force=True)

    def _new(self, driver: str | None = None, options: dict[str, str] | None = None) -> str:
        name = f"{self._owner.name(0)}-volume-{next(_numbers)}"
        self._client.api.create_volume(name, driver, options, labels=self._labels)
        self._names.append(name)
        return name


def _mount(target: str, name: str, *, read_only: bool = False) -> Mount:
    return Mount(target=target, source=name, type="volume", no_copy=True, read_only=read_only)
