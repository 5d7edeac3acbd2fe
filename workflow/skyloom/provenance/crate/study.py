"""A study to be packed, from its results and its configuration."""

from collections.abc import Mapping
from typing import Any

from skyloom.provenance.crate.contents import Study, surveys_of
from skyloom.provenance.records import Records
from skyloom.surveys.credit import used_credits
from skyloom.surveys.registry import survey_part


def study_of(config: Mapping[str, Any], records: Records) -> Study:
    """Return what there is to pack of a configuration's results, given their records."""
    surveys = surveys_of(config)
    credits = {}
    for survey in surveys:
        inside = f"{config['results']}/{survey}/"
        addresses = [
            record["facts"][key]
            for record in records.jobs.values()
            if record["stage"] == "acquire" and record["outputs"][0]["path"].startswith(inside)
            for key in ("url", "origin")
        ]
        credits[survey] = used_credits(survey_part(survey, "credits").CREDITS, addresses)
    simulated = [survey for survey in surveys if config[survey].get("simulate") is not None]
    return Study(records, config, credits, simulated)
