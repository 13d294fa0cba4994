"""The official package sagemaker-training as the entrypoint of a program that keeps every rule by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Suite


@pytest.mark.matrix
def test_what_it_breaks_is_reported_and_nothing_else(suite: Suite, trainee: Callable[[str], str]) -> None:
    found = suite(f"--image={trainee('toolkit')}")
    assert found.exit_code == 1, found.output
    assert found.rules("failed") == {
        "environment.model-dir",
        "environment.output-dir",
        "environment.channel-dir",
        "failure.unwritable",
        "stop.sigterm",
    }
    assert found.rules("warned") == {"config.absent", "failure.fits", "stop.early"}
    assert not found.rules("error")
