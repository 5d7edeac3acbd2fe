"""Settings of the search by likeness measured by class."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from skyloom.settings.base import Settings


class RetrievalSettings(Settings):
    """How often the nearest images of other groups have the class of the image asked with."""

    at: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (1, 10), min_length=1, description="Numbers of neighbours whose precision is measured."
    )
    split: str = Field("test", description="Split whose labelled images are asked with.")
    queries: int = Field(1000, ge=1, description="Images of each class asked with, at most.")
    alike: dict[str, tuple[str, ...]] = Field(
        {},
        description="Classes that count as one in a second set of rows, by the name of the whole: "
        "{spiral: [clockwise, anticlockwise]}.",
    )
    mirrored: tuple[tuple[str, str], ...] = Field(
        (("clockwise", "anticlockwise"),),
        description="Pairs of classes that a mirror swaps. Views with flips and such a pair are "
        "warned of, unless `alike` counts the two as one.",
    )
    bootstrap: int = Field(1000, ge=100, description="Resamples of groups behind each interval.")

    @model_validator(mode="after")
    def _each_class_once(self) -> Self:
        named = [label for members in self.alike.values() for label in members]
        for name, members in self.alike.items():
            if len(set(members)) < 2:
                raise ValueError(
                    f"alike.{name} is {list(members)}, expected two classes or more that count as "
                    "one"
                )
        twice = sorted({label for label in named if named.count(label) > 1})
        if twice:
            raise ValueError(f"alike names '{twice[0]}' more than once; a class has one place")
        return self
