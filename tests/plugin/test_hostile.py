"""An image that writes whatever harms who reads it: every report is valid, and shows it as text."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable

import pytest

from tests.conftest import Outcome, run_suite
from tests.plugin.test_outcomes import cases
from tests.plugin.test_report_json import problems
from tests.report.test_markdown import PLAIN, rendered
from tests.report.test_page import acts_on_nothing, parsed

HOSTILE = (
    b"<script>alert(1)</script><img src=x onerror=alert(2)> ]]> --> </style></pre> \x1b[2J\x1b[31mred\x1b]0;title\x07 "
    b"\x00\x08\r\xed\xa0\x80\xff\xe2\x80\xae | **bold** [link](javascript:alert(3)) `code` @somebody #1 <!-- \n"
    b"```\n# no heading\n= passed: launch.trains\n"
)
PROGRAM = f"""
import os, sys
for stream in (1, 2):
    os.write(stream, {HOSTILE!r} * 20)
open('/opt/ml/output/failure', 'wb').write({HOSTILE!r} * 20)
sys.exit(1)
"""
SHOWN = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def hostile(trainee: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A session with an image that does nothing but write what is hostile."""
    directory = tmp_path_factory.mktemp("hostile")
    # A string of a launch form has 256 characters at most.
    parts = textwrap.wrap(PROGRAM.encode().hex(), 256)
    joined = f"import sys; exec(bytes.fromhex(''.join(sys.argv[1:{len(parts) + 1}])))"
    entrypoint = json.dumps(["python3", "-S", "-c", joined, *parts])
    manifest = directory / "algorithm.toml"
    manifest.write_text(
        f'schema_version = 1\n[algorithm]\nname = "hostile"\n[container]\nentrypoint = {entrypoint}\n'
        '[channels.train]\n[[channels.train.columns]]\nname = "a"\ntype = "double"\n'
    )
    image = f"--image={trainee('shell')}"
    return run_suite(
        image,
        f"--contract-manifest={manifest}",
        "-k",
        "launch or failure or logs",
        "--junitxml=junit.xml",
        directory=directory,
    )


def report(found: Outcome, name: str) -> str:
    return (found.directory / "contract-report" / name).read_text(encoding="utf-8")


def test_the_verdict_is_not_the_images(hostile: Outcome) -> None:
    assert hostile.exit_code == 1, hostile.output
    assert "launch.trains" in hostile.rules("failed")
    assert not hostile.rules("error")
    assert not [line for line in hostile.output.splitlines() if not line.isprintable()]


def test_the_page(hostile: Outcome) -> None:
    page = parsed(report(hostile, "report.html"))
    assert acts_on_nothing(page)
    text = "".join(page.itertext())
    assert SHOWN in text
    assert not [c for c in text if not c.isprintable() and c not in "\n\t"]


def test_json(hostile: Outcome) -> None:
    assert not problems(hostile.report)


def test_markdown(hostile: Outcome) -> None:
    comment = rendered(report(hostile, "report.md"))
    # In a hint of ours a renderer that guesses sees an address.
    assert {link.text for link in comment.iter("a")} <= {"reproduce.sh"}
    assert {element.tag for element in comment.iter()} <= {*PLAIN, "a"}


def test_junit(hostile: Outcome) -> None:
    failure = cases(hostile.directory / "junit.xml")["launch.trains"].find("failure")
    assert failure is not None
    assert SHOWN in (failure.text or "")


def test_counterexamples(hostile: Outcome) -> None:
    examples = hostile.directory / "contract-report" / "counterexamples"
    folders = [path for path in examples.iterdir() if path.is_dir()]
    assert folders
    for file in (path for folder in folders for path in folder.rglob("*")):
        assert file.resolve().is_relative_to(hostile.directory.resolve())
        assert str(file).isprintable()
        if file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))
