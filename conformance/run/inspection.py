"""A closer look at an ended container: what it wrote where nothing is read back, by the engine's list of changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

import docker
from docker.errors import NotFound

from conformance.contract import paths
from conformance.contract.limits import SCRATCH_BYTES, SCRATCH_DIRECTORIES
from conformance.run.archive import TooMuchError, file_sizes, read_tree
from conformance.run.download import archive_of
from conformance.values.artifacts import Tree
from conformance.values.inspection import Inspection, Written

COUNTED_BYTES = 10 * 10**9
"""How much of the artifacts is counted, beyond what is read of them: some two minutes of an engine's answering."""
_COUNTED_SCRATCH_BYTES = 2 * 10**9
_MOST_PATHS = 500
_MODIFIED, _ADDED = 0, 1
_MOUNTS = (paths.INPUT, paths.MODEL, paths.OUTPUT)
_OTHER_WORK = ("/opt/ml/checkpoints", "/opt/ml/code")


def inspect(
    client: docker.DockerClient, container: str, given: frozenset[str], left: Iterable[Tree], most_artifact_bytes: int
) -> Inspection:
    """Return what a container wrote elsewhere than in model and output.

    ``given`` are the paths of all files below ``/opt/ml/input`` that it was given, and ``left`` is what was read of
    model and output: where that is not all, files are counted up to ``most_artifact_bytes`` at least.
    """
    changes = {change["Path"]: int(change["Kind"]) for change in client.api.diff(container) or ()}
    layer_bytes = _layer_bytes(client, container)
    topmost = list(_topmost({path: kind for path, kind in changes.items() if kind in (_MODIFIED, _ADDED)}))
    size = partial(_written, client, container)
    below_ml = [(path, added) for path, added in topmost if _is_below(path, (paths.ML,)) and not _may_be_written(path)]
    outside = [(path, added) for path, added in topmost if not _is_below(path, (paths.ML, *SCRATCH_DIRECTORIES))]
    looked_at = outside[:_MOST_PATHS] if layer_bytes >= SCRATCH_BYTES else []
    complete = all(tree.complete for tree in left)
    return Inspection(
        elsewhere=(
            *(found for path, added in below_ml[:_MOST_PATHS] if (found := size(path, added=added)) is not None),
            *_additions(client, container, given),
        ),
        scratch=tuple(found for path, added in looked_at if (found := size(path, added=added)) is not None),
        layer_bytes=layer_bytes,
        counted=len(outside) <= _MOST_PATHS,
        artifact_bytes=None if complete else _artifact_bytes(client, container, most_artifact_bytes),
    )


def _layer_bytes(client: docker.DockerClient, container: str) -> int:
    (found,) = client.api.containers(all=True, size=True, filters={"id": container})
    return int(found.get("SizeRw") or 0)


def _topmost(changes: dict[str, int]) -> Iterator[tuple[str, bool]]:
    """Yield the paths that were written, and whether they were added: of a directory that is new itself nothing that is
    in it, and no directory that is there only for what is in it."""
    holding = {str(parent) for path in changes for parent in PurePosixPath(path).parents}
    # The engine makes directories for mounts, and what is in those for scratch files does not count.
    apart = {str(parent) for path in (*_MOUNTS, *SCRATCH_DIRECTORIES) for parent in PurePosixPath(path).parents}
    whole = {path for path, kind in changes.items() if kind == _ADDED and path not in apart}
    for path, kind in sorted(changes.items()):
        inside = any(str(parent) in whole for parent in PurePosixPath(path).parents)
        if not inside and path not in apart and not (kind == _MODIFIED and path in holding):
            yield path, kind == _ADDED


def _is_below(path: str, directories: Iterable[str]) -> bool:
    return any(path == directory or path.startswith(directory + "/") for directory in directories)


def _may_be_written(path: str) -> bool:
    return _is_cache(path) or _is_below(path, (*_MOUNTS, *_OTHER_WORK))


def _is_cache(path: str) -> bool:
    """Whether it is a file that an interpreter keeps beside a program."""
    return "__pycache__" in PurePosixPath(path).parts or path.endswith(".pyc")


def _written(client: docker.DockerClient, container: str, path: str, *, added: bool) -> Written | None:
    """Return what lies at a path; None for a directory that has nothing new in it."""
    sizes: list[int] = []
    try:
        with archive_of(client, container, path) as chunks:
            for name, size in file_sizes(chunks, _COUNTED_SCRATCH_BYTES):
                if size is None and not added:
                    return None
                if size is not None and not (_is_below(path, (paths.ML,)) and _is_cache(name)):
                    sizes.append(size)
    except TooMuchError:
        pass  # what was counted is more than enough
    except NotFound:
        return None
    return Written(path, len(sizes), sum(sizes)) if sizes else None


def _additions(client: docker.DockerClient, container: str, given: frozenset[str]) -> Iterator[Written]:
    """Yield the files that were added beside those that the job was given."""
    try:
        with archive_of(client, container, paths.INPUT) as chunks:
            tree = read_tree(chunks)
    except NotFound:
        return
    for entry in tree.entries:
        path = f"{paths.INPUT}/{entry.path}"
        if entry.kind != "directory" and path not in given and not _is_cache(path):
            yield Written(path, 1, entry.size_bytes)


def _artifact_bytes(client: docker.DockerClient, container: str, enough: int) -> int | None:
    """Return the size of model and output data, or enough of it; None if there is too much to count."""
    total = 0
    for directory in (paths.MODEL, paths.OUTPUT_DATA):
        try:
            with archive_of(client, container, directory) as chunks:
                for _, size in file_sizes(chunks, COUNTED_BYTES):
                    total += size or 0
                    if total > enough:
                        return total
        except NotFound:
            continue
        except TooMuchError:
            return None
    return total
