"""What one would score without looking at the images."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.predictions import PREDICTION_COLUMNS
from skyloom.analyze.task import Task, draws_of, tasks_of
from skyloom.settings.probe import ProbeSettings

MAJORITY = "majority"
NEAREST_IN_TIME = "nearest-in-time"


def with_nulls(
    predictions: Mapping[str, pd.DataFrame],
    index: pd.DataFrame,
    settings: ProbeSettings,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Add the nulls' predictions to those of the encoders, under the first model's name.

    majority says the most frequent class of the training labels; nearest-in-time the label of the
    training image taken nearest in time, of the same draws of the labels as the probes have. Images
    without a time are taken in the order of the archive, if none has one.
    """
    nulls: dict[str, list[pd.DataFrame]] = {MAJORITY: [], NEAREST_IN_TIME: []}
    for task in tasks_of(index, settings.splits):
        when = _order(index)
        for fraction, draw, chosen in draws_of(task, settings, seed):
            about = {"probe": settings.kinds[0], "fraction": fraction, "seed": draw}
            for name, said in (
                (MAJORITY, _most_frequent(task)),
                (NEAREST_IN_TIME, task.labels[_nearest(when, chosen, task.scored)]),
            ):
                certain = np.eye(len(task.names), dtype=np.float32)[said]
                nulls[name].append(task.predictions(certain).assign(**about))
    return {
        **predictions,
        **{name: pd.concat(found)[PREDICTION_COLUMNS] for name, found in nulls.items() if found},
    }


def _most_frequent(task: Task) -> NDArray[np.int64]:
    counts = np.bincount(task.labels[task.train], minlength=len(task.names))
    return np.full(len(task.scored), counts.argmax())


def _order(index: pd.DataFrame) -> NDArray[np.float64]:
    """Return the images' times in seconds (N,); without any, their places in the archive."""
    times = pd.to_datetime(index["time"], utc=True)
    if times.isna().all():
        return np.arange(len(index), dtype=np.float64)
    seconds = (times - times.min()).dt.total_seconds()
    return np.asarray(seconds.to_numpy(dtype=np.float64, na_value=np.inf))


def _nearest(
    when: NDArray[np.float64], chosen: NDArray[np.int64], scored: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return for each scored image the training image nearest in time; of two, the earlier."""
    ranked = chosen[np.argsort(when[chosen], kind="stable")]
    times = when[ranked]
    after = np.searchsorted(times, when[scored]).clip(0, len(ranked) - 1)
    before = (after - 1).clip(0)
    with np.errstate(invalid="ignore"):  # infinite less infinite: no time on either side
        gap_before = np.nan_to_num(when[scored] - times[before], nan=0)
        gap_after = np.nan_to_num(times[after] - when[scored], nan=0)
    earlier = np.abs(gap_before) <= np.abs(gap_after)
    return np.asarray(np.where(earlier, ranked[before], ranked[after]))
