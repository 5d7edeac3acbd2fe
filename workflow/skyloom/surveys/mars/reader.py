"""Reader of the labelled MSL sets (v1: Zenodo 1049137, v2.1: Zenodo 4033453).

Layout: images in a folder, `NAME ID` lists whose file names say train, val or test, and a class
map (`ID name` lines in v1, `id,name` CSV in v2.1). A zip file or a folder.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from skyloom.surveys.contract import UNLISTED, Offer, UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.mars.names import parse_name
from skyloom.surveys.members import Members

SPLITS = ("train", "val", "test")
_IMAGE = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)
_CLASS_MAP = re.compile(r"(class_?map.*\.csv|synset.*\.txt)$", re.IGNORECASE)


class MslArchive:
    """An MSL set, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, path: Path) -> None:
        self._members = Members(path)
        self._images = {
            PurePosixPath(name).name: name for name in self._members.names if _IMAGE.search(name)
        }
        if not self._images:
            raise UnreadableArchiveError(
                f"{path} holds no .jpg or .png. Expected an MSL set: a folder of images, "
                "train/val/test lists and a class map."
            )
        self.remarks: list[str] = []
        self._classes = self._read_class_map()
        self._listed = self._read_lists()
        self.offers: Sequence[Offer] = [*self._present(), *self._absent()]

    def read(self, offer: Offer) -> bytes:
        """Return the bytes of one image."""
        return self._members.read(offer.source)

    def decode(self, offer: Offer, content: bytes) -> NDArray[np.uint8]:
        """Return the pixels (3, H, W) of one JPEG or PNG; grey frames become three equal bands."""
        try:
            with Image.open(io.BytesIO(content)) as image:
                pixels = np.asarray(image.convert("RGB"))  # (H, W, 3)
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
        ) as error:
            raise UnreadableImageError(
                f"no readable image ({len(content)} bytes): {error}"
            ) from error
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def _present(self) -> list[Offer]:
        seen: dict[str, str] = {}
        offers = []
        for source in self._members.names:
            if not _IMAGE.search(source):
                continue
            file = PurePosixPath(source).name
            name = parse_name(PurePosixPath(file).stem)
            twin = seen.setdefault(name.stem, source)
            image_id = name.stem if twin == source else source
            rejected = None if twin == source else f"same file name as {twin}"
            offers.append(self._offer(file, source, image_id, rejected))
        return offers

    def _absent(self) -> list[Offer]:
        return [
            self._offer(
                file,
                file,
                PurePosixPath(file).stem,
                f"named in the {split} list, not in the archive",
            )
            for file, (split, _) in self._listed.items()
            if file not in self._images
        ]

    def _offer(self, file: str, source: str, image_id: str, rejected: str | None) -> Offer:
        name = parse_name(PurePosixPath(file).stem)
        split, number = self._listed.get(file, (UNLISTED, None))
        label = None if number is None else self._classes.get(number)
        if number is not None and label is None:
            rejected = rejected or f"its class {number} is not in the class map"
        return Offer(
            image_id=image_id,
            source=source,
            group=name.group,
            original=name.original,
            split=split,
            time=name.time,
            label=label,
            covariates={"sol": name.sol, "camera": name.camera},
            rejected=rejected,
        )

    def _read_class_map(self) -> dict[str, str]:
        maps = [name for name in self._members.names if _CLASS_MAP.search(name)]
        if not maps:
            self.remarks.append("no class map: images stay unlabelled")
            return {}
        lines = self._members.text(maps[0]).splitlines()
        pairs = (re.split(r"[,\s]+", line.strip(), maxsplit=1) for line in lines if line.strip())
        return {pair[0]: pair[1].strip() for pair in pairs if pair[0].isdigit() and len(pair) == 2}

    def _read_lists(self) -> dict[str, tuple[str, str]]:
        """Return split and class number by file name; a missing list is a remark, not an error."""
        listed: dict[str, tuple[str, str]] = {}
        for split in SPLITS:
            lists = [name for name in self._members.names if _is_list(name, split)]
            if not lists:
                self.remarks.append(f"no {split} list: the set has no {split} images")
            for line in self._members.text(lists[0]).splitlines() if lists else ():
                self._take_line(line, split, listed)
        return listed

    def _take_line(self, line: str, split: str, listed: dict[str, tuple[str, str]]) -> None:
        words = line.split()
        if not words:
            return
        if len(words) != 2 or not words[1].isdigit():
            self.remarks.append(f"{split} list: '{line.strip()}' is no 'NAME ID' line, left out")
            return
        file = PurePosixPath(words[0]).name
        if file in listed and listed[file][0] != split:
            self.remarks.append(
                f"{file} stands in the {listed[file][0]} and the {split} list: kept in the first"
            )
            return
        listed[file] = (split, words[1])


def _is_list(name: str, split: str) -> bool:
    file = PurePosixPath(name).name.lower()
    return file.endswith(".txt") and re.match(rf"{split}[-_.]", file) is not None


def open_archive(path: Path) -> MslArchive:
    """Open an MSL set; raise `UnreadableArchiveError` when it is none."""
    return MslArchive(path)
