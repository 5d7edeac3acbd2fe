"""Where batches of pixels come from: memory, or files that are read ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skyloom.images import ImageStore
from skyloom.scaling import Pixels

Positions = NDArray[np.int64]
CONTROL_GROUPS = Path("/sys/fs/cgroup")
MEMORY_SHARE = 0.5
"""Share of what is free, on the GPU or in memory, that images may take."""


class Source(Protocol):
    """Gives stored pixels, batch after batch."""

    def batches(self, wanted: Iterable[Positions]) -> Iterator[Tensor]:
        """Yield the images (B, C, L, L), as stored, at each of `wanted`, on the device."""


class InMemory:
    """All images on the device."""

    def __init__(self, pixels: Pixels, device: torch.device) -> None:
        self._pixels = torch.from_numpy(pixels).to(device)  # (N, C, L, L)

    def batches(self, wanted: Iterable[Positions]) -> Iterator[Tensor]:
        """Yield the images at each of `wanted`."""
        for positions in wanted:
            yield self._pixels[torch.from_numpy(positions).to(self._pixels.device)]


class Streamed:
    """Images read from their files by threads, a few batches ahead of their use."""

    def __init__(
        self, read: Callable[[Positions], Pixels], device: torch.device, workers: int
    ) -> None:
        self._read, self._device, self._workers = read, device, workers

    def batches(self, wanted: Iterable[Positions]) -> Iterator[Tensor]:
        """Yield the images at each of `wanted`, in this order."""
        if self._workers == 0:
            yield from (self._moved(self._load(positions)) for positions in wanted)
            return
        ahead: deque[Future[Tensor]] = deque()
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                for positions in wanted:
                    ahead.append(pool.submit(self._load, positions))
                    if len(ahead) > 2 * self._workers:
                        yield self._moved(ahead.popleft().result())
                while ahead:
                    yield self._moved(ahead.popleft().result())
            finally:
                for future in ahead:
                    future.cancel()

    def _load(self, positions: Positions) -> Tensor:
        pixels = torch.from_numpy(self._read(positions))
        return pixels.pin_memory() if self._device.type == "cuda" else pixels

    def _moved(self, pixels: Tensor) -> Tensor:
        return pixels.to(self._device, non_blocking=True)


def open_source(
    store: ImageStore, rows: Positions, size: int, device: torch.device, data: str, workers: int
) -> Source:
    """Return the images `rows` of a store, reduced to (size, size), as a source.

    Args:
        store, rows, size: which images, and to which side they are reduced.
        device: where batches are wanted.
        data: `memory`, `stream`, or `auto`: memory where the images take at most half of it.
        workers: threads that read ahead when streaming.
    """
    needed = len(rows) * store.shape[0] * size**2 * store.type.itemsize
    free = _free_bytes(device)
    if data == "memory" or (data == "auto" and needed <= MEMORY_SHARE * free):
        return InMemory(store.resized(rows, size), device)
    print(f"images take {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free: reading from files")
    return Streamed(lambda positions: store.resized(rows[positions], size), device, workers)


def _free_bytes(device: torch.device) -> int:
    """Return the bytes that are free on a GPU, or in memory within the limit of this job."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    limits = [_available_memory(), _free_in_control_group()]
    return min(limit for limit in limits if limit is not None)


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/meminfo has no line MemAvailable")


def _free_in_control_group() -> int | None:
    """Return what a job's control group leaves it; None where neither it nor one above has a limit.

    The page cache counts as used there, though it would make room: the answer is a cautious one.
    """
    group = CONTROL_GROUPS / _own_group()
    free = [_free_in(folder) for folder in (group, *group.parents)]
    return min((value for value in free if value is not None), default=None)


def _free_in(folder: Path) -> int | None:
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except OSError:
        return None
    return None if limit == "max" else int(limit) - used


def _own_group() -> str:
    """Return the control group of this process, a path below the root of all."""
    return Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
