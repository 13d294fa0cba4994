"""pytest's hooks and options. Without an image this does nothing at all.

PYTEST_DONT_REWRITE: a checkout's conftest.py imports this module before pytest does, which pytest would warn of.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register every option but ``--image``, which belongs to whoever registers it first."""
    from conformance.settings import OPTIONS  # nothing is imported before pytest asks for it

    group = parser.getgroup("contract", "conformance of training containers")
    group.addoption(
        "--contract-image",
        dest="contract_image",
        metavar="URI",
        help="the image to test, as --image; works also where something else has registered --image",
    )
    for option in OPTIONS:
        group.addoption(option.flag, dest=option.dest, metavar=option.metavar, help=option.help)
        if option.twins:
            parser.addini(option.dest, f"as {option.flag}", default="")
    group.addoption(
        "--contract-diagnose-network",
        dest="contract_diagnose_network",
        action="store_true",
        help="if the plain job does not train, run it once more with a network",
    )


def add_image_option(parser: pytest.Parser) -> None:
    """Register ``--image`` unless it is taken, which is then another plugin's option and not ours."""
    if not _is_registered(parser, "--image"):
        group = parser.getgroup("contract")
        group.addoption("--image", dest="contract_image", metavar="URI", help="the image to test; see docs/")


def _is_registered(parser: pytest.Parser, flag: str) -> bool:
    # How a conflict shows itself differs between versions of pytest, and so does when.
    argument = f"{flag}=any"
    try:
        return argument not in parser.parse_known_and_unknown_args([argument])[1]
    except pytest.UsageError:
        return True  # it is known and takes no such value


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None]:
    """Register ``--image`` after the conftests had their chance to."""
    yield
    add_image_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Start the suite if an image is given."""
    image = config.getoption("contract_image")
    if image is not None:
        if not image.strip():
            # An unset variable on a command line must not look like a test that passed.
            raise pytest.UsageError("--image: found nothing, should be the URI of an image")
        from conformance.suite import Suite  # as above

        config.pluginmanager.register(Suite.from_config(config), "conformance-suite")
