"""Bytes damaged as disks, links and archives damage them, from a seed."""

import numpy as np


def damaged(content: bytes, seed: int) -> bytes:
    """Return content after one to three faults."""
    rng = np.random.default_rng(seed)
    for _ in range(int(rng.integers(1, 4))):
        kind = FAULTS[int(rng.integers(len(FAULTS)))]
        content = kind(bytearray(content), rng)
    return content


def flip_bits(content: bytearray, rng: np.random.Generator) -> bytes:
    """Change single bits, more often near the beginning, where headers are."""
    for _ in range(int(rng.integers(1, 9))):
        if content:
            place = int(len(content) * rng.random() ** 3)
            content[place] ^= 1 << int(rng.integers(8))
    return bytes(content)


def truncate(content: bytearray, rng: np.random.Generator) -> bytes:
    """Cut the end off."""
    return bytes(content[: int(rng.integers(len(content) + 1))])


def blank(content: bytearray, rng: np.random.Generator) -> bytes:
    """Put zeros over a stretch, as a hole in a file reads."""
    start, end = sorted(int(place) for place in rng.integers(len(content) + 1, size=2))
    content[start:end] = bytes(end - start)
    return bytes(content)


def scramble(content: bytearray, rng: np.random.Generator) -> bytes:
    """Put random bytes over a short stretch."""
    start = int(rng.integers(len(content) + 1))
    noise = rng.bytes(int(rng.integers(1, 200)))
    content[start : start + len(noise)] = noise
    return bytes(content)


def repeat(content: bytearray, rng: np.random.Generator) -> bytes:
    """Write a stretch twice, as a download that was resumed wrongly."""
    start, end = sorted(int(place) for place in rng.integers(len(content) + 1, size=2))
    return bytes(content[:end] + content[start:])


FAULTS = (flip_bits, truncate, blank, scramble, repeat)
