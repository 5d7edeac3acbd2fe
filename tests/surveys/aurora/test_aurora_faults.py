"""Bad inputs: each gives a message that names file, value and remedy, or a rejected row."""

import io
import tarfile
from datetime import UTC, datetime, timedelta

import cdflib.cdfwrite
import numpy as np
import pytest
from aurora_files import (
    EVERY,
    frame_header,
    make_cdf,
    make_tgz,
    make_zip,
    minute,
    oath_tree,
    packed,
    png8,
    png_with_alpha,
    sky,
)

from skyloom.surveys.aurora.pictures import decode_colour_png
from skyloom.surveys.aurora.raw_formats import stream0_frame
from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError

MINUTE = "20140310_0600_gill_themis19_full.pgm"
PICTURE = "oath_v1.1/images/cropped_scaled/00002.png"
LINES = ["0,0,00001,arc,334", "0,1,00002,diffuse,029", "1,5,00003,noaurora,355"]
MOMENT = datetime(2014, 3, 10, 6, tzinfo=UTC)


def oath(tmp_path, **changes):
    files = {**oath_tree(LINES), **{PICTURE: changes["picture"]}} if changes else oath_tree(LINES)
    return make_tgz(tmp_path / "oath.tgz", files)


def labels(tmp_path, lines, **more):
    return make_tgz(tmp_path / "oath.tgz", oath_tree(lines, **more))


def one_minute(tmp_path, content):
    path = tmp_path / MINUTE
    path.write_bytes(content)
    return path


def damaged(tmp_path):
    content = bytearray(packed(minute(4)))
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    return one_minute(tmp_path, bytes(content))


def without_time(tmp_path):
    header = frame_header(MOMENT)
    del header["Image request start"]
    return one_minute(tmp_path, stream0_frame(sky(), header) + minute(1))


LATER = MOMENT + timedelta(seconds=30)


def tar_of_frames(count=4):
    """Return a tar file of one frame a file, as long as its files alone make it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number in range(count):
            frame = minute(1, MOMENT + timedelta(seconds=3 * number))
            info = tarfile.TarInfo(f"20140310_06000{3 * number}_gill_nascam-iccd02_full.pgm")
            info.size = len(frame)
            archive.addfile(info, io.BytesIO(frame))
        size = archive.offset
    return file.getvalue()[: size + 2 * tarfile.BLOCKSIZE]


TAR_FRAME = (len(tar_of_frames()) - 2 * tarfile.BLOCKSIZE) // 4


def cut_tar(tmp_path, left):
    return make_zip(tmp_path / "a.zip", {"a.pgm.tar": tar_of_frames()[:left], MINUTE: minute(1)})


REJECTED = {
    "a gzip file damaged inside": (damaged, 2, "frame 2"),
    "a frame without its time": (without_time, 1, "'Image request start' is ''"),
    "a file cut inside a frame": (
        lambda p: one_minute(p, minute(3)[:-100]),
        2,
        "frame 2 is cut short: 8092 of 8192 bytes",
    ),
    "something else than a frame": (
        lambda p: one_minute(p, minute(2) + b"<html>"),
        2,
        "no PGM header",
    ),
    "something else behind the gzip data": (
        lambda p: one_minute(p, packed(minute(3)) + b"<html>"),
        3,
        "6 bytes follow its gzip data",
    ),
    "the second of two gzip files cut": (
        lambda p: one_minute(p, packed(minute(3)) + packed(minute(2, LATER))[:-300]),
        4,
        "frame 4 is cut short: .* cut short at",
    ),
    "a tar file cut between two frames": (
        lambda p: cut_tar(p, 2 * TAR_FRAME),
        3,
        "a tar file that ends after 2 files without its end mark",
    ),
    "a tar file cut inside a header": (
        lambda p: cut_tar(p, 2 * TAR_FRAME + 100),
        3,
        "a tar file that ends after 2 files without its end mark",
    ),
    "a tar file that is none": (
        lambda p: make_zip(p / "a.zip", {"a.pgm.tar": b"<html>", MINUTE: minute(1)}),
        1,
        "cut short or damaged after 0 files",
    ),
    "a constant frame": (
        lambda p: one_minute(p, minute(pictures=[sky(), np.full((64, 64), 3300, np.uint16)])),
        1,
        "constant frame: counts 3300 to 3300",
    ),
    "an empty PNG": (lambda p: oath(p, picture=b""), 2, r"no PNG \(0 bytes\)"),
    "an 8-bit PNG": (
        lambda p: oath(p, picture=png8()),
        2,
        "8 bits a band where 16 are expected",
    ),
    "a 16-bit PNG with colour and transparency": (
        lambda p: oath(p, picture=png_with_alpha(6)),
        2,
        "a PNG of colour type 6, expected 0",
    ),
    "a 16-bit PNG with grey and transparency": (
        lambda p: oath(p, picture=png_with_alpha(4)),
        2,
        "a PNG of colour type 4, expected 0",
    ),
    "a PNG cut short": (
        lambda p: oath(p, picture=oath_tree(LINES)[PICTURE][:500]),
        2,
        "damaged PNG",
    ),
    "a label outside 0 to 5": (
        lambda p: labels(p, [LINES[0], "0,6,00002,storm,029"]),
        1,
        "class6 is '6', expected 0 to 5",
    ),
    "a label that is no number": (
        lambda p: labels(p, [LINES[0], "0,,00002,,029"]),
        1,
        "class6 is '', expected 0 to 5",
    ),
    "a number labelled twice": (
        lambda p: labels(p, [*LINES, "1,3,00002,cloudy,001"], pictures=["00001", "00002", "00003"]),
        3,
        "picNum 00002 stands there twice",
    ),
    "two pictures of one name": (
        lambda p: labels(p, LINES, more={"copy/00002.png": oath_tree(LINES)[PICTURE]}),
        3,
        "same file name as oath_v1.1/images/cropped_scaled/00002.png",
    ),
    "a labelled picture that is missing": (
        lambda p: labels(p, LINES, pictures=["00001", "00003"]),
        2,
        "labelled, but its picture is not there",
    ),
    "a picture whose name says no place": (
        lambda p: make_zip(p / "a.zip", {"photo.png": png8(), MINUTE: minute(1)}),
        1,
        "which says station and time",
    ),
}


@pytest.mark.parametrize("fault", REJECTED)
def test_one_bad_image_is_rejected_and_the_others_are_kept(tmp_path, fault):
    make, good, message = REJECTED[fault]
    archive = open_archive(make(tmp_path), EVERY, {})
    read, reasons = [], []
    for offer in archive.offers:
        try:
            assert offer.rejected is None
            read.append(archive.read(offer))
        except AssertionError:
            reasons.append(offer.rejected)
        except UnreadableImageError as error:
            reasons.append(str(error))
    assert len(read) == good
    assert len(reasons) == 1
    with pytest.raises(UnreadableImageError, match=message):
        raise UnreadableImageError(reasons[0])
    assert len({offer.image_id for offer in archive.offers}) == len(archive.offers)


def test_a_tar_file_cut_inside_a_frame_tells_of_the_frame_and_of_the_rest(tmp_path):
    archive = open_archive(cut_tar(tmp_path, 2 * TAR_FRAME + 3000), EVERY, {})
    good = [offer for offer in archive.offers if offer.rejected is None]
    assert [archive.read(offer).pixels.shape[0] for offer in good] == [1, 1, 1]
    reasons = sorted(offer.rejected for offer in archive.offers if offer.rejected)
    assert reasons[0].startswith("a tar file that is cut short or damaged after 3 files")
    assert reasons[1].startswith("frame 0 is cut short")
    assert len(reasons) == 2


def test_the_transparency_of_a_grey_png_is_no_green():
    with pytest.raises(UnreadableImageError, match=r"shape \(8, 8, 2\), expected 8 bits"):
        decode_colour_png(png_with_alpha(4, depth=8))


def test_gzip_files_joined_to_one_are_read_whole(tmp_path):
    joined = packed(minute(3)) + packed(minute(2, LATER)) + bytes(100)
    archive = open_archive(one_minute(tmp_path, joined), EVERY, {})
    assert [offer.rejected for offer in archive.offers] == [None] * 5


def cdf_without(tmp_path, *lost):
    path = tmp_path / "hour.cdf"
    file = cdflib.cdfwrite.CDF(path, cdf_spec={"rDim_sizes": []})
    frames = np.stack([sky(n, 32) for n in range(3)])
    times = MOMENT.timestamp() + 3.0 * np.arange(3)
    for name, type_, values in (("thg_asf_gill", 12, frames), ("thg_asf_gill_time", 22, times)):
        if name not in lost:
            said = {"Variable": name, "Data_Type": type_, "Num_Elements": 1, "Rec_Vary": True}
            file.write_var({**said, "Dim_Sizes": list(values.shape[1:])}, var_data=values)
    file.close()
    return path


def of_bytes(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def cut_cdf(tmp_path):
    path, _ = make_cdf(tmp_path / "hour.cdf")
    path.write_bytes(path.read_bytes()[:200])
    return path


UNREADABLE = {
    "a CDF without images": (
        lambda p: cdf_without(p, "thg_asf_gill"),
        "expected a variable thg_asf_<site> or thg_ast_<site>, found thg_asf_gill_time",
    ),
    "a CDF without times": (
        lambda p: cdf_without(p, "thg_asf_gill_time"),
        "expected a variable thg_asf_gill_time or thg_asf_gill_epoch, found thg_asf_gill",
    ),
    "a CDF cut short": (cut_cdf, "hour.cdf is no readable CDF file"),
    "an empty file": (lambda p: of_bytes(p, MINUTE, b""), "missing or empty"),
    "a web page": (lambda p: of_bytes(p, "oath.tgz", b"<html>"), "no readable zip or tar file"),
    "a tarball cut short": (
        lambda p: of_bytes(p, "cut.tgz", oath(p).read_bytes()[:900]),
        "no readable zip or tar file",
    ),
    "labels without a header": (
        lambda p: make_zip(p / "o.zip", {"classifications.csv": b"0,2,00001,discrete,334\n"}),
        "no line in classifications.csv begins with 'class2'",
    ),
    "a member that leads out of the archive": (
        lambda p: make_tgz(p / "o.tgz", {**oath_tree(LINES), "../evil.png": b""}),
        "'../evil.png', which leads out of the archive",
    ),
    "an archive of something else": (
        lambda p: make_zip(p / "o.zip", {"notes.txt": b"hello"}),
        "no all-sky frame in the raw file.*found notes.txt",
    ),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_an_unusable_archive_says_what_was_expected(tmp_path, fault):
    make, message = UNREADABLE[fault]
    with pytest.raises(UnreadableArchiveError, match=message):
        open_archive(make(tmp_path), EVERY, {})


def test_cdf_frames_without_a_time_are_rejected_and_the_others_kept(tmp_path):
    path = tmp_path / "hour.cdf"
    file = cdflib.cdfwrite.CDF(path, cdf_spec={"rDim_sizes": []})
    times = np.array([MOMENT.timestamp(), -1e31, MOMENT.timestamp() + 6])
    frames = np.stack([sky(n, 32) for n in range(3)])
    for name, type_, values in (("thg_asf_gill", 12, frames), ("thg_asf_gill_time", 22, times)):
        said = {"Variable": name, "Data_Type": type_, "Num_Elements": 1, "Rec_Vary": True}
        file.write_var({**said, "Dim_Sizes": list(values.shape[1:])}, var_data=values)
    file.close()
    archive = open_archive(path, EVERY, {})
    assert [offer.source for offer in archive.offers if not offer.rejected] == [
        "thg_asf_gill#0",
        "thg_asf_gill#2",
    ]
    (bad,) = (offer.rejected for offer in archive.offers if offer.rejected)
    assert bad == "its time is -1e+31 Unix seconds"
