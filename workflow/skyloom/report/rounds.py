"""The relabel rounds in the report: what they cost and gave, and how much can still be wrong."""

from typing import Any

import pandas as pd

Row = dict[str, str]


def rounds_section(
    status: dict[str, Any] | None, scores: pd.DataFrame | None
) -> dict[str, Any] | None:
    """Return where the rounds stand as text and tables; None of a survey without rounds."""
    if status is None or scores is None:
        return None
    return {
        "sentence": _sentence(status),
        "costs": [_cost(row, status["items"]) for row in status["rounds"]],
        "audits": [_audit(row) for row in status["audits"]],
        "agreement": [_agreement(row) for row in status["agreement"]],
        "scores": [_score(row) for row in scores.to_dict("records")],
        "target": f"{status['target']:.1%}",
        "disagreements": status["disagreements"],
    }


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
