"""Builds the two images: `images.py base` and `images.py reference`, on the engine that DOCKER_HOST names.

Each image also has a tag that is a digest of what it was made of. So nothing is built twice, changed sources
are built anew, and several checkouts share an engine. The images are made through the engine's API, which
Docker and Podman have in common.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

import docker
from docker.errors import APIError, BuildError, ContainerError, DockerException, ImageNotFound
from docker.models.images import Image

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
SOURCES = ROOT / "reference_container"
BASE = "training-container-conformance/base"
REFERENCE = "training-container-conformance/reference"
LABEL = "training-container-conformance.sources"
SLIM = "python:3.11-slim"
PLATFORM = "linux/amd64"
PULL_SILENCE_S = 120


def main(argv: list[str]) -> None:
    """Make sure that an image is there, under its tag."""
    client = docker.from_env(timeout=PULL_SILENCE_S)
    if argv == ["base"]:
        ensure_base(client, os.environ.get("BASE") or None)
    elif argv == ["reference"]:
        ensure_reference(client)
    else:
        sys.exit(__doc__)


def ensure_base(client: docker.DockerClient, given: str | None) -> None:
    """`base:py311`: the image given, else a slim Python image, else one made by debootstrap."""
    if given:
        found = find(client, given) or pull(client, given)
        if found is None:
            sys.exit(f"BASE={given}: no such image on the engine, and it could not be pulled")
        found.tag(BASE, "py311")
        return
    tag = digest([SLIM.encode(), (ROOT / ".ci" / "rootfs").read_bytes()])
    image = find(client, f"{BASE}:{tag}")
    if image is None:
        image = pull(client, SLIM) or bootstrap(client)
        image.tag(BASE, tag)
        say(f"base: {BASE}:py311")
    image.tag(BASE, "py311")


def bootstrap(client: docker.DockerClient) -> Image:
    """An image of Debian with Python 3.11, made on this machine."""
    say("base: no registry answers; making a base image with debootstrap (a minute)")
    archive = CACHE / "base.tar"
    run(ROOT / ".ci" / "rootfs", archive)
    changes = ['CMD ["python"]', f"LABEL {LABEL}=base"]
    client.api.import_image(str(archive), repository=BASE, tag="py311", changes=changes)
    archive.unlink()
    return client.images.get(f"{BASE}:py311")


def ensure_reference(client: docker.DockerClient) -> None:
    """`reference:latest`: the reference container on `base:py311`."""
    base = client.images.get(f"{BASE}:py311")
    files = sorted(path for path in SOURCES.iterdir() if path.is_file() and path.suffix != ".md")
    requirements = (SOURCES / "requirements.txt").read_text().split()
    tag = digest([str(base.id).encode(), *(part for path in files for part in (path.name.encode(), path.read_bytes()))])
    image = find(client, f"{REFERENCE}:{tag}")
    if image is None:
        say("reference: building (the first time takes minutes)")
        image = build(client, files, lacking(client, requirements), tag)
        say(f"reference: {REFERENCE}:latest")
    image.tag(REFERENCE, "latest")


def lacking(client: docker.DockerClient, requirements: list[str]) -> list[str]:
    """The requirements that the base image does not have in any version: SageMaker's has its own PyTorch."""
    names = [re.split("[=<>]", requirement)[0] for requirement in requirements]
    program = f"import importlib.util as u; print(*[n for n in {names} if not u.find_spec(n)])"
    try:
        output = client.containers.run(
            f"{BASE}:py311", ["-c", program], entrypoint=["python"], remove=True, network_disabled=True
        )
    except (ContainerError, APIError) as error:
        sys.exit(f"{BASE}:py311 does not run Python: {error}")
    missing = output.decode().split()
    return [requirement for name, requirement in zip(names, requirements, strict=True) if name in missing]


def build(client: docker.DockerClient, files: Iterable[Path], requirements: list[str], tag: str) -> Image:
    """Build from `files` and the wheels of `requirements`, without a network."""
    wheels: list[Path] = []
    if requirements:
        folder = CACHE / f"wheels-{digest([line.encode() for line in requirements])}"
        run(ROOT / ".ci" / "wheels", folder, *requirements)
        wheels = sorted(folder.glob("*.whl"))
    context_file = CACHE / f"context-{os.getpid()}.tar"
    try:
        with tarfile.open(context_file, "w") as context:
            for path in (*files, *wheels):
                name = f"wheels/{path.name}" if path in wheels else path.name
                add(context, name, path)
        with context_file.open("rb") as stream:
            image, _ = client.images.build(
                fileobj=stream,
                custom_context=True,
                tag=f"{REFERENCE}:{tag}",
                buildargs={"BASE": f"{BASE}:py311", "REQUIREMENTS": " ".join(requirements)},
                labels={LABEL: tag},
                platform=PLATFORM,
                rm=True,
                timeout=1800,
            )
    except BuildError as error:
        sys.exit("".join(str(line.get("stream", "")) for line in error.build_log) + str(error))
    finally:
        context_file.unlink(missing_ok=True)
    return image


def run(script: Path, *arguments: str | Path) -> None:
    """Run one of the scripts beside this file; it says itself what is wrong."""
    done = subprocess.run([script, *arguments], check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    if done.returncode:
        sys.exit(1)


def add(context: tarfile.TarFile, name: str, path: Path) -> None:
    """Put a file into the context without its owner and time, which would defeat the engine's build cache."""
    content = path.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    context.addfile(entry, io.BytesIO(content))


def find(client: docker.DockerClient, name: str) -> Image | None:
    """The image with this name, if the engine has it."""
    try:
        return client.images.get(name)
    except ImageNotFound:
        return None


def pull(client: docker.DockerClient, name: str) -> Image | None:
    """The image from its registry; None where it cannot be had."""
    try:
        return client.images.pull(name, platform=PLATFORM)
    except (DockerException, OSError):
        return None


def digest(parts: Iterable[bytes]) -> str:
    """A short digest of byte strings, as a tag."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big") + part)
    return sha.hexdigest()[:16]


def say(line: str) -> None:
    """A line of progress."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DockerException as error:
        sys.exit(f"the container engine said: {error}")
