"""Makes the plugin work in a checkout that was never installed; in one that was, it is the same plugin."""

import pytest

from conformance.plugin import add_image_option

pytest_plugins = ["conformance.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register ``--image`` here, because plugins that conftests bring are too late to do it after them."""
    add_image_option(parser)
