"""Offers made from a catalogue only when they are asked for: there may be 660,000."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd

from skyloom.surveys.contract import Covariate, Offer
from skyloom.surveys.galaxies.catalogue import MODEL_MAGNITUDES
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.splitting import split_of_group

_CHUNK = 4096
"""Rows of the catalogue turned into Python objects at a time."""


class Offers(Sequence[Offer]):
    """The galaxies of a catalogue as offers; see `skyloom.surveys.galaxies.catalogue`."""

    def __init__(self, form: pd.DataFrame, settings: ReaderSettings) -> None:
        self._form = form.reset_index(drop=True)
        self._form["seen"] = self._form.groupby("id", sort=False).cumcount()
        self._settings = settings
        known = [name for name in MODEL_MAGNITUDES if name in form]
        self._magnitudes = [name for name in known if form[name].notna().any()]

    def __len__(self) -> int:
        return len(self._form)

    @overload
    def __getitem__(self, place: int) -> Offer: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Offer]: ...

    def __getitem__(self, place: int | slice) -> Offer | Sequence[Offer]:
        if isinstance(place, slice):
            return [self._offer(row) for row in self._form.iloc[place].itertuples()]
        if not -len(self) <= place < len(self):
            raise IndexError(f"offer {place} of {len(self)}")
        return self._offer(next(self._form.iloc[[place]].itertuples()))

    def __iter__(self) -> Iterator[Offer]:
        for start in range(0, len(self), _CHUNK):
            yield from self[start : start + _CHUNK]

    def _offer(self, row: Any) -> Offer:
        return Offer(
            image_id=f"{row.id}#{row.seen + 1}" if row.seen else row.id,
            source=row.source,
            group=row.group,
            original=row.id,
            split=split_of_group(row.group, self._settings.shares),
            label=self._label(row.label),
            target=_known(row.redshift),
            covariates=_covariates(row) | self._model_magnitudes(row),
            rejected=self._reason(row),
        )

    def _model_magnitudes(self, row: Any) -> dict[str, Covariate]:
        """Return the catalogue's model magnitudes, where it has them at all."""
        return {name: _known(getattr(row, name)) for name in self._magnitudes}

    def _label(self, value: str) -> str | None:
        names = self._settings.labels
        return (names.get(value) if names else value) or None

    def _reason(self, row: Any) -> str | None:
        """Return why the galaxy cannot be used, or None."""
        low, high = self._settings.redshift_range
        if row.rejected:
            return str(row.rejected)
        if row.seen:
            return f"its id {row.id} stood in the catalogue before"
        if row.redshift < low or row.redshift > high:  # False for NaN: the redshift is not known
            return f"redshift {row.redshift:g}, outside reader.redshift_range {low:g} to {high:g}"
        names = self._settings.labels
        if names and row.label and row.label not in names:
            return f"its label '{row.label}' is not in reader.labels ({', '.join(names)})"
        return None


def in_redshift_range(
    form: pd.DataFrame, settings: ReaderSettings
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out what has a redshift outside the range, if the settings say so, with a remark."""
    if settings.outside_redshift == "reject":
        return form, []
    low, high = settings.redshift_range
    outside = (form["redshift"] < low) | (form["redshift"] > high)
    if not outside.any():
        return form, []
    remark = f"{int(outside.sum())} galaxies left out: redshift outside {low:g} to {high:g}"
    return form[~outside], [remark]


def _covariates(row: Any) -> dict[str, Covariate]:
    return {
        "objid": row.id,
        "ra": _known(row.ra),
        "dec": _known(row.dec),
        "ebv": _known(row.ebv),
        "petro_r": _known(row.petro_r),
        "z_err": _known(row.redshift_error),
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
