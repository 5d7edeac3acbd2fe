"""Verdict logs and closed rounds of arbitrary bytes."""

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyloom.errors import SkyloomError
from skyloom.relabel.sealed import read_sealed
from skyloom.relabel.verdict_log import VerdictLog, read_log

ROW = {
    "v": 1,
    "uid": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "round": 1,
    "item": "a",
    "verdict": "keep",
    "label": "crater",
    "by": "ann",
    "at": "2026-11-25T12:00:00Z",
}
LINE = json.dumps(ROW).encode()
PIECES = st.one_of(
    st.binary(max_size=40),
    st.just(LINE + b"\n"),
    st.integers(0, len(LINE)).map(lambda end: LINE[:end]),
    st.dictionaries(st.sampled_from(sorted(ROW)), st.none() | st.text() | st.integers()).map(
        lambda change: json.dumps({**ROW, **change}).encode() + b"\n"
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=5).map(b"".join))
def test_any_bytes_are_rows_or_a_message(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ann.jsonl"
        path.write_bytes(content)
        with contextlib.suppress(SkyloomError):
            rows = read_log(path)
            VerdictLog(path)
            assert read_log(path) == rows
        kept = path.read_bytes() + b"".join(
            other.read_bytes() for other in Path(folder).glob("*.torn")
        )
        assert all(part in kept for part in content.split(b"\n"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode))))
def test_a_closed_round_of_any_bytes_is_refused(pieces: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "closed" / "round_01.csv"
        path.parent.mkdir()
        path.write_bytes(b"\n".join(pieces))
        with pytest.raises(SkyloomError, match=r"round_01\.csv"):
            read_sealed([path])
