"""What the errors of emergence times come to, in words and as a table."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.scores import interval


def report(table: pd.DataFrame) -> None:
    """Print what each method sees of each part, and how far off it is."""
    for (method, name), part in table.groupby(["method", "part"], sort=False):
        said = f"{method}, {name}: {len(part)} videos, emergence seen in {part['seen'].mean():.1%}"
        hit = part[part["seen"] & part["error"].notna()]
        print(said + (f"; {errors(hit)}" if len(hit) else ""))
    by = {name: part.reset_index(drop=True) for name, part in table.groupby("method")}
    both = by["masking"]["seen"] & by["flux threshold"]["seen"] & by["masking"]["error"].notna()
    for name, part in by.items():
        left = absolute(part["corrected"][both])
        print(f"{name}, the {int(both.sum())} that both see: bias taken off, {left}")


def errors(hit: pd.DataFrame) -> str:
    """Return the errors of the videos in which a method sees an emergence, in words."""
    return (
        f"{absolute(hit['error'])}, bias {hit['error'].median():+.1f} h; bias taken off: "
        f"{absolute(hit['corrected'])}; models spread {hit['spread'].median():.1f} h"
    )


def absolute(errors: pd.Series) -> str:
    """Return the median absolute error with its 95 % interval by bootstrap over videos."""
    value, low, high = bootstrap(errors.abs().to_numpy(), np.median)
    return f"median |error| {value:.1f} h [{low:.1f}, {high:.1f}]"


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return, by method and part, the share seen in per cent and the median errors in hours."""
    rows = []
    for (method, name), part in table.groupby(["method", "part"], sort=False):
        hit = part[part["seen"] & part["error"].notna()]
        found = {"seen": bootstrap(100.0 * part["seen"].to_numpy(), np.mean)}
        for column in ("error", "corrected"):
            if len(hit):
                found[column] = bootstrap(hit[column].abs().to_numpy(), np.median)
        for quantity, (value, low, high) in found.items():
            about = {"method": method, "part": name, "quantity": quantity}
            rows.append({**about, "value": value, "low": low, "high": high, "n": len(part)})
    return pd.DataFrame(rows)


def bootstrap(
    values: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], np.floating]
) -> tuple[float, float, float]:
    """Return a statistic with its 95 % interval over resamples of the values."""
    rng = np.random.default_rng(0)
    drawn = [statistic(rng.choice(values, len(values))) for _ in range(1000)]
    return float(statistic(values)), *interval(np.array(drawn))
