"""Two-dimensional maps of features, for looking at."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from skyloom.analyze.neighbours import exact_neighbours
from skyloom.settings.layout import MapSettings


def pca_map(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the first two principal components (N, 2), each with a fixed sign."""
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2), dtype=np.float32)
    return np.asarray(PCA(2, svd_solver="full").fit_transform(vectors), dtype=np.float32)


def umap_map(vectors: NDArray[np.float32], settings: MapSettings, seed: int) -> NDArray[np.float32]:
    """Return a seeded UMAP layout (N, 2) on exact neighbours; PCA when there are too few images.

    PCA too when all are identical, which UMAP places nowhere.
    Distances in the layout are not distances in feature space.
    """
    count = settings.neighbours
    if len(vectors) <= count + 1 or (vectors == vectors[0]).all():
        return pca_map(vectors)
    from umap import UMAP

    distances, positions = exact_neighbours(vectors, count - 1)
    itself = np.arange(len(vectors))[:, None]  # UMAP counts a point among its neighbours
    knn_indices = np.hstack([itself, positions]).astype(np.int32)
    knn_distances = np.hstack([np.zeros_like(distances[:, :1]), distances])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        layout = UMAP(
            n_neighbors=count,
            min_dist=settings.min_distance,
            precomputed_knn=(knn_indices, knn_distances),
            init=_spread(pca_map(vectors)),
            random_state=seed,
            n_jobs=1,
        ).fit_transform(vectors)
    return np.asarray(layout, dtype=np.float32)


def _spread(layout: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a layout to within +-10, UMAP's own starting size."""
    return np.asarray(10 * layout / max(float(np.abs(layout).max()), 1e-12), dtype=np.float32)
