"""What one run costs of an image that does nothing, as a ratio to ``docker run --rm --network none`` with two mounts.

    .venv/bin/python benchmarks/run_cost.py [ROUNDS]

Both are measured in every round, in random order, so that a machine whose speed drifts slows both. ``docker run`` has
two empty directories as bind mounts and no input; the suite copies the input of the plain job in, and reads logs, model
and output back.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import docker

from conformance.data.waiting import static_program
from conformance.manifest import generic_manifest
from conformance.plan import draw_plan
from conformance.run.archive import pack
from conformance.run.namespaces import Namespaces
from conformance.run.ownership import this_owner
from conformance.run.sweep import sweep_session
from conformance.run.trainer import Trainer
from conformance.values.run import Run

_TAG = "training-container-conformance/noop:latest"
_LIMIT_S = 60.0
_X86_64 = 62


def noop_image(client: docker.DockerClient) -> str:
    """Return the id of an image that holds nothing but a program, as its entrypoint, that ends with exit code 0."""
    program = static_program(_X86_64, bytes.fromhex("b83c00000031ff0f05"))
    content = pack([("noop", program)], executable=True)
    repository, tag = _TAG.split(":")
    client.api.import_image_from_data(content, repository=repository, tag=tag, changes=['ENTRYPOINT ["/noop"]'])
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
