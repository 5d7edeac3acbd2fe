"""The one-record layout, read piece by piece, gives what cdflib gives."""

from datetime import UTC, datetime

import cdflib
import numpy as np
import pytest
from aurora_files import sky

from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.aurora.stretch import horizon_mask, stretch
from skyloom.surveys.contract import UnreadableImageError

EVERY = ReaderSettings(cadence=0, least_relief=0)
FRAMES = np.stack([sky(number, 32) for number in range(7)])
TIMES = datetime(2024, 3, 10, 6, tzinfo=UTC).timestamp() + 3.0 * np.arange(7)


def cube_file(path, encoding=1, majority="row_major", compress=6, type_=12):
    file = cdflib.cdfwrite.CDF(
        path, cdf_spec={"Majority": majority, "Encoding": encoding, "rDim_sizes": []}
    )
    said = {"Num_Elements": 1, "Rec_Vary": True}
    cube = np.ascontiguousarray(np.moveaxis(FRAMES, 0, -1))[None]
    images = {"Variable": "thg_asf_gill", "Data_Type": type_, "Compress": compress}
    file.write_var({**said, **images, "Dim_Sizes": [32, 32, 7]}, var_data=cube)
    times = {"Variable": "thg_asf_gill_time", "Data_Type": 22, "Dim_Sizes": []}
    file.write_var({**said, **times}, var_data=TIMES)
    file.close()
    return path


@pytest.mark.parametrize("encoding", [1, 6])
@pytest.mark.parametrize("compress", [0, 6])
@pytest.mark.parametrize("majority", ["row_major", "column_major"])
def test_every_way_to_store_the_record_gives_the_frames(tmp_path, encoding, compress, majority):
    path = cube_file(tmp_path / "hour.cdf", encoding, majority, compress)
    frames = np.moveaxis(cdflib.CDF(path).varget("thg_asf_gill")[0], -1, 0)
    assert frames.shape == FRAMES.shape
    assert majority == "column_major" or np.array_equal(frames, FRAMES)
    archive = open_archive(path, EVERY, {})
    for offer, frame in zip(archive.offers, frames, strict=True):
        expected, _ = stretch(frame, horizon_mask(32, 32, 0.85))
        assert np.array_equal(archive.read(offer).pixels[0], expected)


def test_a_damaged_record_rejects_its_frames(tmp_path):
    path = cube_file(tmp_path / "hour.cdf")
    content = bytearray(path.read_bytes())
    start = content.index(b"\x1f\x8b")
    content[start + 40 : start + 400] = b"\xff" * 360
    path.write_bytes(content)
    archive = open_archive(path, EVERY, {})
    for offer in archive.offers:
        with pytest.raises(UnreadableImageError, match="its frames cannot be unpacked"):
            archive.read(offer)


def test_signed_frames_are_refused(tmp_path):
    archive = open_archive(cube_file(tmp_path / "hour.cdf", type_=2), EVERY, {})
    with pytest.raises(UnreadableImageError, match="frames of type int16, expected uint16"):
        archive.read(archive.offers[0])
