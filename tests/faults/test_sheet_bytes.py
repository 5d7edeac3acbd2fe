"""Shard sheets of arbitrary bytes."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from skyloom.errors import SkyloomError
from skyloom.shards import read_sheet

HEAD = b"shard\turl\tbytes\tsha256\n"
ROW = b"a\thttps://archive.example/a.zip\t12\t" + b"0" * 64 + b"\n"
PIECES = st.one_of(
    st.just(ROW),
    st.binary(max_size=40),
    st.lists(st.text(max_size=12), max_size=6).map(lambda cells: "\t".join(cells).encode() + b"\n"),
    st.tuples(st.integers(0, len(ROW)), st.binary(max_size=3)).map(
        lambda cut: ROW[: cut[0]] + cut[1] + ROW[cut[0] :]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=5).map(b"".join))
def test_any_bytes_are_shards_or_a_message(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.tsv"
        path.write_bytes(HEAD + content)
        with contextlib.suppress(SkyloomError):
            for name, shard in read_sheet(path).items():
                assert shard.name == name
                assert "/" not in name
