"""The labelled sets: MSL v1 and v2.1 (Curiosity) and HiRISE v3.2 (orbit).

Zenodo 1049137, 4033453 and 4002935. Layout: a folder of images, lists that give each image's class
number and split, and a class map. The lists name train, val and test in their file names (MSL) or
in a third column (HiRISE); images that are augmented copies end in -fh, -fv, -r90, -r180, -r270
or -brt. A zip file or a folder.
"""

from collections import Counter, defaultdict

from skyloom.surveys.contract import UNLISTED, Offer
from skyloom.surveys.mars.contents import Contents, image_members, stem_of
from skyloom.surveys.mars.lists import Lists, read_class_map, read_lists
from skyloom.surveys.mars.names import parse_name
from skyloom.surveys.members import Members
from skyloom.surveys.splitting import SPLITS


def labelled_contents(members: Members) -> Contents:
    """Return the images that a labelled set holds, then those that only its lists name."""
    classes, lists = read_class_map(members), read_lists(members)
    offers = [*_present(members, classes, lists), *_absent(members, classes, lists)]
    return Contents(offers, [*_remarks_on_lists(classes, lists), *_remarks_on_splits(offers)])


def _present(members: Members, classes: dict[str, str], lists: Lists) -> list[Offer]:
    seen: dict[str, str] = {}
    offers = []
    for source in image_members(members):
        stem = stem_of(source)
        twin = seen.setdefault(stem, source)
        image_id = stem if twin == source else source
        rejected = None if twin == source else f"same file name as {twin}"
        offers.append(_offer(image_id, source, classes, lists, rejected))
    return offers


def _absent(members: Members, classes: dict[str, str], lists: Lists) -> list[Offer]:
    present = {stem_of(source) for source in image_members(members)}
    return [
        _offer(stem, stem, classes, lists, f"named in the {said.split} list, not in the archive")
        for stem, said in lists.images.items()
        if stem not in present
    ]


def _offer(
    image_id: str, source: str, classes: dict[str, str], lists: Lists, rejected: str | None
) -> Offer:
    name = parse_name(stem_of(source))
    said = lists.images.get(name.stem)
    label = None if said is None else classes.get(said.number)
    if said is not None and label is None:
        rejected = rejected or f"its class {said.number} is not in the class map"
    return Offer(
        image_id=image_id,
        source=source,
        group=name.group,
        original=name.original,
        split=UNLISTED if said is None else said.split,
        time=name.time,
        label=label,
        covariates={"mission": name.mission, "sol": name.sol, "camera": name.camera},
        rejected=rejected or lists.conflicts.get(name.stem),
    )


def _remarks_on_lists(classes: dict[str, str], lists: Lists) -> list[str]:
    remarks = list(lists.remarks)
    if not classes:
        remarks.insert(0, "no class map: images stay unlabelled")
    if lists.repeats:
        remarks.append(f"{lists.repeats} lines of the lists repeat an earlier one: counted once")
    return remarks


def _remarks_on_splits(offers: list[Offer]) -> list[str]:
    """Return the number of distinct pictures, and what would leak between splits."""
    used = [offer for offer in offers if offer.rejected is None and offer.split != UNLISTED]
    pictures = Counter(split for split, _ in {(offer.split, offer.original) for offer in used})
    said = ", ".join(f"{split} {pictures[split]}" for split in SPLITS if split in pictures)
    remarks = [f"distinct pictures: {said}"] if said else []
    splits = defaultdict(set)
    for offer in used:
        splits[offer.group].add(offer.split)
    torn = sum(len(found) > 1 for found in splits.values())
    if torn:
        remarks.append(
            f"{torn} of {len(splits)} groups (sols, parent images) have images in several splits"
        )
    return remarks
