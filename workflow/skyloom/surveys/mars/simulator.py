"""A simulated MSL archive: the zip file, lists and class map of the real sets."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from skyloom.atomic import atomic_path
from skyloom.surveys.mars.scenes import SCENES, draw_scene, draw_site
from skyloom.surveys.mars.settings import SimulatorSettings

_CAMERAS = ("ML", "MR", "MH")


@dataclass(frozen=True)
class _Shot:
    """One image to simulate: file name without ending, class and sol."""

    stem: str
    kind: str
    sol: int
    mirrored: bool = False


def simulate_shard(
    path: Path, settings: SimulatorSettings, seed: int, columns: Mapping[str, str]
) -> None:
    """Write one zip file in the layout of MSL v2.1, atomically.

    Args:
        path: the zip file.
        settings: sizes and split sols.
        seed: of everything drawn; with the sol it names each image's stream.
        columns: the shard sheet's own columns; `first_sol` is needed.
    """
    first = int(columns["first_sol"])
    shots = _plan(settings, first, np.random.default_rng([seed, first]))
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for number, shot in enumerate(shots):
            content = _jpeg(shot, settings, seed)
            rng = np.random.default_rng([seed, first, number])
            if rng.uniform() < settings.damaged:
                content = content[: len(content) // 3]
            _add(archive, f"images/{shot.stem}.jpg", content)
        for split, lines in _lists(shots, settings).items():
            _add(archive, f"{split}-set-simulated.txt", "\n".join(lines).encode() + b"\n")
        names = "".join(f"{number},{name}\n" for number, name in enumerate(SCENES))
        _add(archive, "class_map.csv", names.encode())


def _plan(settings: SimulatorSettings, first: int, rng: np.random.Generator) -> list[_Shot]:
    shares = np.array([share for share, _ in SCENES.values()])
    kinds = rng.choice(list(SCENES), size=settings.images, p=shares / shares.sum())
    kinds[: len(SCENES)] = list(SCENES)  # every class occurs
    sols = first + rng.integers(settings.sols, size=settings.images)
    shots = []
    for number, (kind, sol) in enumerate(zip(kinds, sols, strict=True)):
        camera = _CAMERAS[rng.integers(len(_CAMERAS))]
        shot = _Shot(f"{sol:04d}{camera}{first:04d}{number:012d}C00_DRCL", str(kind), int(sol))
        shots.append(shot)
        if rng.uniform() < settings.copies:
            shots.append(_Shot(f"{shot.stem}-fh", shot.kind, shot.sol, mirrored=True))
    return shots


def _jpeg(shot: _Shot, settings: SimulatorSettings, seed: int) -> bytes:
    site = draw_site(np.random.default_rng([seed, shot.sol]))
    name = shot.stem.removesuffix("-fh")
    rng = np.random.default_rng([seed, *name.encode()])
    picture = draw_scene(shot.kind, rng, settings.image_size, site)
    pixels = np.round(picture * 255).astype(np.uint8)
    image = Image.fromarray(pixels[:, ::-1] if shot.mirrored else pixels)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _lists(shots: list[_Shot], settings: SimulatorSettings) -> dict[str, list[str]]:
    numbers = {kind: number for number, kind in enumerate(SCENES)}
    lists: dict[str, list[str]] = {}
    for shot in shots:
        split = "train" if shot.sol < settings.val_from else "val"
        split = "test" if shot.sol >= settings.test_from else split
        lists.setdefault(split, []).append(f"{shot.stem}.jpg {numbers[shot.kind]}")
    return lists


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)
