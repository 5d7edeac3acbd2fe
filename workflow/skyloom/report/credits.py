"""What the archives that a study used ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from skyloom.surveys.credit import Credit, used_credits
from skyloom.surveys.registry import survey_part


def credits_of(survey: str, records: Iterable[Mapping[str, Any]]) -> list[Credit]:
    """Return the credits of a survey's archives, by the addresses in the records of `acquire`."""
    facts = [record["facts"] for record in records if record["stage"] == "acquire"]
    addresses = [fact[key] for fact in facts for key in ("url", "origin")]
    return used_credits(survey_part(survey, "credits").CREDITS, addresses)
