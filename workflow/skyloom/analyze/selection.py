"""How many clusters? Four curves over k, of which none is the truth."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score, silhouette_score
from sklearn.mixture import GaussianMixture

from skyloom.settings.cluster import ClusterSettings

SELECTION_COLUMNS = (
    *("k", "inertia", "silhouette", "calinski_harabasz"),
    *("gap", "gap_error", "bic"),
)
COMPONENTS = 32
"""Principal components in which gap and BIC are taken: a mixture has 2 k D + k - 1 parameters, and
a box of reference points in hundreds of dimensions is nearly empty."""

Vectors = NDArray[np.float32]


def selection_table(
    vectors: Vectors, fitted: dict[int, KMeans], settings: ClusterSettings, seed: int
) -> pd.DataFrame:
    """Return one row per k, its columns `SELECTION_COLUMNS`.

    silhouette: Rousseeuw 1987, and calinski_harabasz: Calinski and Harabasz 1974, of the clusters
    of all images, on a sample of them. gap: Tibshirani, Walther and Hastie 2001, with reference
    points uniform in the box of the principal components (their variant b), and its error s_k.
    bic: of a Gaussian mixture with k components of diagonal covariance, lower is better. Gap and
    BIC are of the sample's first `COMPONENTS` principal components.

    Args:
        vectors: (N, D).
        fitted: k-means of all vectors for each k.
        settings: size of the sample and number of references.
        seed: of sample, references and starts.
    """
    if not fitted:
        return pd.DataFrame(columns=SELECTION_COLUMNS)
    sample = _sample(len(vectors), settings.selection_sample, seed)
    seen = vectors[sample]
    width = min(COMPONENTS, *seen.shape)
    reduced = PCA(width, svd_solver="full").fit_transform(seen)  # (n, width)
    rows = []
    for k, model in fitted.items():
        labels = model.labels_[sample]
        gap, error = gap_statistic(reduced, k, settings.gap_references, seed)
        rows.append(
            {
                "k": k,
                "inertia": float(model.inertia_),
                "silhouette": where_defined(silhouette_score, seen, labels),
                "calinski_harabasz": where_defined(calinski_harabasz_score, seen, labels),
                "gap": gap,
                "gap_error": error,
                "bic": mixture_bic(reduced, k, seed),
            }
        )
        print(f"k = {k}: silhouette {rows[-1]['silhouette']:.3f}, gap {gap:.3f}")
    return pd.DataFrame(rows, columns=SELECTION_COLUMNS)


def choices(table: pd.DataFrame) -> dict[str, int]:
    """Return the k that each curve of a selection table would choose.

    The gap's is the smallest k whose gap is no less than that of the next k less its error; where
    there is none, and for the others, the end of the curve at its best. A curve that is defined
    nowhere chooses the smallest k.
    """
    if table.empty:
        return {}
    k, gap = table["k"].to_numpy(), table["gap"].to_numpy()
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - table["gap_error"].to_numpy()[1:])
    return {
        "silhouette": int(k[_highest(table["silhouette"])]),
        "calinski_harabasz": int(k[_highest(table["calinski_harabasz"])]),
        "gap": int(k[enough[0]] if len(enough) else k[gap.argmax()]),
        "bic": int(k[table["bic"].to_numpy().argmin()]),
    }


def _highest(curve: pd.Series) -> int:
    return int(curve.fillna(-np.inf).to_numpy().argmax())


def gap_statistic(points: Vectors, k: int, references: int, seed: int) -> tuple[float, float]:
    """Return Gap(k) = E*[log W_k] - log W_k, and s_k = sd sqrt(1 + 1 / B).

    Args:
        points: (N, D) in principal components.
        k: number of clusters, less than N.
        references: B, sets of N uniform points.
        seed: of the references and starts.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    drawn = []
    for number in range(references):
        rng = np.random.default_rng((seed, number))
        uniform = rng.uniform(low, high, size=points.shape).astype(np.float32)
        drawn.append(_log_inertia(uniform, k, seed))
    error = float(np.std(drawn)) * (1 + 1 / references) ** 0.5
    return float(np.mean(drawn) - _log_inertia(points, k, seed)), error


def mixture_bic(points: Vectors, k: int, seed: int) -> float:
    """Return the Bayesian information criterion of a Gaussian mixture on points (N, D)."""
    # A floor of a hundredth of the mean variance keeps a component from shrinking onto twins.
    floor = max(1e-2 * float(points.var(axis=0).mean()), 1e-12)
    model = GaussianMixture(
        k, covariance_type="diag", reg_covar=floor, max_iter=300, random_state=seed
    )
    wide = points.astype(np.float64)
    return float(model.fit(wide).bic(wide))


def _log_inertia(points: Vectors, k: int, seed: int) -> float:
    inertia = KMeans(k, n_init=1, random_state=seed).fit(points).inertia_
    return float(np.log(max(inertia, np.finfo(np.float32).tiny)))


def where_defined(score: object, vectors: Vectors, labels: NDArray[np.int64]) -> float:
    """Return a score of clusters; NaN where a sample has all its images in one, or each alone."""
    if not 2 <= len(np.unique(labels)) < len(labels):
        return np.nan
    return float(score(vectors, labels))  # type: ignore[operator]


def _sample(count: int, size: int, seed: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).permutation(count)[:size])
