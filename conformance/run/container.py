"""The container of one training job: created, filled, started, waited for, read back, removed.

testcontainers' own life cycle is made for servers, which are started and then talked to. A training job ends by
itself, and what it left is read after that.
"""

from __future__ import annotations

import itertools
import posixpath
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Self

import requests
from docker.errors import APIError, NotFound
from docker.types import LogConfig, Mount
from testcontainers.core.container import DockerContainer

from conformance.contract import paths
from conformance.data.launch import NAME_SERVER, SILENT, Launch
from conformance.run.archive import Watch, pack, read_entry, read_tree, unwatched
from conformance.run.download import archive_of
from conformance.run.engine import TIMEOUT_S, environment_kept
from conformance.run.inspection import inspect
from conformance.run.networks import SilentNetwork
from conformance.run.ownership import Owner
from conformance.run.stopping import STOP_LIMIT_S, Stopping
from conformance.run.volumes import Volumes
from conformance.run.weighing import Weighing
from conformance.values.artifacts import Tree
from conformance.values.inspection import Inspection
from conformance.values.run import Signal

# With a single file the engine would begin anew with an empty one, and the last lines be lost.
_LOG_ON_ENGINE = {"max-size": "16m", "max-file": "2"}
_POLL_S = 5.0
_NO_SUCH_USER = re.compile(r"unable to find (user|group) |no matching entries in (passwd|group) file")
# What the image writes to; of channels the mounts are made with their files.
_WRITTEN = (paths.MODEL, paths.OUTPUT_DATA)
# What is read back, with the directories that are in it from the beginning.
_LEFT: Mapping[str, tuple[str, ...]] = {paths.MODEL: (), paths.OUTPUT: ("data",)}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ending:
    """How the process of a container ended. ``never_started`` is the engine's message if it could not be started;
    ``had_route`` says whether packets had a way, if only to where they are swallowed."""

    exit_code: int | None
    container_s: float
    timed_out: bool = False
    out_of_memory: bool = False
    never_started: str | None = None
    signal: Signal | None = None
    had_route: bool = False
    peak_memory_bytes: int | None = None


class TrainingContainer(DockerContainer):
    """A training job's container on testcontainers, without its network detection, its reaper and its image prefix."""

    def __init__(self, image: str, launch: Launch, owner: Owner, *, limit_s: float, podman: bool = False) -> None:
        with environment_kept():
            super().__init__(image, {"timeout": TIMEOUT_S})
        # A prefix for hub images must not change which image is tested.
        self.image = image
        self._launch = launch
        self._owner = owner
        self._limit_s = limit_s
        self._podman = podman
        self._labels = owner.labels(limit_s)
        self._volumes = Volumes(self.get_docker_client().client, image, owner, self._labels)
        self._silent: SilentNetwork | None = None

    def start(self) -> Self:
        """Not for training jobs, which are created, filled, started and waited for: see ``train``."""
        raise NotImplementedError("a training job is run by train()")

    def train(
        self, files: Iterable[tuple[str, bytes]], stopping: Stopping | None = None, *, weighed: bool = False
    ) -> Ending:
        """Run the job with these files below ``/opt/ml/input``, stop it where that is asked for; return how it ended.

        ``weighed`` says that somebody wants to know how much memory it takes. Raises docker-py's errors where the
        engine fails.
        """
        self.create(files)
        had_route = self._silent is not None and self._silent.has_route(self.image, self._owner)
        began = time.monotonic()
        if (not_started := self.begin()) is not None:
            return not_started
        if weighed:
            with Weighing(str(self.get_wrapped_container().id)) as memory:
                ending = self.end(began, began + self._limit_s)
            return replace(ending, peak_memory_bytes=memory.peak_bytes)
        signal = stopping.stop(self, began) if stopping is not None else None
        if signal is None:
            return replace(self.end(began, began + self._limit_s), had_route=had_route)
        return self._end_after(signal, began)

    def begin(self) -> Ending | None:
        """Start the process, and return how it ended if it could not be."""
        began = time.monotonic()
        try:
            self.get_wrapped_container().start()
        except APIError as error:
            return self._not_started(error, time.monotonic() - began)
        return None

    def end(self, began: float, deadline: float) -> Ending:
        """Wait for the process, which began at a moment of the monotonic clock, and kill it at another one."""
        killed = not self.ends_by(deadline) and self._kill()
        elapsed = time.monotonic() - began
        container = self.get_wrapped_container()
        container.reload()
        state = container.attrs["State"]
        out_of_memory = bool(state.get("OOMKilled"))
        exit_code = None if killed else int(state["ExitCode"])
        return Ending(exit_code, elapsed, killed, out_of_memory)

    def read(self, directory: str, watch: Watch = unwatched) -> Tree:
        """Return what lies below a directory; nothing if there is none. ``watch`` sees all that is read."""
        try:
            with self._archive(directory) as chunks:
                return read_tree(chunks, watch)
        except NotFound:
            return Tree()

    def read_output(self, watch: Watch = unwatched) -> Tree:
        """Return what lies below the output directory, the failure file even behind more than is read of a tree."""
        tree = self.read(paths.OUTPUT, watch)
        if tree.complete or tree.find("failure") is not None:
            return tree
        try:
            with self._archive(paths.FAILURE) as chunks:
                return tree.including(read_entry(chunks, "failure", watch))
        except NotFound:
            return tree

    def inspection(self, given: frozenset[str], left: Iterable[Tree], most_artifact_bytes: int) -> Inspection:
        """Return what the job wrote elsewhere than it should; ``given`` are the paths of the files that it was given,
        and ``left`` what was read of model and output."""
        client = self.get_docker_client().client
        return inspect(client, str(self.get_wrapped_container().id), given, left, most_artifact_bytes)

    def log_stream(self, *, stdout: bool) -> Iterator[bytes]:
        """Yield the chunks of one of the two streams."""
        chunks = self.get_wrapped_container().logs(stdout=stdout, stderr=not stdout, stream=True, follow=False)
        yield from chunks

    def followed_log(self) -> Iterator[bytes]:
        """Yield what comes on either stream, as it comes, until the process ends."""
        yield from self.get_wrapped_container().logs(stdout=True, stderr=True, stream=True, follow=True)

    def ends_by(self, deadline: float) -> bool:
        """Wait for the process until a moment of the monotonic clock; return whether it has ended."""
        container = self.get_wrapped_container()
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                container.wait(timeout=min(remaining, _POLL_S))
            except requests.exceptions.RequestException:
                # docker-py raises the same for its own time limit and for an engine that is gone; only an inspection
                # tells them apart, and it raises if the engine is gone.
                container.reload()
            else:
                return True
        return False

    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        container = self.get_wrapped_container()
        container.reload()
        return bool(container.attrs["State"]["Running"])

    def send(self, signal: str) -> bool:
        """Send a signal to the process; False if it has ended."""
        if not self.is_running():
            return False
        try:
            self.get_wrapped_container().kill(signal)
        except APIError as error:
            if error.status_code == 409:
                return False
            raise
        return True

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """Remove the container and its volumes, running or not."""
        client = self.get_docker_client().client
        try:
            if self._container is not None:
                self._container.remove(force=force, v=delete_volume)
        except NotFound:
            pass
        finally:
            self._volumes.remove()
            if self._silent is not None:
                self._silent.remove()
            client.close()

    def _archive(self, path: str) -> AbstractContextManager[Iterator[bytes]]:
        return archive_of(self.get_docker_client().client, str(self.get_wrapped_container().id), path)

    def create(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Make the container and its volumes, with these files below ``/opt/ml/input``; nothing is started."""
        given = list(files)
        volumes = self._volumes
        read_only = self._launch.read_only
        mounts = [volumes.fresh(paths.INPUT)]
        for target, inside_it in _LEFT.items():
            if target in self._launch.full:
                mounts.append(volumes.full(target, self._launch.full[target]))
            else:
                mounts.append(volumes.filled(target, [], inside_it) if target in read_only else volumes.fresh(target))
        moved = self._launch.moved
        apart: dict[str, list[tuple[str, bytes]]] = {}
        for name in self._launch.channels:
            default = paths.channel(name)
            target = moved.get(default, default)
            if name not in self._launch.read_only_channels and target == default:
                continue
            beginning = f"data/{name}/"
            inside = [(path.removeprefix(beginning), content) for path, content in given if path.startswith(beginning)]
            given = [(path, content) for path, content in given if not path.startswith(beginning)]
            if name in self._launch.read_only_channels:
                mounts.append(volumes.filled(target, inside))
            else:
                apart[target] = inside
        beside = [target for default, target in moved.items() if default in _WRITTEN or target in apart]
        mounts += [volumes.fresh(target) for target in beside]
        self._container = self._new(mounts)
        unwritable = {*self._launch.read_only_channels, *self._launch.pipes}
        there = [name for name in self._launch.channels if name not in unwritable or paths.channel(name) in moved]
        directories = ["input/data", *(f"input/data/{name}" for name in there)]
        directories += ["input/config"] if self._launch.configuration else []
        directories += ["model"] if paths.MODEL not in {*read_only, *self._launch.full} else []
        directories += ["output/data"] if paths.OUTPUT not in read_only else []
        directories += ["output/failure"] if self._launch.failure_path == "directory" else []
        pipes = [f"input/data/{name}" for name in self._launch.pipes]
        self._copy_in([(f"input/{path}", content) for path, content in given], directories, pipes)
        for target in beside:
            if (inside := apart.get(target, [])) or self._launch.for_anyone:
                self._copy_beside(target, inside)

    def _copy_beside(self, target: str, files: list[tuple[str, bytes]]) -> None:
        """Copy files, by their paths below ``target``, into a mount that is not below ``/opt/ml``."""
        # The mount itself is a directory that may have to be writable.
        parent, name = (target, ".") if self._podman else posixpath.split(target)
        inside = [(posixpath.join(name, path), content) for path, content in files]
        self.get_wrapped_container().put_archive(parent, pack(inside, [name], for_anyone=self._launch.for_anyone))

    def _copy_in(self, files: list[tuple[str, bytes]], directories: list[str], pipes: list[str]) -> None:
        """Copy files, directories and FIFOs, by their paths below ``/opt/ml``, into the container's mounts."""
        container = self.get_wrapped_container()
        if not self._podman:
            container.put_archive(paths.ML, pack(files, directories, pipes, for_anyone=self._launch.for_anyone))
            return
        # Docker copies into all mounts below a path at once; Podman would copy beneath them.
        for_anyone = self._launch.for_anyone
        for mount in (paths.INPUT, paths.MODEL, paths.OUTPUT):
            top = posixpath.basename(mount) + "/"
            inside = [(path.removeprefix(top), content) for path, content in files if path.startswith(top)]
            below = [path.removeprefix(top) for path in directories if path.startswith(top)]
            waiting = [path.removeprefix(top) for path in pipes if path.startswith(top)]
            if inside or below or waiting or for_anyone:
                # The mount itself is a directory that is to be writable, too.
                top_itself = ["."] if for_anyone else []
                container.put_archive(mount, pack(inside, [*top_itself, *below], waiting, for_anyone=for_anyone))

    def _new(self, mounts: list[Mount]) -> Any:
        launch = self._launch
        if launch.network == SILENT:
            name = f"{self._owner.name(next(_numbers))}-silent"
            self._silent = SilentNetwork(self.get_docker_client().client, name, self._labels)
        return self.get_docker_client().create(
            self.image,
            command=list(launch.command),
            environment=dict(launch.environment),
            labels=self._labels,
            name=self._owner.name(next(_numbers)),
            entrypoint=None if launch.entrypoint is None else list(launch.entrypoint),
            mounts=mounts,
            network=launch.network if self._silent is None else self._silent.name,
            **self._names(launch),
            dns=None if self._silent is None else [NAME_SERVER],
            mem_limit=launch.memory_bytes,
            memswap_limit=launch.memory_bytes,
            shm_size=launch.shared_memory_bytes,
            pids_limit=launch.processes,
            cap_add=list(launch.capabilities),
            security_opt=[] if launch.new_privileges else ["no-new-privileges"],
            log_config=LogConfig(type="json-file", config=_LOG_ON_ENGINE),
            # The proxies and credentials of the client are none of the image's business.
            use_config_proxy=False,
        )

    def _names(self, launch: Launch) -> dict[str, Any]:
        """Return what a container is called, and what the other hosts of its job know it by."""
        if launch.network.startswith("container:"):
            # Who joins the namespace of another container has its names too.
            return {}
        names = {"hostname": launch.hostname, "extra_hosts": dict(launch.etc_hosts)}
        if launch.host is None:
            return names
        endpoint = self.get_docker_client().client.api.create_endpoint_config(aliases=[launch.host.name])
        return names | {"networking_config": {launch.network: endpoint}}

    def _end_after(self, signal: Signal, began: float) -> Ending:
        ending = self.end(began, began + signal.sent_s + STOP_LIMIT_S)
        told = replace(signal, ended_after_s=ending.container_s - signal.sent_s, killed=ending.timed_out)
        return replace(ending, timed_out=False, signal=told)

    def _kill(self) -> bool:
        """Kill the process; False if it ended by itself at the last moment."""
        if not self.send("SIGKILL"):
            return False
        self.get_wrapped_container().wait(timeout=60)
        return True

    def _not_started(self, error: APIError, elapsed: float) -> Ending:
        """Return the ending of a process that the engine could not start, if that is the image's doing."""
        container = self.get_wrapped_container()
        container.reload()
        message = str(container.attrs["State"].get("Error") or error.explanation)
        # 126 and 127 are what a shell returns for a command that cannot be run or found.
        if container.attrs["State"]["ExitCode"] in (126, 127) or _NO_SUCH_USER.search(message):
            return Ending(None, elapsed, never_started=message.strip())
        raise error
