"""Simulated Martian scenes: textured ground, rocks, horizons and hardware-like shapes.

Every scene is a function of a generator, a size and a site. A site (one per sol) fixes the light
and the colour of the ground, so that images of one sol resemble each other as real ones do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.float64]  # (S, S, 3), 0 to 1
Field = NDArray[np.float64]  # (S, S)


@dataclass(frozen=True)
class Site:
    """What the images of one sol share: ground colour, roughness, light and its direction."""

    colour: NDArray[np.float64]
    slope: float
    gain: float
    sun_angle: float


def draw_site(rng: Generator) -> Site:
    """Draw the look of one sol."""
    red = rng.uniform(0.5, 0.72)
    colour = np.array([red, red * rng.uniform(0.62, 0.78), red * rng.uniform(0.42, 0.62)])
    return Site(colour, rng.uniform(1.1, 2.0), rng.uniform(0.65, 1.2), rng.uniform(0, 2 * np.pi))


def draw_scene(kind: str, rng: Generator, size: int, site: Site) -> Picture:
    """Return one picture of a class of `SCENES`, with camera noise."""
    picture = SCENES[kind][1](rng, size, site) * site.gain
    noisy: Picture = picture + rng.normal(0, 0.015, picture.shape)
    return np.clip(noisy, 0, 1)


def fractal(rng: Generator, size: int, slope: float) -> Field:
    """Return noise of power spectrum 1 / f^(2 slope), mean 0 and deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / frequency**slope
    raw: Field = np.fft.irfft2(spectrum, s=(size, size))
    field: Field = (raw - raw.mean()) / max(float(raw.std()), 1e-9)
    return field


def _grid(size: int) -> tuple[Field, Field]:
    """Return x to the right and y downward, each 0 to 1 across the picture."""
    axis = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(axis, axis)
    return x, y


def _tint(brightness: NDArray[Any], colour: NDArray[np.float64]) -> Picture:
    picture: Picture = brightness[:, :, None] * colour
    return picture


def _paint(picture: Picture, mask: Field, colour: Picture | NDArray[np.float64]) -> Picture:
    """Lay a colour over a picture where mask (0 to 1) says so."""
    return picture * (1 - mask[:, :, None]) + mask[:, :, None] * colour


def _edge(distance: Field, size: int) -> Field:
    """Return 1 where distance < 0 and 0 where > 0, over about two pixels."""
    return np.clip(0.5 - distance * size / 2, 0, 1)


def _ground(rng: Generator, size: int, site: Site) -> Picture:
    relief = fractal(rng, size, site.slope)
    shade = np.cos(site.sun_angle) * np.gradient(relief, axis=1)
    shade = shade + np.sin(site.sun_angle) * np.gradient(relief, axis=0)
    return _tint(1 + 0.12 * relief + 0.25 * shade, site.colour)


def _rocks(rng: Generator, size: int, site: Site) -> Picture:
    picture, (x, y) = _ground(rng, size, site), _grid(size)
    for _ in range(rng.integers(3, 9)):
        cx, cy, radius = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.07, 0.22)
        turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.5, 0.9)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = ((y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)) / squeeze
        inside = _edge(np.hypot(u, v) - radius * (1 + 0.1 * fractal(rng, size, 1.8)), size)
        light = ((x - cx) * np.cos(site.sun_angle) + (y - cy) * np.sin(site.sun_angle)) / radius
        face = 0.75 + 0.35 * light + 0.06 * fractal(rng, size, 1.0)
        picture = _paint(picture, inside, _tint(face, site.colour * rng.uniform(0.6, 0.95)))
    return picture


def _horizon(rng: Generator, size: int, site: Site) -> Picture:
    x, y = _grid(size)
    line = rng.uniform(0.25, 0.6) + 0.04 * fractal(rng, size, 2.0)[size // 2][None, :]
    hills = line - 0.08 * np.abs(np.sin(2 * np.pi * (x * rng.uniform(0.5, 1.5) + rng.uniform())))
    sky = _tint(0.95 - 0.25 * y, np.array([0.85, 0.74, 0.6]))
    far = _tint(0.8 + 0.04 * fractal(rng, size, 1.6), site.colour * 0.85 + 0.12)
    picture = _paint(sky, _edge(hills - y, size), far)
    return _paint(picture, _edge(line - y, size), _ground(rng, size, site))


def _wheel(rng: Generator, size: int, site: Site) -> Picture:
    picture, (x, y) = _ground(rng, size, site), _grid(size)
    cx, cy, radius = rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65), rng.uniform(0.3, 0.45)
    distance = np.hypot(x - cx, y - cy)
    angle = np.arctan2(y - cy, x - cx) + rng.uniform(0, 2 * np.pi)
    metal = 0.45 + 0.12 * np.sign(np.sin(angle * rng.integers(20, 30)))
    picture = _paint(picture, _edge(distance - radius, size), _tint(metal, np.ones(3)))
    spokes = 0.2 + 0.25 * (np.cos(angle * 5) > 0.8)
    return _paint(picture, _edge(distance - 0.72 * radius, size), _tint(spokes, np.ones(3)))


def _drill_hole(rng: Generator, size: int, site: Site) -> Picture:
    picture, (x, y) = _ground(rng, size, site), _grid(size)
    cx, cy, radius = rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7), rng.uniform(0.06, 0.12)
    distance = np.hypot(x - cx, y - cy)
    tailings = _edge(distance - radius * (2.4 + 0.5 * fractal(rng, size, 1.6)), size)
    picture = _paint(picture, 0.8 * tailings, np.array([0.62, 0.6, 0.58]))
    return _paint(picture, _edge(distance - radius, size), np.array([0.04, 0.03, 0.03]))


def _ripples(rng: Generator, size: int, site: Site) -> Picture:
    x, y = _grid(size)
    turn, waves = rng.uniform(-0.5, 0.5), rng.uniform(5, 11)
    phase = (y * np.cos(turn) + x * np.sin(turn)) * waves + 0.25 * fractal(rng, size, 2.2)
    crest = np.abs(np.sin(np.pi * phase))
    return _tint(0.7 + 0.4 * crest + 0.03 * fractal(rng, size, 0.6), site.colour * 0.85)


def _layers(rng: Generator, size: int, site: Site) -> Picture:
    x, y = _grid(size)
    tilt = rng.uniform(-0.3, 0.3)
    depth = (y + tilt * x) * rng.uniform(6, 12) + 0.35 * fractal(rng, size, 2.0)
    shades = rng.uniform(0.55, 1.15, 64)
    steps = shades[np.clip(np.floor(depth + 16), 0, 63).astype(int)]
    return _tint(steps + 0.08 * fractal(rng, size, 1.0), site.colour)


def _veins(rng: Generator, size: int, site: Site) -> Picture:
    picture, (x, y) = _ground(rng, size, site), _grid(size)
    for _ in range(rng.integers(2, 5)):
        turn = rng.uniform(0, np.pi)
        line = (x - rng.uniform()) * np.cos(turn) + (y - rng.uniform()) * np.sin(turn)
        width = rng.uniform(0.006, 0.02)
        wander = np.abs(line + 0.03 * fractal(rng, size, 2.0)) - width
        picture = _paint(picture, 0.9 * _edge(wander, size), np.array([0.9, 0.88, 0.84]))
    return picture


def _target(rng: Generator, size: int, site: Site) -> Picture:
    x, y = _grid(size)
    picture = _tint(np.full((size, size), 0.32) + 0.03 * fractal(rng, size, 1.2), np.ones(3))
    cx, cy, radius = rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.6), rng.uniform(0.25, 0.38)
    distance, angle = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx) + rng.uniform(0, 6.28)
    for ring, grey in ((1.0, 0.85), (0.8, 0.5), (0.6, 0.2)):
        picture = _paint(picture, _edge(distance - ring * radius, size), np.full(3, grey))
    chips = np.array([[0.8, 0.2, 0.15], [0.2, 0.55, 0.25], [0.2, 0.3, 0.75], [0.85, 0.75, 0.2]])
    for number, chip in enumerate(chips):
        place = number * np.pi / 2 + rng.uniform(-0.1, 0.1)
        turned = np.abs(np.angle(np.exp(1j * (angle - place)))) - 0.4
        mask = _edge(np.maximum(turned * 0.2, np.abs(distance - 1.15 * radius) - 0.08), size)
        picture = _paint(picture, mask, chip)
    return picture


def _sun(rng: Generator, size: int, site: Site) -> Picture:
    x, y = _grid(size)
    distance = np.hypot(x - rng.uniform(0.35, 0.65), y - rng.uniform(0.35, 0.65))
    glow = np.exp(-distance * rng.uniform(5, 9))
    disk = _edge(distance - rng.uniform(0.05, 0.11), size)
    return _tint(0.05 + 0.4 * glow + disk, np.array([0.9, 0.9, 1.0]))


def _night(rng: Generator, size: int, site: Site) -> Picture:
    stars = np.zeros((size, size))
    count = rng.integers(15, 60)
    stars[rng.integers(size, size=count), rng.integers(size, size=count)] = rng.uniform(
        0.3, 1, count
    )
    _, y = _grid(size)
    haze = 0.05 + 0.08 * rng.uniform() * (1 - y) + 0.01 * fractal(rng, size, 1.5)
    return _tint(haze + stars, np.array([0.9, 0.92, 1.0]))


def _tracks(rng: Generator, size: int, site: Site) -> Picture:
    picture, (x, y) = _ground(rng, size, site), _grid(size)
    centre, bend = rng.uniform(0.3, 0.5), rng.uniform(-0.3, 0.3)
    for offset in (0.0, rng.uniform(0.22, 0.3)):
        away = np.abs(x - centre - offset - bend * (y - 0.5) ** 2) - 0.06
        tread = 0.55 + 0.25 * (np.sin(y * 2 * np.pi * rng.uniform(12, 18)) > 0)
        picture = _paint(picture, 0.8 * _edge(away, size), _tint(tread, site.colour))
    return picture


Scene = Callable[[Generator, int, Site], Picture]

SCENES: Mapping[str, tuple[float, Scene]] = {
    "ground": (0.32, _ground),
    "float rocks": (0.14, _rocks),
    "horizon": (0.13, _horizon),
    "wheel": (0.10, _wheel),
    "drill hole": (0.07, _drill_hole),
    "sand ripples": (0.06, _ripples),
    "layers": (0.05, _layers),
    "light-toned veins": (0.04, _veins),
    "calibration target": (0.03, _target),
    "sun": (0.02, _sun),
    "night sky": (0.02, _night),
    "wheel tracks": (0.02, _tracks),
}
"""Share and drawing of each class; the shares are as skewed as in the real sets."""
