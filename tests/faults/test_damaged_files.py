"""Raw files of every format, damaged at random: a reason each, and never another error."""

import contextlib
import resource
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import damaged
from raw_formats import FORMATS, Format

from skyloom.errors import SkyloomError
from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.registry import survey_part

SEEDS = 24
"""In every run; MORE_SEEDS besides where there is time."""
MORE_SEEDS = 400
MOST_MEMORY = 6 * 2**30
"""Bytes of address space: a header that lies about sizes must not fill the memory."""


@pytest.fixture(autouse=True)
def _bounded_memory() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@cache
def members_of(name: str) -> dict[str, bytes]:
    return dict(FORMATS[name].members())


def read_all(form: Format, path: Path) -> tuple[int, int]:
    """Read all that a file offers; return how many images could be read, and how many not."""
    settings = survey_part(form.survey, "settings").ReaderSettings.model_validate(form.settings)
    archive: Any = survey_part(form.survey, "reader").open_archive(path, settings, {})
    good = bad = 0
    for offer in archive.offers:
        if offer.rejected is not None:
            bad += 1
            continue
        try:
            pixels = archive.read(offer).pixels
        except UnreadableImageError:
            bad += 1
        else:
            assert pixels.size > 0
            good += 1
    return good, bad


@pytest.mark.parametrize("name", FORMATS)
def test_an_undamaged_file_is_read(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    path = tmp_path / form.name
    path.write_bytes(form.pack(members_of(name)))
    good, bad = read_all(form, path)
    assert good > 0
    assert bad == 0


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", FORMATS)
def test_damage_is_a_reason_or_harmless(name: str, seed: int, tmp_path: Path) -> None:
    read_damaged(name, seed, tmp_path)


@pytest.mark.study
@pytest.mark.parametrize("name", FORMATS)
def test_much_damage_is_a_reason_or_harmless(name: str, tmp_path: Path) -> None:
    for seed in range(SEEDS, MORE_SEEDS):
        read_damaged(name, seed, tmp_path)


def read_damaged(name: str, seed: int, folder: Path) -> None:
    """Read a file that is damaged; of even seeds a member is, before it is packed."""
    form, members = FORMATS[name], members_of(name)
    rng = np.random.default_rng(seed)
    if seed % 2 == 0:
        chosen = sorted(members)[int(rng.integers(len(members)))]
        members = {**members, chosen: damaged(members[chosen], seed)}
    content = form.pack(members)
    path = folder / form.name
    path.write_bytes(damaged(content, seed) if seed % 2 else content)
    with contextlib.suppress(SkyloomError):
        read_all(form, path)
