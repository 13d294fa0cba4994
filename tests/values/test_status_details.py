"""What GetTrainedModel shows of a failure file: its first 1024 characters, whatever bytes it holds."""

from __future__ import annotations

import io
import json

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.plan import draw_plan
from conformance.report.counterexample import run_as_json
from conformance.run.archive import pack, read_tree
from conformance.values.run import Run
from tests.judge.evidence import loaded

_JOB = draw_plan(loaded(), size="smoke", seed=0).baseline
_PIECES = st.one_of(st.binary(max_size=3), st.text(max_size=3).map(lambda text: text.encode("utf-8", "surrogatepass")))
# A few pieces, repeated past where the platform cuts, and past what is kept of a file.
_CONTENTS = st.builds(
    lambda head, piece, times: head + piece * times, st.binary(max_size=1030), _PIECES, st.integers(0, 70_000)
)


def left(content: bytes) -> Run:
    """A run whose container left this failure file, read as it is read out of a container."""
    archive = pack([("output/failure", content)])
    return Run(_JOB, 1, output=read_tree(io.BytesIO(archive)))


@given(_CONTENTS)
@example(b"")
@example(b"\xef\xbb\xbfcause")
@example(b"x" * 1023 + "\U0001f600".encode() + b"beyond")
@example(b"x" * 1023 + b"\xf0\x9f")
@example(b"\xed\xa0\x80" * 2000)
@example(b"cause\0" * 20_000)
def test_any_bytes_show_their_first_characters(content: bytes) -> None:
    shown = left(content).status_details
    assert shown == content.decode("utf-8", "replace")[: len(shown)]
    assert len(shown) == min(1024, len(content.decode("utf-8", "replace")))
    # Reports hold it: nothing in it may keep them from being written, or change it there.
    assert json.loads(json.dumps(run_as_json(left(content)), ensure_ascii=False).encode())["status_details"] == shown


@given(st.text(st.characters(codec="utf-8"), max_size=3000))
def test_text_is_shown_as_it_was_written(text: str) -> None:
    assert left(text.encode()).status_details == text[:1024]
