"""The relabel rounds in the report: what they cost and gave, and how much can still be wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from skyloom.report.style import OURS, as_svg

Row = dict[str, str]


def rounds_section(
    status: dict[str, Any] | None, scores: pd.DataFrame | None
) -> dict[str, Any] | None:
    """Return where the rounds stand as text and tables; None of a survey without rounds."""
    if status is None:
        return None
    return {
        "sentence": _sentence(status),
        "costs": [_cost(row, status["items"]) for row in status["rounds"]],
        "audits": [_audit(row) for row in status["audits"]],
        "agreement": [_agreement(row) for row in status["agreement"]],
        "scores": [] if scores is None else [_score(row) for row in scores.to_dict("records")],
        "target": f"{status['target']:.1%}",
        "disagreements": status["disagreements"],
    }


def yield_figure(
    verdicts: Sequence[tuple[int, bool]], audits: Sequence[Mapping[str, Any]], target: float
) -> str:
    """Return corrections against verdicts, and what each audit left possible.

    Args:
        verdicts: round and whether it corrected a label, in the order in which they were given.
        audits: as `Look` says them, in order; target: share that ends the rounds.
    """
    figure = Figure(figsize=(9.4, 3.0))
    left, right = figure.subplots(1, 2)
    rounds = np.array([number for number, _ in verdicts])
    corrected = np.cumsum([0, *(hit for _, hit in verdicts)])
    left.plot(range(len(corrected)), corrected, color=OURS, lw=1.6)
    left.set(xlabel="verdicts", ylabel="labels corrected", xlim=(0, None), ylim=(0, None))
    for begin in np.flatnonzero(np.diff(rounds)) + 1:
        left.axvline(begin, color="#999999", lw=0.8, ls="--")
    left.set_title("corrections found; dashed: a new round")
    shares = [100 * audit["share"] for audit in audits]
    names = [str(audit["round"]) for audit in audits]
    right.plot(names, shares, color=OURS, marker="o", lw=1.4)
    right.axhline(100 * target, color="#d55e00", lw=1, ls="--")
    right.set(ylim=(0, max([*shares, 100 * target]) * 1.25), xlabel="round of the audit")
    right.set_title("% of all labels that can still be wrong; dashed: target")
    if not audits:
        right.text(0.5, 0.5, "no audit yet", ha="center", transform=right.transAxes)
        right.set_xticks([])
    figure.tight_layout()
    return as_svg(figure)


def _sentence(status: dict[str, Any]) -> str:
    looked = f"{status['looks']} looks for {status['items']} labels"
    share = status["looks"] / status["items"]
    done = f"{looked} ({share:.0%} of one full check), {status['corrected']} labels corrected"
    if status["converged"]:
        return f"Converged after {len(status['rounds'])} rounds: {done}."
    return f"Round {status['round']}: {status['waiting']} items wait for a person; so far {done}."


def _cost(row: dict[str, Any], items: int) -> Row:
    minutes = row["minutes"]
    return {
        "round": str(row["round"]),
        "looked": f"{row['looked']} ({row['looked'] / items:.0%})",
        "corrected": str(row["corrected"]),
        "found": f"{row['found']} of {row['ranked']}",
        "minutes": f"{minutes:.1f}",
        "rate": f"{row['corrected'] / minutes:.1f}" if minutes else "",
        "disagreements": str(row["disagreements"]),
    }


def _score(row: dict[str, Any]) -> Row:
    return {
        "part": str(row["part"]),
        "kind": str(row["kind"]),
        "images": f"{row['images']:,}",
        "models": f"{row['models']:.0f}",
        "accuracy": f"{row['accuracy']:.1%}",
        "calibration": f"{row['calibration_error']:.3f}",
    }


def _agreement(row: dict[str, Any]) -> Row:
    first, second = row["first"], row["second"]
    return {
        "who": f"{first}, shown again" if first == second else f"{first} and {second}",
        "same": f"{row['same']} of {row['items']} ({row['same'] / row['items']:.0%})",
        "kappa": "undefined" if row["kappa"] is None else f"{row['kappa']:.2f}",
        "ac1": f"{row['ac1']:.2f}",
    }


def _audit(row: dict[str, Any]) -> Row:
    return {
        "round": str(row["round"]),
        "sample": f"{row['sample']} of {row['population']}",
        "wrong": str(row["wrong"]),
        "left": f"{row['left']} ({row['share']:.1%} of all)",
        "confidence": f"{1 - row['alpha']:.2%}",
        "passed": "yes" if row["passed"] else "no",
    }
