"""Multinomial logistic regression of redshift bins on frozen features: the linear probe."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skyloom.analyze.redshift.draw import RedshiftError
from skyloom.bins import Bins

ITERATIONS = 200


class LinearRedshift:
    """Logistic regression whose classes are the bins; bins without a label have no probability.

    Args:
        bins: of redshift.
        inverse_regularisation: C.
    """

    def __init__(self, bins: Bins, inverse_regularisation: float) -> None:
        self.bins = bins
        self.inverse_regularisation = inverse_regularisation

    def fit(
        self,
        vectors: NDArray[np.floating[Any]],
        redshifts: NDArray[np.float64],
        groups: NDArray[np.str_],
    ) -> "LinearRedshift":
        """Learn from vectors (N, D) and their redshifts (N,); groups make no difference.

        Raises:
            RedshiftError: all redshifts are in one bin.
        """
        numbers = self.bins.number_of(redshifts)
        if len(np.unique(numbers)) < 2:
            raise RedshiftError(
                f"the {len(numbers)} redshift(s) to learn from are all in one bin of "
                f"{self.bins.count}, expected at least two bins. Raise redshift.fractions."
            )
        model = LogisticRegression(C=self.inverse_regularisation, max_iter=ITERATIONS)
        with warnings.catch_warnings():
            # The regularised optimum is flat; more iterations move no PDF visibly.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model_: Pipeline = make_pipeline(StandardScaler(), model).fit(vectors, numbers)
        return self

    def pdfs(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return probabilities (N, K) of the bins."""
        found = np.zeros((len(vectors), self.bins.count), dtype=np.float32)
        found[:, self.model_.classes_] = self.model_.predict_proba(vectors)
        return found
