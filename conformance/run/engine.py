"""The container engine: connecting to it, and what it knows of an image."""

from __future__ import annotations

import os
import re
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from conformance.values.image import Engine, Image

Pull = Literal["missing", "always", "never"]
TIMEOUT_S = 120
# What docker-py, the HTTP library under it and the reading of archives raise when the engine, and not the image, is at
# fault.
ENGINE_ERRORS = (DockerException, requests.exceptions.RequestException, OSError, tarfile.TarError)
_environment = threading.Lock()


class EngineUnavailableError(DockerException):
    """No engine answers. The message says where it was looked for, and what to do."""


class ImageUnavailableError(Exception):
    """The image cannot be had. The message says why, and what to do."""


def connect() -> docker.DockerClient:
    """Return a client of the engine that testcontainers finds: ``DOCKER_HOST``, a context, or the usual socket."""
    from testcontainers.core.docker_client import DockerClient  # reads the environment when imported

    where = os.environ.get("DOCKER_HOST", "the usual socket or the current context")
    try:
        with environment_kept():
            client = DockerClient(timeout=TIMEOUT_S).client
        client.ping()
    except ENGINE_ERRORS as error:
        raise EngineUnavailableError(
            f"no container engine answers at {where} ({_first_line(error)}). "
            "Start Docker, or Podman with its socket and DOCKER_HOST set to it."
        ) from error
    return client


@contextmanager
def environment_kept() -> Iterator[None]:
    """Take back that a client of testcontainers writes ``DOCKER_HOST`` into the environment, which is the user's."""
    with _environment:
        before = os.environ.get("DOCKER_HOST")
        try:
            yield
        finally:
            if before is None:
                os.environ.pop("DOCKER_HOST", None)
            else:
                os.environ["DOCKER_HOST"] = before


def describe_engine(client: docker.DockerClient) -> Engine:
    """Return name, versions and storage driver of the engine."""
    version = client.version()
    components = " ".join(str(part.get("Name", "")) for part in version.get("Components") or ())
    name = "podman" if "podman" in components.lower() else "docker"
    return Engine(name, str(version["Version"]), str(version["ApiVersion"]), str(client.info().get("Driver", "")))


def resolve_image(client: docker.DockerClient, reference: str, pull: Pull) -> Image:
    """Return what the engine says of an image, pulled first where ``pull`` says so."""
    try:
        if pull == "always":
            _pull(client, reference)
        try:
            attributes = client.images.get(reference).attrs
        except ImageNotFound:
            if pull != "missing":
                raise ImageUnavailableError(
                    f"--image={reference}: the engine has no such image, and pull={pull} "
                    "forbids to pull it. Build or pull it first."
                ) from None
            _pull(client, reference)
            attributes = client.images.get(reference).attrs
    except (APIError, requests.exceptions.RequestException) as error:
        raise ImageUnavailableError(
            f"--image={reference}: the engine has no such image and cannot pull it ({_first_line(error)}). "
            "Build it, or check its name and that you are logged in to its registry."
        ) from error
    return image_of(reference, attributes)


def image_of(reference: str, attributes: dict[str, Any]) -> Image:
    """Return the image that the engine's answer to an inspection describes."""
    configuration = attributes.get("Config") or {}
    environment = tuple(tuple(entry.partition("=")[::2]) for entry in configuration.get("Env") or ())
    labels = tuple(sorted((configuration.get("Labels") or {}).items()))
    digests = attributes.get("RepoDigests") or ()
    return Image(
        reference=reference,
        config_digest=str(attributes["Id"]),
        manifest_digest=digests[0].partition("@")[2] if digests else None,
        platform=f"{attributes.get('Os', '')}/{attributes.get('Architecture', '')}",
        entrypoint=tuple(configuration.get("Entrypoint") or ()),
        command=tuple(configuration.get("Cmd") or ()),
        user=str(configuration.get("User") or ""),
        environment=environment,
        labels=labels,
        size_bytes=int(attributes.get("Size") or 0),
        base=_base(dict(labels), dict(environment)),
    )


def _base(labels: dict[str, str], environment: dict[str, str]) -> str | None:
    """Return what an image says it is derived from; SageMaker's images say so in a label or a variable."""
    if name := labels.get("org.opencontainers.image.base.name"):
        return name
    sagemaker = sorted(f"{key}={value}" for key, value in labels.items() if key.startswith("com.amazonaws.ml.engines"))
    if sagemaker:
        return "SageMaker: " + ", ".join(sagemaker)
    if framework := environment.get("SAGEMAKER_TRAINING_MODULE"):
        return f"SageMaker: {framework}"
    return None


def _pull(client: docker.DockerClient, reference: str) -> None:
    name = reference if "@" in reference or re.search(r":[^/]+$", reference) else f"{reference}:latest"
    try:
        client.images.pull(name)
    except NotFound as error:
        raise ImageUnavailableError(
            f"--image={reference}: neither the engine nor a registry has it ({_first_line(error)}). "
            "Build it, or check its name."
        ) from error


def _first_line(error: BaseException) -> str:
    text = getattr(error, "explanation", None) or str(error) or type(error).__name__
    return str(text).strip().splitlines()[0][:300]
