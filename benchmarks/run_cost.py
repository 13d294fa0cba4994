"""What one run costs of an image that does nothing, as a ratio to ``docker run --rm --network none`` with two mounts.

    .venv/bin/python benchmarks/run_cost.py [ROUNDS]

Both are measured in every round, in random order, so that a machine whose speed drifts slows both. Both are given the
same input and everything they leave is read: ``docker run`` by bind mounts, the suite by archives.
"""

from __future__ import annotations

import io
import random
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import docker

from conformance.manifest import generic_manifest
from conformance.plan import draw_plan
from conformance.run.namespaces import Namespaces
from conformance.run.ownership import this_owner
from conformance.run.sweep import sweep_session
from conformance.run.trainer import Trainer
from conformance.values.run import Run

_TAG = "training-container-conformance/noop:latest"
_LIMIT_S = 60.0


def noop_program() -> bytes:
    """Return a static x86-64 Linux program that ends with exit code 0."""
    base = 0x400000
    code = bytes.fromhex("b83c000000 31ff 0f05".replace(" ", ""))
    size = 64 + 56 + len(code)
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return header + segment + code


def noop_image(client: docker.DockerClient) -> str:
    """Return the id of an image that holds nothing but that program, as its entrypoint."""
    content = noop_program()
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("noop")
        member.mode = 0o755
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    repository, tag = _TAG.split(":")
    client.api.import_image_from_data(
        target.getvalue(), repository=repository, tag=tag, changes=['ENTRYPOINT ["/noop"]']
    )
    return str(client.images.get(_TAG).id)


def main(rounds: int) -> None:
    """Print median and range of both, and of the ratio within a round."""
    client = docker.from_env()
    image = noop_image(client)
    loaded = generic_manifest()
    job = draw_plan(loaded, size="gate", seed=0).baseline
    owner = this_owner()
    namespaces = Namespaces(client, image, owner)
    trainer = Trainer(image, loaded, owner, max_memory_gb=4.0, started_s=time.monotonic(), namespaces=namespaces)

    with tempfile.TemporaryDirectory() as directory:
        command = ["docker", "run", "--rm", "--network", "none"]
        for name in ("model", "output"):
            (Path(directory) / name).mkdir()
            command += ["--volume", f"{directory}/{name}:/opt/ml/{name}"]
        command += [image, "train"]

        def plain() -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        def suite() -> None:
            result = trainer.run(job, _LIMIT_S)
            if not isinstance(result, Run) or result.exit_code != 0:
                raise RuntimeError(str(result))

        times: dict[str, list[float]] = {"docker run": [], "suite": []}
        for number in range(rounds + 2):
            for name, run in random.sample([("docker run", plain), ("suite", suite)], 2):
                began = time.perf_counter()
                run()
                if number >= 2:  # the first rounds warm up
                    times[name].append(1000 * (time.perf_counter() - began))
    for name, values in times.items():
        print(f"{name:<11} {statistics.median(values):6.0f} ms [{min(values):.0f}..{max(values):.0f}]")
    ratios = [suite / plain for suite, plain in zip(times["suite"], times["docker run"], strict=True)]
    print(f"ratio       {statistics.median(ratios):6.2f}    [{min(ratios):.2f}..{max(ratios):.2f}], {rounds} rounds")
    sweep_session(client, owner)
    client.images.remove(_TAG, force=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
