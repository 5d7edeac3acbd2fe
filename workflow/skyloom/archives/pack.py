"""Many files as one raw file: a stored zip that depends on their names and bytes alone."""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from skyloom.archives.verify import FetchError


def pack_files(files: Mapping[str, Path], target: Path) -> None:
    """Write files under their names into an uncompressed zip file: sorted, without times."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in tqdm(sorted(files), "pack", mininterval=5, unit="file"):
            entry = zipfile.ZipInfo(name)
            entry.file_size = files[name].stat().st_size  # decides on the 64-bit format
            with files[name].open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed, 2**20)


def pack_folder(folder: Path, target: Path) -> None:
    """Pack all files of a folder under their paths in it; raise `FetchError` when it has none."""
    files = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    if not files:
        raise FetchError(f"{folder} is an empty folder: put the shard's files into it")
    pack_files(files, target)
