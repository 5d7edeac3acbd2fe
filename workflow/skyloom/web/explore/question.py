"""A search as the page asks for it: examples, what they are unlike, which answers are wanted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from starlette.datastructures import QueryParams

from skyloom.analyze.similar import Bounds, direction_of, most_alike
from skyloom.settings.base import Settings, parse
from skyloom.web.explore.encoded import Encoded
from skyloom.web.explore.uploads import Upload

MOST_EXAMPLES = 500
MOST_ANSWERS = 5000
LISTS = ("like", "unlike", "file")


class Question(Settings):
    """What stands in the address of a search.

    Attributes:
        encoder: whose features are compared.
        like, unlike: image_id of the examples.
        file: tokens of dropped files; their images are examples too.
        count: at most so many answers.
        least: smallest similarity of an answer.
        seconds: an answer was not taken within so many of any example; 0 = whenever.
        groups: `other` leaves out the examples' groups.
    """

    encoder: str
    like: list[str] = Field([], max_length=MOST_EXAMPLES)
    unlike: list[str] = Field([], max_length=MOST_EXAMPLES)
    file: list[str] = Field([], max_length=MOST_EXAMPLES)
    count: int = Field(50, ge=1, le=MOST_ANSWERS)
    least: float = Field(-1.0, ge=-1, le=1)
    seconds: float = Field(0.0, ge=0, le=1e10)
    groups: str = Field("all", pattern="^(all|other)$")

    @classmethod
    def asked(cls, query: QueryParams) -> "Question":
        """Return the question of an address.

        Raises:
            ConfigError: a part of it is unknown or out of its range.
        """
        lists = {name: query.getlist(name) for name in LISTS}
        single = {name: value for name, value in query.items() if name not in LISTS}
        return parse(cls, {**single, **lists}, "the search")

    @property
    def bounds(self) -> Bounds:
        """Which answers are wanted."""
        return Bounds(self.count, self.least, self.groups == "other", self.seconds)


def answers_of(
    question: Question, encoded: Encoded, uploads: Sequence[Upload]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return rows among the encoder's vectors and similarities of the answers, best first.

    Args:
        question: has at least one example or file.
        encoded: of the question's encoder.
        uploads: the question's files.

    Raises:
        SkyloomError: an example is not there, or the examples cancel each other.
    """
    searchable = encoded.searchable
    like, unlike = encoded.rows(question.like), encoded.rows(question.unlike)
    theirs = [upload.vectors_of(question.encoder, encoded.sha256) for upload in uploads]
    towards = np.concatenate([np.asarray(searchable.vectors[like]), *theirs])
    direction = direction_of(towards, np.asarray(searchable.vectors[unlike]))
    examples = searchable.index.iloc[[*like, *unlike]][["image_id", "group", "time"]]
    named = pd.concat([examples, *(upload.rows for upload in uploads)], ignore_index=True)
    return most_alike(searchable, direction, named, question.bounds)


def distances_of(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the lengths (n,) of the straight lines between unit vectors of these cosines."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * similarity.astype(np.float64)))
