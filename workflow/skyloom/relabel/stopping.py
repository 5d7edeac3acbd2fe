"""When to stop, what it cost: the audits of closed rounds, and the published rule beside them."""

from collections.abc import Sequence

import pandas as pd

from skyloom.relabel.bound import alpha_of_look, clopper_pearson, most_wrong
from skyloom.relabel.labels import DECIDED, digest_of
from skyloom.relabel.sealed import Sealed
from skyloom.settings.base import Settings
from skyloom.settings.relabel import RelabelSettings

WRONG = ("fix", "other", "unsure", "conflict")
"""Verdicts that count against a label in an audit: doubt is no confirmation."""


class Look(Settings):
    """One audit.

    Attributes:
        round, look: of which round, and its number among the audits.
        population, sample, wrong: drawn from how many unreviewed items, how many, wrong ones.
        alpha: the error allowed at this look.
        left: wrong labels that may be left among the others of the population, at most.
        share: the same as a share of all items.
        infinite: the bound of Clopper and Pearson on the share of wrong ones in the population,
            as if that had no end.
        passed: whether the share reaches the target.
    """

    round: int
    look: int
    population: int
    sample: int
    wrong: int
    alpha: float
    left: int
    share: float
    infinite: float
    passed: bool


class RoundCost(Settings):
    """What one closed round cost and gave.

    Attributes:
        round: its number.
        looked: verdicts given; ranked: of those on ranked items; corrected, found: labels changed
            in all and among the ranked.
        minutes: from an item's appearance to its verdict, summed.
        disagreements: of the items not yet looked at when it began, that the models contradicted.
    """

    round: int
    looked: int
    ranked: int
    corrected: int
    found: int
    minutes: float
    disagreements: int

    @property
    def yielded(self) -> float:
        """Share of corrections among the ranked items; 1 where none was ranked."""
        return self.found / self.ranked if self.ranked else 1.0


def look_of(sealed: Sealed, settings: RelabelSettings) -> Look | None:
    """Return the audit of a closed round, or None where it had none."""
    rows = [row for row in sealed.drawn("audit") if row.verdict != "open"]
    head = sealed.head
    if not head.look:
        return None
    wrong = sum(row.verdict in WRONG for row in rows)
    alpha = alpha_of_look(head.look, settings.confidence)
    left = most_wrong(head.audited, len(rows), wrong, alpha) - wrong
    share = left / head.items
    return Look(
        round=head.round,
        look=head.look,
        population=head.audited,
        sample=len(rows),
        wrong=wrong,
        alpha=alpha,
        left=left,
        share=share,
        infinite=clopper_pearson(len(rows), wrong, alpha),
        passed=share <= settings.target,
    )


def cost_of(sealed: Sealed) -> RoundCost:
    """Return what a closed round cost and gave."""
    looked = [row for row in sealed.rows if row.verdict != "open" and row.drawn != "amended"]
    ranked = [row for row in looked if row.drawn == "ranked"]
    changed = ("fix", "other")
    return RoundCost(
        round=sealed.head.round,
        looked=len(looked),
        ranked=len(ranked),
        corrected=sum(row.verdict in changed for row in looked if row.drawn != "repeat"),
        found=sum(row.verdict in changed for row in ranked),
        minutes=sum(row.milliseconds for row in looked) / 60_000,
        disagreements=sealed.head.disagreements,
    )


def audit_is_due(rounds: Sequence[Sealed], settings: RelabelSettings) -> bool:
    """Whether the last closed round found so little that the next one should have an audit."""
    return bool(rounds) and cost_of(rounds[-1]).yielded < settings.audit_below


def has_converged(
    labels: pd.DataFrame, rounds: Sequence[Sealed], settings: RelabelSettings
) -> bool:
    """Whether few enough labels can still be wrong, by an audit or because all were looked at.

    An audit holds for the labels that it was drawn from: items that join or leave later, and labels
    that the archive, or names of clusters, change later, end its validity.
    """
    if labels["state"].isin(["conflict", "unsure"]).any():
        return False
    unseen = int((~labels["state"].isin(DECIDED)).sum())
    if unseen == 0:
        return True
    present = ("", digest_of(labels))
    audited = [sealed for sealed in rounds if sealed.head.labels in present]
    looks = [look for sealed in audited if (look := look_of(sealed, settings)) is not None]
    return any(look.passed and unseen <= look.population - look.sample for look in looks)
