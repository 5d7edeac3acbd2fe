"""Raw files of every format, small: members, and how they become the archive that is read."""

import io
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parents[1] / "surveys"
for folder in (HERE, HERE / "aurora", HERE / "galaxies", HERE / "sun"):
    sys.path.append(str(folder))

import aurora_files  # noqa: E402
import galaxy_files  # noqa: E402
import mars_files  # noqa: E402
import sun_made  # noqa: E402

Members = Mapping[str, bytes]


@dataclass(frozen=True)
class Format:
    """One format of raw files.

    Attributes:
        survey: whose reader reads it.
        members: returns the files inside, by name.
        name: of the file that is read; its ending says how members are packed.
        settings: of the reader.
    """

    survey: str
    members: Callable[[], Members]
    name: str
    settings: Mapping[str, Any]

    def pack(self, members: Members) -> bytes:
        """Return the archive of some members."""
        if self.name.endswith(".zip"):
            return _zip(members)
        if self.name.endswith(".tgz"):
            return _tgz(members)
        (content,) = members.values()
        return content


def _zip(members: Members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _tgz(members: Members) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _msl() -> Members:
    names = [f"0003ML000000011010003{place}E01_DRCL.JPG" for place in range(4)]
    pictures = {
        f"calibrated/{name}": mars_files.jpeg(60 + 20 * at) for at, name in enumerate(names)
    }
    lists = "".join(f"calibrated/{name} {at}\n" for at, name in enumerate(names))
    classes = "".join(f"{at} class{at}\n" for at in range(4))
    return {
        **pictures,
        "train-calibrated-shuffled.txt": lists.encode(),
        "msl_synset_words-indexed.txt": classes.encode(),
    }


def _cdf() -> Members:
    frames = np.stack([aurora_files.sky(place, 32) for place in range(5)])
    start = datetime(2014, 3, 10, 6, tzinfo=UTC).timestamp()
    return {"a.cdf": aurora_files.level1_cdf("gill", frames, start + 3.0 * np.arange(5))}


def _oath() -> Members:
    lines = ["0,0,00001,arc,334", "0,1,00002,diffuse,029", "1,5,00003,noaurora,355"]
    return aurora_files.oath_tree(lines)


def _disks() -> Members:
    longitude = sun_made.middle_of_disk(sun_made.START)
    row = ("AR1", f"{sun_made.START:%Y-%m-%dT%H:%M:%S}", 10.0, longitude)
    disks = sun_made.disk_series(3, spot=(longitude, 10.0))
    return {**disks, "regions.csv": sun_made.catalogue(row)}


def _npz() -> Members:
    buffer = io.BytesIO()
    np.savez(buffer, cube=galaxy_files.cube(6), labels=galaxy_files.labels(6))
    return {"sdss.npz": buffer.getvalue()}


FORMATS = {
    "mars zip": Format("mars", _msl, "a.zip", {}),
    "aurora stream0": Format(
        "aurora",
        lambda: {"a": aurora_files.packed(aurora_files.minute(4))},
        "20140310_0600_gill_themis19_full.pgm.gz",
        {"cadence": 0},
    ),
    "aurora cdf": Format("aurora", _cdf, "thg_l1_asf_gill_2014031006_v01.cdf", {"cadence": 0}),
    "aurora oath": Format("aurora", _oath, "oath.tgz", {"cadence": 0}),
    "sun disks": Format(
        "sun",
        _disks,
        "disks.zip",
        {"frames": 3, "cadence_seconds": 21600, "degrees_per_pixel": 0.5},
    ),
    "galaxy frames": Format(
        "galaxies", lambda: galaxy_files.frame_members(galaxy_files.FIELD), "fields.zip", {}
    ),
    "galaxy npz": Format("galaxies", _npz, "sdss.npz", {}),
    "galaxy hdf5": Format(
        "galaxies", lambda: {"a": galaxy_files.one_file("sdss.h5")}, "sdss.h5", {}
    ),
}
