"""The rounds in the report."""

import pandas as pd

from skyloom.relabel.reviewer_agreement import Agreement
from skyloom.relabel.status import Status
from skyloom.report.rounds import rounds_section


def _status(*agreement: Agreement) -> Status:
    return Status(
        **{"survey": "sun", "round": 3, "converged": False, "waiting": 12, "items": 200},
        **{"unseen": 150, "corrected": 9, "looks": 60, "disagreements": 4, "target": 0.02},
        **{"confidence": 0.95, "agreement": agreement, "audits": (), "rounds": ()},
    )


_SCORES = pd.DataFrame(
    {
        **{"part": ["out of fold"], "kind": ["unstable"], "images": [1200], "accuracy": [0.6789]},
        **{"calibration_error": [0.0123], "temperature": [1.1], "models": [2.0]},
    }
)


def test_agreement_is_told_with_what_chance_would_give() -> None:
    said = _status(
        Agreement(first="ann", second="ann", items=8, same=8, kappa=None, ac1=1.0),
        Agreement(first="ann", second="bob", items=50, same=35, kappa=0.4, ac1=0.4059),
    )
    section = rounds_section(said.model_dump(), _SCORES)
    assert section is not None
    assert section["agreement"] == [
        {"who": "ann, shown again", "same": "8 of 8 (100%)", "kappa": "undefined", "ac1": "1.00"},
        {"who": "ann and bob", "same": "35 of 50 (70%)", "kappa": "0.40", "ac1": "0.41"},
    ]
    assert section["scores"] == [
        {
            **{"part": "out of fold", "kind": "unstable", "images": "1,200", "models": "2"},
            **{"accuracy": "67.9%", "calibration": "0.012"},
        }
    ]
    assert section["sentence"] == (
        "Round 3: 12 items wait for a person; so far 60 looks for 200 labels (30% of one full "
        "check), 9 labels corrected."
    )


def test_a_survey_without_rounds_has_no_section() -> None:
    assert rounds_section(None, None) is None
