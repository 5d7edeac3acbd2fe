"""Do the probabilities of a probe mean what they say?"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from skyloom.analyze.scores import interval, resample_groups

CALIBRATION_COLUMNS = ("by", "split", "scaled", "quantity", "value", "low", "high", "n")
RELIABILITY_COLUMNS = ("by", "split", "scaled", "bin_low", "confidence", "accuracy", "n")
BINS = 15
"""Bins of equal width, as in Guo et al. 2017."""
RANGE = (0.25, 20.0)
"""Temperatures that are looked at. Where every image is right, likelihood rises to the lowest one,
and the lower that is, the more the few mistakes on other images cost."""

Probabilities = NDArray[np.float32]


def fit_temperature(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """Return the temperature of least negative log-likelihood (Guo et al. 2017); 1 without images.

    Args:
        probabilities: (N, K) of images that the model was not fitted to, of classes that it knows:
            of joined models each image's own, or its 0 would be paid for by all others.
        labels: class numbers (N,).
    """
    if len(labels) == 0:
        return 1.0
    low, high = np.log(RANGE)
    found = minimize_scalar(
        lambda logarithm: negative_log_likelihood(
            scaled(probabilities, float(np.exp(logarithm))), labels
        ),
        bounds=(low, high),
        method="bounded",
    )
    return float(np.exp(found.x))


def scaled(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return softmax(log p / T) of probabilities (N, K); classes without any keep none."""
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights[:, probabilities.max(axis=0) == 0] = 0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def negative_log_likelihood(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """Return the mean of -log p of the true class, over images of classes that the model knows.

    NaN without such images.
    """
    known = probabilities.max(axis=0)[labels] > 0
    if not known.any():
        return float("nan")
    true = probabilities[np.arange(len(labels)), labels][known].astype(np.float64)
    return float(-np.log(np.maximum(true, np.finfo(np.float32).tiny)).mean())


def reliability(confidence: NDArray[np.float32], hit: NDArray[np.bool_]) -> pd.DataFrame:
    """Return mean confidence and accuracy of the images (N,) in each bin that has any."""
    number = np.clip((confidence * BINS).astype(np.int64), 0, BINS - 1)
    table = pd.DataFrame({"bin_low": number / BINS, "confidence": confidence, "accuracy": hit})
    binned = table.groupby("bin_low")
    means = binned[["confidence", "accuracy"]].mean().astype(np.float64)
    return means.assign(n=binned.size()).reset_index()


def expected_calibration_error(bins: pd.DataFrame) -> float:
    """Return the mean over images of |accuracy - confidence| of their bins (Guo et al. 2017)."""
    gaps = (bins["accuracy"] - bins["confidence"]).abs() * bins["n"]
    return float(gaps.sum() / bins["n"].sum())


def calibrate(
    probabilities: Probabilities,
    labels: NDArray[np.int64],
    groups: NDArray[np.str_],
    temperature: float,
    confident: float,
    resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return calibration, and reliability by bin, before and after scaling by temperature.

    Quantities: temperature, nll, ece, and at the operating point `confident` shown_share, the share
    of images with a greater probability, and shown_accuracy, of those; intervals over groups.

    Args:
        probabilities: (N, K) of scored images.
        labels: class numbers (N,); a class that has no probability counts as missed.
        groups: (N,).
        temperature: fitted on other images.
        confident: the operating point.
        resamples, seed: of the bootstrap.
    """
    rows: list[dict[str, object]] = []
    tables = []
    for is_scaled, given in ((False, probabilities), (True, scaled(probabilities, temperature))):
        confidence, hit = given.max(axis=1), given.argmax(axis=1) == labels
        bins = reliability(confidence, hit)
        tables.append(bins.assign(scaled=is_scaled))
        said = {
            "temperature": temperature if is_scaled else 1.0,
            "nll": negative_log_likelihood(given, labels),
            "ece": expected_calibration_error(bins),
        }
        point = _operating_point(confidence >= confident, hit, groups, resamples, seed)
        found = [{"quantity": name, "value": value} for name, value in said.items()] + point
        rows += [{"scaled": is_scaled, **row} for row in found]
    table = pd.DataFrame(rows).assign(n=len(labels))
    return table, pd.concat(tables, ignore_index=True)


def _operating_point(
    shown: NDArray[np.bool_],
    hit: NDArray[np.bool_],
    groups: NDArray[np.str_],
    resamples: int,
    seed: int,
) -> list[dict[str, object]]:
    return [
        {"quantity": name, **_ratio(part, whole, groups, resamples, seed)}
        for name, part, whole in (
            ("shown_share", shown, np.ones_like(shown)),
            ("shown_accuracy", shown & hit, shown),
        )
    ]


def _ratio(
    part: NDArray[np.bool_],
    whole: NDArray[np.bool_],
    groups: NDArray[np.str_],
    resamples: int,
    seed: int,
) -> dict[str, float]:
    """Return the share that `part` is of `whole`, with its interval over groups."""
    if not whole.any():
        return {"value": np.nan, "low": np.nan, "high": np.nan}
    _, number = np.unique(groups, return_inverse=True)
    parts, wholes = np.bincount(number, part), np.bincount(number, whole)
    weights = resample_groups(len(wholes), resamples, seed)
    below = weights @ wholes
    low, high = interval((weights @ parts)[below > 0] / below[below > 0])
    return {"value": float(parts.sum() / wholes.sum()), "low": low, "high": high}
