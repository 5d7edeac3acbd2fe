"""The videos of the review campaigns, their wrong labels, and those who review them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from simulated_sun import CLASSES, read_simulated_sun

from skyloom.analyze.features import unit
from skyloom.relabel.hashing import share_of
from skyloom.relabel.labels import spoilt

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Sky:
    """The videos: who they are, what is true, what a model and what neighbours see."""

    items: pd.DataFrame
    truth: Labels
    distance: NDArray[np.float64]
    curves: torch.Tensor
    vectors: NDArray[np.float32]

    @property
    def ids(self) -> Labels:
        return np.asarray(self.items["image_id"], dtype=str)

    def by_rule(self, degrees: float) -> Labels:
        """Return the crude labels: first seen farther east than this is non-emergence."""
        return np.where(self.distance < -degrees, CLASSES[1], CLASSES[0])


@dataclass(frozen=True)
class Reviewer:
    """One who errs on a share of the looks, or who believes the crude rule on a share of all."""

    errors: float = 0.0
    believes: float = 0.0

    def truth(self, sky: Sky) -> Labels:
        """Return what this reviewer takes for the truth, (N,)."""
        rule = sky.by_rule(60)
        misled = rule != sky.truth
        share = share_of("believes the rule", sky.ids) < self.believes / misled.mean()
        return np.where(misled & share, rule, sky.truth)

    def answers(self, sky: Sky, salt: str) -> Labels:
        """Return what this reviewer says of each video when shown it, (N,)."""
        said = self.truth(sky)
        wrong = share_of(f"reviewer/{salt}", sky.ids) < self.errors
        return np.where(wrong, np.where(said == CLASSES[0], CLASSES[1], CLASSES[0]), said)


def read_sky(results: Path, neighbours: str) -> Sky:
    """Read a study; neighbours are those of its `features`, or of the `curves` themselves."""
    sun = read_simulated_sun(results)
    chosen = np.flatnonzero(sun.index["split"].isin(["train", "val"]))
    index = sun.index.iloc[chosen].reset_index(drop=True)
    items = pd.DataFrame(
        {
            **{name: index[name].astype(str) for name in ("image_id", "group", "original")},
            "split": "train",
            "fold": np.unique(index["month_pair"].astype(str), return_inverse=True)[1],
        }
    )
    curves = np.stack([curve_of(sun.video(place)) for place in chosen])
    standard = (curves - curves.mean(axis=0)) / (curves.std(axis=0) + 1e-6)
    return Sky(
        items=items,
        truth=sun.labels[chosen],
        distance=index["first_meridian_distance"].to_numpy(dtype=float),
        curves=torch.from_numpy(standard),
        vectors=unit(sun.features()[chosen] if neighbours == "features" else standard),
    )


def curve_of(video: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return mean and largest unsigned field of each frame, (2 T,)."""
    field = np.abs(video.astype(np.float32) - 0.5)
    return np.concatenate([field.mean(axis=(1, 2)), field.max(axis=(1, 2))])


def crude(sky: Sky, kind: str, seed: int) -> Labels:
    """Return wrong labels: `random 20 %`, or `rule 60 degrees`."""
    name, number = kind.split()[:2]
    if name == "random":
        originals = sky.items["original"].to_numpy(dtype=str)
        return spoilt(sky.truth, originals, float(number) / 100, seed)
    return sky.by_rule(float(number))
