"""What a survey's simulator gives."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Simulated:
    """The part of a simulated archive that belongs to one shard.

    Attributes:
        files: (address, content) pairs, drawn one after the other: what the archive's server would
            answer at each address of the shard.
        truth: what was put in, one row per image; kept apart from what the pipeline reads.
    """

    files: Iterator[tuple[str, bytes]]
    truth: pd.DataFrame
