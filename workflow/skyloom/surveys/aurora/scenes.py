"""Simulated skies: the six classes of OATH as light above the bias, frame by frame.

Aurora is laid out over the ground in km and looked at through layers of several heights, so that
rays converge at the zenith and bands crowd towards the horizon as real ones do.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from skyloom.surveys.aurora.camera import Camera, Field
from skyloom.surveys.aurora.nights import SIDEREAL_RATE, Night, Texture, Waves, stars

_LATITUDE = np.radians(58)
_AIRGLOW_HEIGHT, _CLOUD_HEIGHT = 97.0, 4.0
_LOW_LAYERS = ((105.0, 1.0), (118.0, 0.55))
_HIGH_LAYERS = ((100.0, 1.0), (112.0, 0.85), (128.0, 0.6), (150.0, 0.4), (180.0, 0.22))
"""Height in km and share of the brightness: green line aurora, without and with rays."""


def draw_frame(kind: str, night: Night, seconds: float, camera: Camera) -> NDArray[np.uint16]:
    """Return the counts (S, S) of one exposure.

    Args:
        kind: a class of `SCENES`.
        night: fixes shapes, places and weather.
        seconds: since the night began; frames seconds apart differ by noise and slow motion.
        camera: the imager.
    """
    light = SCENES[kind](night, seconds, camera)
    light = light + _town(night, camera)
    rng = night.stream(f"noise {seconds:.3f}")
    return camera.expose(np.where(_trees(night, camera), np.float32(0), light), rng)


def _clear(night: Night, seconds: float, camera: Camera) -> Field:
    """Airglow, brighter towards the horizon, and stars that turn about the pole."""
    strength = night.stream("airglow").uniform(150, 400)
    return np.float32(strength) * camera.van_rhijn(_AIRGLOW_HEIGHT) + _stars(night, seconds, camera)


def _stars(night: Night, seconds: float, camera: Camera) -> Field:
    ascension, declination, counts = stars(night.seed).T
    offset = night.stream("sidereal time").uniform(0, 2 * np.pi)
    hour = offset + SIDEREAL_RATE * seconds - ascension
    east = -np.cos(declination) * np.sin(hour)
    north = np.sin(declination) * np.cos(_LATITUDE)
    north = north - np.cos(declination) * np.cos(hour) * np.sin(_LATITUDE)
    up = np.sin(declination) * np.sin(_LATITUDE)
    up = up + np.cos(declination) * np.cos(hour) * np.cos(_LATITUDE)
    seen = up > 0.05
    return _points(east[seen], north[seen], up[seen], counts[seen], camera)


def _points(
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    up: NDArray[np.float64],
    counts: NDArray[np.float64],
    camera: Camera,
) -> Field:
    """Return point sources of given directions, each shared among its four nearest pixels."""
    share = np.arccos(np.clip(up, -1, 1)) / (np.pi / 2) / np.maximum(np.hypot(east, north), 1e-9)
    radius, centre = 0.98 * camera.size / 2, (camera.size - 1) / 2
    x, y = centre + radius * share * east, centre - radius * share * north
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    light = np.zeros((camera.size, camera.size), dtype=np.float32)
    for right in (0, 1):
        for down in (0, 1):
            weight = np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top))
            np.add.at(light, (top + down, left + right), weight * counts)
    return light


def _arc(night: Night, seconds: float, camera: Camera) -> Field:
    """One or two smooth bands across the sky, drifting slowly."""
    rng = night.stream("arc")
    light = _clear(night, seconds, camera)
    for _ in range(rng.integers(1, 3)):
        bend, along = Waves.draw(rng, 600, 2500, 3000), Waves.draw(rng, 400, 1500, 900)
        start, drift, tilt = (
            rng.uniform(-160, 160),
            rng.uniform(-0.03, 0.03),
            rng.uniform(-0.4, 0.4),
        )
        width, strength = rng.uniform(7, 20), rng.uniform(1500, 7000)
        for height, share in _LOW_LAYERS:
            x, y = camera.ground(height)
            middle = start + drift * seconds + tilt * x + 22 * bend.at(x, seconds)
            band = np.exp(-0.5 * ((y - middle) / width) ** 2)
            light = light + share * strength * band * np.exp(0.35 * along.at(x, seconds))
    return np.asarray(light, dtype=np.float32)


def _diffuse(night: Night, seconds: float, camera: Camera) -> Field:
    """Large patches with soft edges, about as bright as stars, some of them pulsating."""
    rng = night.stream("diffuse")
    texture, beat = Texture.draw(rng, 1.9), rng.uniform(8, 20)
    strength, drift = rng.uniform(500, 1500), rng.uniform(-0.15, 0.15, 2)
    x, y = camera.ground(110)
    patches = texture.at(x + drift[0] * seconds, y + drift[1] * seconds, rng.uniform(700, 1200))
    pulse = 1 + 0.15 * np.sin(2 * np.pi * seconds / beat + 2 * patches)
    soft = 1 / (1 + np.exp(-2.2 * (patches - 0.2)))
    brightness = soft * pulse * np.sqrt(camera.van_rhijn(110))
    return np.asarray(_clear(night, seconds, camera) + strength * brightness, dtype=np.float32)


def _discrete(night: Night, seconds: float, camera: Camera) -> Field:
    """Folded, rayed bands: bright, sharp, and in motion."""
    rng = night.stream("discrete")
    light = _clear(night, seconds, camera)
    near = (1 / (1 + camera.zenith_angle**6)).astype(
        np.float32
    )  # far off, a pixel sees many rays at once
    for _ in range(rng.integers(2, 4)):
        fold, curl = Waves.draw(rng, 120, 420, 240), Waves.draw(rng, 60, 180, 90)
        rays, parts = Waves.draw(rng, 9, 30, 25), Waves.draw(rng, 90, 300, 150)
        start, tilt = rng.uniform(-130, 170), rng.uniform(-0.7, 0.7)
        width, strength = rng.uniform(5, 9), rng.uniform(3000, 12000)
        for height, share in _HIGH_LAYERS:
            x, y = camera.ground(height)
            spread = width * (height / 100) ** 2.5  # else the layers show as separate lines
            along = x + 28 * near * curl.at(y, seconds)
            middle = start + tilt * along + 38 * fold.at(along, seconds)
            band = np.exp(-0.5 * ((y - middle) / spread) ** 2)
            rayed = np.exp(
                0.7 * near * rays.at(along, seconds) + 1.1 * parts.at(along, seconds) - 0.5
            )
            light = light + share * strength * band * rayed
    return np.asarray(light, dtype=np.float32)


def _cloudy(night: Night, seconds: float, camera: Camera) -> Field:
    """Clouds that hide the stars and shine in scattered light, in the wind."""
    rng = night.stream("cloud")
    texture, wind = Texture.draw(rng, rng.uniform(1.4, 1.9)), rng.uniform(-0.02, 0.02, 2)
    cover, glow, scale = rng.uniform(-0.4, 1.6), rng.uniform(400, 1600), rng.uniform(20, 60)
    x, y = camera.ground(_CLOUD_HEIGHT)
    thickness = texture.at(x + wind[0] * seconds, y + wind[1] * seconds, scale) + cover
    hidden = 1 / (1 + np.exp(-3 * thickness))
    shine = glow * hidden * (1.0 + 0.35 * np.tanh(thickness))
    gradient = 1 + 0.3 * np.sin(camera.azimuth - rng.uniform(0, 2 * np.pi)) * camera.zenith_angle
    clear = _clear(night, seconds, camera) * (1 - 0.97 * hidden)
    return np.asarray(clear + shine * gradient, dtype=np.float32)


def _moon(night: Night, seconds: float, camera: Camera) -> Field:
    """The Moon with its glare, and the whole sky lit by it."""
    rng = night.stream("moon")
    hour = rng.uniform(-0.9, 0.9) + SIDEREAL_RATE * seconds
    altitude = np.radians(rng.uniform(18, 45)) * np.cos(0.8 * hour)
    azimuth = np.pi + hour
    elevation = np.pi / 2 - camera.zenith_angle
    cosine = np.sin(elevation) * np.sin(altitude) + np.cos(elevation) * np.cos(altitude) * np.cos(
        camera.azimuth - azimuth
    )
    away = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    bright = rng.uniform(0.5, 1.2)
    glare = 45000 * np.exp(-((away / 2.2) ** 2)) + 9000 / (1 + (away / 5) ** 2)
    scattered = (
        900 * (1 + 0.6 * np.cos(np.radians(away)) ** 2) * np.sqrt(camera.van_rhijn(_AIRGLOW_HEIGHT))
    )
    stars_left = 0.35 * _clear(night, seconds, camera)
    return np.asarray(stars_left + bright * (glare + scattered), dtype=np.float32)


def _town(night: Night, camera: Camera) -> Field:
    """A glow above the horizon in one direction."""
    rng = night.stream("town")
    toward, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 500)
    height = np.degrees(np.pi / 2 - camera.zenith_angle) / 9
    side = np.exp(3 * (np.cos(camera.azimuth - toward) - 1))
    return np.asarray(strength * side * np.exp(-np.abs(height)), dtype=np.float32)


def _trees(night: Night, camera: Camera) -> NDArray[np.bool_]:
    """Where trees and buildings stand before the sky; the same every night at a station."""
    station = night.name.partition("-")[0]
    shape = Waves.draw(np.random.default_rng([night.seed, *station.encode()]), 0.08, 1.2, 1.0)
    top = np.radians(4 + 3 * shape.at(camera.azimuth, 0))
    hidden: NDArray[np.bool_] = camera.zenith_angle > np.pi / 2 - top
    return hidden


SCENES: Mapping[str, Callable[[Night, float, Camera], Field]] = {
    "arc": _arc,
    "diffuse": _diffuse,
    "discrete": _discrete,
    "cloudy": _cloudy,
    "moon": _moon,
    "noaurora": _clear,
}
"""Painter by class, in the order of OATH's `class6`."""
