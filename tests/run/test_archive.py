"""Archives that come out of containers: whatever is in them, reading gives a tree within bounds or a TarError."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.run import archive
from conformance.run.archive import pack, read_entry, read_file, read_tree
from conformance.values.artifacts import Entry, Tree

_TYPES = [
    tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
    tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, b"?", b"\xff",
]  # fmt: skip
_NAMES = st.one_of(
    st.sampled_from(
        ["model/", "model", "model/../../etc/passwd", "/etc/passwd", "..", "model//x", "model/a\nb", "", "/"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30).map(lambda text: f"model/{text}"),
    st.binary(min_size=1, max_size=20).map(
        lambda name: "model/" + name.replace(b"\0", b"").decode("utf-8", "surrogateescape")
    ),
    st.just("model/" + "deep/" * 2000),
)
_RECORDS = st.dictionaries(
    st.one_of(
        st.sampled_from(
            ["path", "linkpath", "size", "mtime", "uid", "hdrcharset", "GNU.sparse.map", "GNU.sparse.size",
             "GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.realsize", "GNU.sparse.numblocks", "GNU.sparse.name"]
        ),
        st.text(st.characters(codec="utf-8", exclude_characters="=\0"), min_size=1, max_size=5),
    ),
    st.one_of(
        st.sampled_from(["0", "1", "-1", "1e9", "9" * 40, "0,5,10,5", "BINARY", "model/other", "../../x", "nan", ""]),
        st.text(st.characters(codec="utf-8"), max_size=10),
    ),
    max_size=3,
)  # fmt: skip


@st.composite
def members(draw: st.DrawFn) -> bytes:
    """One member of a hostile archive: its header says what it likes."""
    member = tarfile.TarInfo(draw(_NAMES))
    member.type = draw(st.sampled_from(_TYPES))
    member.linkname = draw(_NAMES)[:90]
    content = draw(st.binary(max_size=1500))
    declared = draw(st.sampled_from([None, 0, 1, 511, 513, 10**6, 10**12, 8**11 - 1]))
    member.size = len(content) if declared is None else declared
    member.pax_headers = draw(_RECORDS)
    extended = draw(st.booleans())
    header = member.tobuf(tarfile.PAX_FORMAT if extended else tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    return header + content + bytes(-len(content) % 512)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """An archive of such members: whole, cut off, or with bytes in it that are none of an archive."""
    whole = b"".join(draw(st.lists(members(), max_size=6))) + bytes(1024)
    match draw(st.sampled_from(["whole", "whole", "cut off", "spoilt"])):
        case "cut off":
            return whole[: draw(st.integers(0, len(whole)))]
        case "spoilt":
            at = draw(st.integers(0, len(whole)))
            spoilt = draw(st.binary(min_size=1, max_size=600))
            return whole[:at] + spoilt + whole[at + len(spoilt) :]
    return whole


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@given(content=archives(), size=st.integers(1, 2000))
@example(content=b"", size=1)
@example(content=bytes(512), size=1)
def test_any_archive_is_a_tree_or_an_error(content: bytes, size: int) -> None:
    opened: list[str] = []
    with _watching(opened):
        try:
            tree = read_tree(chunks(content, size))
        except tarfile.TarError:
            return
        finally:
            assert opened == []
    assert len({entry.path for entry in tree.entries}) == len(tree.entries)
    for entry in tree.entries:
        assert len(entry.path) <= archive.NAME_CHARACTERS
        assert entry.size_bytes >= len(entry.content)
        assert len(entry.content) <= len(content)
        assert entry.kind == "file" or not entry.content
        if entry.sha256 is not None and entry.size_bytes <= archive.CONTENT_BYTES:
            assert hashlib.sha256(entry.content).hexdigest() == entry.sha256


@given(content=archives(), limit=st.integers(0, 2000))
def test_any_archive_is_a_file_or_an_error(content: bytes, limit: int) -> None:
    try:
        found = read_file(chunks(content, 512), limit)
    except tarfile.TarError:
        return
    assert found is None or len(found) <= limit


_FILES = st.dictionaries(
    st.from_regex(r"[a-zé]{1,8}(/[a-zé .]{1,120}){0,2}x", fullmatch=True), st.binary(max_size=3000), max_size=8
).filter(lambda files: not any(path.startswith(f"{other}/") for path in files for other in files))


@given(files=_FILES, size=st.integers(1, 5000))
def test_what_is_packed_is_read_back(files: dict[str, bytes], size: int) -> None:
    packed = pack([(f"top/{path}", content) for path, content in files.items()], ["top"])
    tree = read_tree(chunks(packed, size))
    assert {file.path: file.content for file in tree.files()} == files
    assert tree.complete
    assert {entry.kind for entry in tree.entries} <= {"file", "directory"}
    assert read_entry(chunks(packed, size), "that").kind == "directory"


@given(files=_FILES, cut=st.floats(0, 1, exclude_max=True))
def test_an_archive_that_is_cut_off_anywhere_is_an_error(files: dict[str, bytes], cut: float) -> None:
    packed = pack([(f"top/{path}", content) for path, content in files.items()], ["top"])
    # The end is padded to whole records; the mark of the end is the first block of zeros.
    end = len(packed.rstrip(b"\0")) if not files else packed.rindex(b"ustar")
    with pytest.raises(tarfile.TarError):
        read_tree(chunks(packed[: int(end * cut)], 700))


def test_an_archive_without_its_end_is_an_error() -> None:
    packed = pack([("top/model", b"x" * 512)])
    whole = 3 * 512
    assert read_tree([packed[: whole + 512]]).find("model") is not None
    with pytest.raises(tarfile.TarError, match="cut off"):
        read_tree([packed[:whole]])


def _archive(*given_: tuple[tarfile.TarInfo, bytes]) -> bytes:
    parts = [member.tobuf(tarfile.PAX_FORMAT) + content + bytes(-len(content) % 512) for member, content in given_]
    return b"".join(parts) + bytes(1024)


def _member(path: str, type_: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type, member.size, member.linkname = type_, size, link
    return member


def test_a_file_beyond_what_is_read_ends_the_tree() -> None:
    huge = 10**12

    def endless() -> Iterator[bytes]:
        yield _archive((_member("model/a", size=1), b"a"))[:1024]
        yield _member("model/b", size=huge).tobuf(tarfile.PAX_FORMAT)
        for _ in range(8):
            yield b"b" * 1024 * 1024
        raise AssertionError("it is read on")

    tree = read_tree(endless())
    assert not tree.complete
    found = tree.find("b")
    assert found is not None
    assert (found.size_bytes, found.sha256) == (huge, None)
    assert found.content == b"b" * archive.CONTENT_BYTES
    assert tree.has_model()


def test_many_files_end_the_tree() -> None:
    def endless() -> Iterator[bytes]:
        for number in range(archive.MAX_ENTRIES + 5000):
            assert number < archive.MAX_ENTRIES + 4000, "it is read on"
            yield _member(f"model/{number}").tobuf(tarfile.PAX_FORMAT)

    tree = read_tree(endless())
    assert len(tree.entries) == archive.MAX_ENTRIES
    assert not tree.complete


def test_many_bytes_of_small_files_end_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 5_000_000)
    given_ = [(_member(f"model/{i}", size=1_000_000), b"x" * 1_000_000) for i in range(9)]
    tree = read_tree(chunks(_archive(*given_), 4096))
    assert not tree.complete
    assert len(tree.entries) == 5
    assert [entry.sha256 is None for entry in tree.entries] == [False] * 4 + [True]


@pytest.mark.parametrize("type_", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, b"?"])
def test_an_extended_header_is_not_read_whatever_its_size(type_: bytes) -> None:
    def endless() -> Iterator[bytes]:
        yield _member("model/x", type_, 10**11).tobuf(tarfile.GNU_FORMAT)
        for _ in range(8):
            yield b"1" * 1024 * 1024
        raise AssertionError("it is read on")

    assert read_tree(endless()) == Tree(complete=False)


def test_links_and_devices_are_told_and_not_followed() -> None:
    tree = read_tree(
        [
            _archive(
                (_member("model/b", tarfile.SYMTYPE, link="/etc/passwd"), b""),
                (_member("model/a", size=4), b"text"),
                (_member("model/c", tarfile.LNKTYPE, link="model/a"), b""),
                (_member("model/d", tarfile.LNKTYPE, link="/etc/passwd"), b""),
                (_member("model/e", tarfile.CHRTYPE), b""),
                (_member("model/f", tarfile.FIFOTYPE), b""),
                (_member("model/../../g", size=1), b"g"),
            )
        ]
    )
    text = hashlib.sha256(b"text").hexdigest()
    assert tree.complete
    assert tree.entries == (
        Entry("../../g", "file", 1, b"g", hashlib.sha256(b"g").hexdigest()),
        Entry("a", "file", 4, b"text", text),
        Entry("b", "symbolic link"),
        Entry("c", "file", 4, b"text", text),
        Entry("d", "hard link"),
        Entry("e", "device"),
        Entry("f", "pipe"),
    )


_WATCHED: list[list[str]] = []


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    if _WATCHED and (event == "open" or event.startswith(("os.", "shutil."))):
        _WATCHED[-1].append(f"{event} {arguments[:1]}")


class _watching:  # noqa: N801  # reads as a statement
    """Everything in the file system that is touched within the context, by Python's audit events."""

    hooked: Callable[..., None] | None = None

    def __init__(self, seen: list[str]) -> None:
        if _watching.hooked is None:
            _watching.hooked = _on_event
            sys.addaudithook(_on_event)
        self._seen = seen

    def __enter__(self) -> None:
        _WATCHED.append(self._seen)

    def __exit__(self, *_: object) -> None:
        _WATCHED.pop()


def test_what_is_watched_is_the_file_system() -> None:
    seen: list[str] = []
    with _watching(seen), io.open(__file__, "rb"):  # noqa: UP020
        pass
    assert len(seen) == 1
