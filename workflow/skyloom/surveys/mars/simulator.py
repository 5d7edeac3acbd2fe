"""A simulated archive of Mars: the zip file of MSL v2.1, or raw images sol by sol."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from PIL import Image

from skyloom.shards import Member, Shard
from skyloom.surveys.mars.contents import stem_of
from skyloom.surveys.mars.names import parse_name
from skyloom.surveys.mars.scenes import SCENES, draw_scene, draw_site
from skyloom.surveys.mars.settings import SimulatorSettings
from skyloom.surveys.simulation import Simulated

_CAMERAS = ("ML", "MR", "MH")
_MIRRORED = "-fh"


@dataclass(frozen=True)
class _Shot:
    """One image to simulate: its name without ending, class, sol and whether it is cut short."""

    image_id: str
    label: str
    sol: int
    damaged: bool


def simulate_shard(shard: Shard, settings: SimulatorSettings, seed: int) -> Simulated:
    """Simulate one shard.

    Args:
        shard: a zip file, whose column `first_sol` says where its sols begin; or members, which
            are the raw images of their names.
        settings: sizes and split sols.
        seed: of everything drawn; with an image's name it gives the stream of that image.

    Returns:
        The files, and a truth table with image_id, label, sol and damaged (cut short).
    """
    if shard.members:
        raw = {member.file.url: _raw_shot(member, settings, seed) for member in shard.members}
        return Simulated(_raw_files(raw, settings, seed), _truth(list(raw.values())))
    first = int(shard.columns["first_sol"])
    shots = _plan(settings, first, np.random.default_rng([seed, first]))
    return Simulated(_labelled_set(shard, shots, settings, seed), _truth(shots))


def _truth(shots: list[_Shot]) -> pd.DataFrame:
    return pd.DataFrame([asdict(shot) for shot in shots])


def _labelled_set(
    shard: Shard, shots: list[_Shot], settings: SimulatorSettings, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Yield the zip file in the layout of MSL v2.1."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for shot in shots:
            _add(archive, f"images/{shot.image_id}.jpg", _jpeg(shot, settings, seed))
        for split, lines in _lists(shots, settings).items():
            _add(archive, f"{split}-set-simulated.txt", "\n".join(lines).encode() + b"\n")
        names = "".join(f"{number},{name}\n" for number, name in enumerate(SCENES))
        _add(archive, "class_map.csv", names.encode())
    yield shard.file.url, buffer.getvalue()


def _plan(settings: SimulatorSettings, first: int, rng: np.random.Generator) -> list[_Shot]:
    kinds = _draw_kinds(settings.images, rng)
    kinds[: len(SCENES)] = list(SCENES)  # every class occurs
    sols = first + rng.integers(settings.sols, size=settings.images)
    shots = []
    for number, (kind, sol) in enumerate(zip(kinds, sols, strict=True)):
        camera = _CAMERAS[rng.integers(len(_CAMERAS))]
        name = f"{sol:04d}{camera}{first:04d}{number:012d}C00_DRCL"
        copies = [name, name + _MIRRORED] if rng.uniform() < settings.copies else [name]
        damaged = rng.uniform(size=len(copies)) < settings.damaged
        pairs = zip(copies, damaged, strict=True)
        shots += [_Shot(copy, kind, int(sol), bool(cut)) for copy, cut in pairs]
    return shots


def _draw_kinds(count: int, rng: np.random.Generator) -> list[str]:
    shares = np.array([share for share, _ in SCENES.values()])
    drawn = rng.choice(list(SCENES), size=count, p=shares / shares.sum())
    return [str(kind) for kind in drawn]


def _raw_shot(member: Member, settings: SimulatorSettings, seed: int) -> _Shot:
    name = parse_name(stem_of(member.name))
    rng = np.random.default_rng([seed, *member.file.url.encode()])
    kind, damaged = _draw_kinds(1, rng)[0], bool(rng.uniform() < settings.damaged)
    return _Shot(name.stem, kind, int(member.columns.get("sol") or name.sol or 0), damaged)


def _raw_files(
    shots: dict[str, _Shot], settings: SimulatorSettings, seed: int
) -> Iterator[tuple[str, bytes]]:
    for address, shot in shots.items():
        yield address, _jpeg(shot, settings, seed)


def _jpeg(shot: _Shot, settings: SimulatorSettings, seed: int) -> bytes:
    site = draw_site(np.random.default_rng([seed, shot.sol]))
    name = shot.image_id.removesuffix(_MIRRORED)
    rng = np.random.default_rng([seed, *name.encode()])
    picture = draw_scene(shot.label, rng, settings.image_size, site)
    pixels = np.round(picture * 255).astype(np.uint8)
    image = Image.fromarray(pixels if name == shot.image_id else pixels[:, ::-1])
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    content = buffer.getvalue()
    return content[: len(content) // 3] if shot.damaged else content


def _lists(shots: list[_Shot], settings: SimulatorSettings) -> dict[str, list[str]]:
    numbers = {kind: number for number, kind in enumerate(SCENES)}
    lists: dict[str, list[str]] = {}
    for shot in shots:
        split = "train" if shot.sol < settings.val_from else "val"
        split = "test" if shot.sol >= settings.test_from else split
        lists.setdefault(split, []).append(f"{shot.image_id}.jpg {numbers[shot.label]}")
    return lists


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)
