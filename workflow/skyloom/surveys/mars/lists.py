"""Class maps and split lists of the labelled sets."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from skyloom.surveys.mars.contents import stem_of
from skyloom.surveys.members import Members
from skyloom.surveys.splitting import SPLITS

_CLASS_MAP = re.compile(r"(class_?map.*\.csv|synset.*\.txt)$", re.IGNORECASE)
_HIRISE_LIST = re.compile(r"labels.*train_val_test.*\.txt$", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """What a list says of one image: its split and the number of its class."""

    split: str
    number: str


@dataclass
class Lists:
    """All that a set's lists say.

    Attributes:
        images: what is said, by the image's name without folder and ending.
        conflicts: of images that several lines contradict each other about: the reason.
        repeats: how many lines only repeat an earlier one.
        remarks: missing lists and lines left out.
    """

    images: dict[str, Listed] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    remarks: list[str] = field(default_factory=list)

    def add(self, stem: str, said: Listed) -> None:
        """Take in one line; a contradiction is kept as a conflict, never settled by order."""
        first = self.images.setdefault(stem, said)
        if first == said:
            return
        self.conflicts[stem] = (
            f"listed as class {first.number} in {first.split} and as class {said.number} in "
            f"{said.split}"
        )


def is_labelled(members: Members) -> bool:
    """Return whether an archive holds a class map or a list of a labelled set."""
    names = members.names
    return any(_CLASS_MAP.search(name) or _HIRISE_LIST.search(name) for name in names) or any(
        _is_split_list(name, split) for name in names for split in SPLITS
    )


def read_class_map(members: Members) -> dict[str, str]:
    """Return class names by number, from `ID name` or `id,name` lines; empty without a map."""
    maps = [name for name in members.names if _CLASS_MAP.search(name)]
    lines = members.text(maps[0]).splitlines() if maps else []
    pairs = (re.split(r"[,\s]+", line.strip(), maxsplit=1) for line in lines)
    return {pair[0]: pair[1].strip() for pair in pairs if pair[0].isdigit() and len(pair) == 2}


def read_lists(members: Members) -> Lists:
    """Read the lists of an MSL set (one a split) or of a HiRISE set (one with a split column)."""
    lists = Lists()
    seen: set[tuple[str, Listed]] = set()
    for stem, said in _lines(members, lists.remarks):
        lists.repeats += (stem, said) in seen
        seen.add((stem, said))
        lists.add(stem, said)
    return lists


def _lines(members: Members, remarks: list[str]) -> Iterator[tuple[str, Listed]]:
    joint = [name for name in members.names if _HIRISE_LIST.search(name)]
    if joint:
        yield from _parse(members.text(joint[0]), None, remarks)
        return
    for split in SPLITS:
        lists = [name for name in members.names if _is_split_list(name, split)]
        if not lists:
            remarks.append(f"no {split} list: the set has no {split} images")
        for name in lists[:1]:
            yield from _parse(members.text(name), split, remarks)


def _parse(text: str, split: str | None, remarks: list[str]) -> Iterator[tuple[str, Listed]]:
    """Yield the lines `NAME ID` of one split's list, or `NAME ID SPLIT` where `split` is None."""
    expected = "'NAME ID SPLIT'" if split is None else "'NAME ID'"
    for line in filter(str.strip, text.splitlines()):
        words = line.split() if split is None else [*line.split(), split]
        if len(words) != 3 or not words[1].isdigit() or words[2] not in SPLITS:
            place = "the list" if split is None else f"the {split} list"
            remarks.append(f"{place}: '{line.strip()}' is no {expected} line, left out")
            continue
        yield stem_of(words[0]), Listed(words[2], words[1])


def _is_split_list(name: str, split: str) -> bool:
    file = posixpath.basename(name).lower()
    return file.endswith(".txt") and re.match(rf"{split}[-_.]", file) is not None
