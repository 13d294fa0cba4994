"""The reference image, as `make reference` builds it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import docker
import pytest
from docker.errors import ImageNotFound

from .training_job import Engine


@pytest.fixture(scope="session")
def docker_client() -> Iterator[docker.DockerClient]:
    client = docker.from_env(timeout=600)
    yield client
    client.close()


@pytest.fixture(scope="session")
def reference_image(docker_client: docker.DockerClient) -> str:
    tag = os.environ.get("REFERENCE_IMAGE", "training-container-conformance/reference:latest")
    try:
        docker_client.images.get(tag)
    except ImageNotFound:
        pytest.fail(f"the image {tag} is not there: run `make reference`", pytrace=False)
    return tag


@pytest.fixture(scope="session")
def engine(docker_client: docker.DockerClient, reference_image: str) -> Engine:
    return Engine(docker_client, reference_image)
