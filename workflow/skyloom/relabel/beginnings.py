"""When a class became visible in the videos of a round, by models that have not seen them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from skyloom.analyze.emergence import Emergence, find_emergence
from skyloom.images import ImageStore
from skyloom.learn.units import in_units
from skyloom.learn.video_networks import FrameNetwork, PublishedNetwork, build_video_network
from skyloom.settings.relabel import EmergenceSettings

EVERY_MODEL = -1
"""Fold of a video that no model has seen."""


@dataclass(frozen=True)
class Ensemble:
    """The models of a round.

    Attributes:
        classes: in the order of the probabilities.
        networks: by name, fold and seed.
    """

    classes: tuple[str, ...]
    networks: Mapping[str, PublishedNetwork | FrameNetwork]

    def unseen_by(self, fold: int) -> list[PublishedNetwork | FrameNetwork]:
        """Return the models that have not seen the videos of a fold."""
        return [
            network
            for name, network in self.networks.items()
            if fold == EVERY_MODEL or int(name.partition("-")[0]) == fold
        ]


def read_ensemble(paths: Sequence[Path], device: torch.device) -> Ensemble:
    """Read the networks that the stage `crossfit` wrote."""
    networks, classes = {}, ()
    for path in paths:
        with safe_open(path, framework="pt") as file:
            card = json.loads(file.metadata()["skyloom"])
        classes = tuple(card["classes"])
        network = build_video_network(card["kind"], card["frames"], len(classes))
        network.load_state_dict(load_file(path))
        networks[path.stem] = network.eval().to(device)
    return Ensemble(classes, networks)


def videos_to_time(
    index: pd.DataFrame,
    labels: pd.DataFrame,
    ranked: pd.DataFrame,
    queued: set[str],
    positive: str,
    applied: Sequence[str],
) -> dict[int, int]:
    """Return the fold of each video to look at, by its position in the index.

    These are the queued ones, those of the class by label or prediction, and the applied splits.
    """
    fold = labels.set_index("image_id")["fold"]
    wanted = queued | set(labels["image_id"][labels["label"] == positive])
    wanted |= set(ranked["image_id"][ranked["predicted"] == positive])
    found = {}
    for position, (name, split) in enumerate(zip(index["image_id"], index["split"], strict=True)):
        if name in fold.index and name in wanted:
            found[position] = int(fold[name])
        elif name not in fold.index and split in applied:
            found[position] = EVERY_MODEL
    return found


def time_videos(
    store: ImageStore,
    videos: Mapping[int, int],
    ensemble: Ensemble,
    settings: EmergenceSettings,
    cadence_seconds: float,
    device: torch.device,
) -> pd.DataFrame:
    """Return one row per video: the frame and time of emergence, their spread, the curve.

    Args:
        store: the videos.
        videos: fold by position, as `videos_to_time` gives it.
        ensemble: the models.
        settings: the class, the bound and the floor.
        cadence_seconds: from frame to frame.
        device: where it is computed.
    """
    positive = ensemble.classes.index(settings.positive)
    rows = []
    for position, fold in videos.items():
        video = in_units(torch.from_numpy(store.batch(np.array([position]))[0]))
        networks = ensemble.unseen_by(fold)
        found = find_emergence(networks, video.to(device), positive, settings.lower_bound)
        rows.append(_row(store.index.iloc[position], found, settings, cadence_seconds))
    return pd.DataFrame(rows)


def _row(
    image: pd.Series, found: Emergence, settings: EmergenceSettings, cadence: float
) -> dict[str, Any]:
    """Return what is known of one video; `time` is the middle of the models' frames."""
    frame = float(np.median(found.frames))
    return {
        "image_id": image["image_id"],
        "seen": found.is_seen(settings.floor, settings.threshold),
        "frame": frame,
        "low": int(found.frames.min()),
        "high": int(found.frames.max()),
        "time": image["time"] + pd.Timedelta(seconds=frame * cadence),
        "spread_hours": float(np.ptp(found.frames)) * cadence / 3600,
        "rise": float(np.median(found.rises)),
        "models": len(found.frames),
        "frames": found.frames,
        "curve": found.curve,
        "cadence_hours": cadence / 3600,
    }
