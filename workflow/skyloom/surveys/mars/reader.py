"""Reader of Mars images: labelled sets, and raw images with or without the archive's index."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from skyloom.surveys.contract import (
    Covariate,
    Offer,
    Reading,
    UnreadableArchiveError,
    UnreadableImageError,
)
from skyloom.surveys.mars.contents import Contents, image_members
from skyloom.surveys.mars.labelled import labelled_contents
from skyloom.surveys.mars.lists import is_labelled
from skyloom.surveys.mars.near_duplicates import DuplicateCount, difference_hash
from skyloom.surveys.mars.raw_images import raw_contents
from skyloom.surveys.mars.settings import ReaderSettings
from skyloom.surveys.members import Members
from skyloom.surveys.pictures import decode_picture


class MarsArchive:
    """A raw file of Mars, opened; see `skyloom.surveys.contract.Archive`.

    Attributes:
        offers: the images.
    """

    def __init__(self, members: Members, contents: Contents, settings: ReaderSettings) -> None:
        self.offers: Sequence[Offer] = contents.offers
        self._members = members
        self._remarks = contents.remarks
        self._narrowest = contents.narrowest
        self._duplicates = (
            None
            if settings.near_duplicate_distance is None
            else DuplicateCount(settings.near_duplicate_distance)
        )

    @property
    def remarks(self) -> Sequence[str]:
        """Return what the user should know; near duplicates among the images read so far."""
        if self._duplicates is None:
            return self._remarks
        return [*self._remarks, *self._duplicates.remarks()]

    def read(self, offer: Offer) -> Reading:
        """Return one picture of mode RGB; raise `UnreadableImageError`."""
        content = self._members.read(offer.source)
        sha256 = hashlib.sha256(content).hexdigest()
        picture = decode_picture(content)
        if picture.width < self._narrowest:
            raise UnreadableImageError(f"a thumbnail, {picture.width} pixels wide", sha256)
        covariates: dict[str, Covariate] = {}
        if self._duplicates is not None:
            code = difference_hash(np.asarray(picture.getchannel("G")))
            self._duplicates.add(code, offer.group)
            covariates["perceptual_hash"] = f"{code:016x}"
        return Reading(picture, sha256, covariates)


def open_archive(path: Path, settings: ReaderSettings, columns: Mapping[str, str]) -> MarsArchive:
    """Open a labelled set or raw images; raise `UnreadableArchiveError` when it is neither.

    Args:
        path: a zip file, a tar file or a folder.
        settings: what to leave out, and how near duplicates are.
        columns: the shard's own columns; `mission` and `sol` stand in where neither the list of
            members nor a file name tells.
    """
    members = Members(path)
    if is_labelled(members) and image_members(members):
        return MarsArchive(members, labelled_contents(members), settings)
    contents = raw_contents(members, settings, columns)
    if not contents.offers and not contents.remarks:
        raise UnreadableArchiveError(
            f"{path} holds no .jpg or .png. Expected a labelled set (a folder of images, "
            "train/val/test lists and a class map) or raw images."
        )
    return MarsArchive(members, contents, settings)
