"""People of a crate, and the archives: what their data are, where each raw file came from."""

from collections.abc import Mapping
from typing import Any

from skyloom.provenance.crate.contents import Study
from skyloom.provenance.crate.entities import Entities, ref
from skyloom.provenance.environment import AGENT
from skyloom.surveys.credit import Credit


def add_people(entities: Entities, cited: Mapping[str, Any]) -> list[str]:
    """Add the authors of CITATION.cff; return their identifiers."""
    found = []
    for author in cited["authors"]:
        if "family-names" in author:
            name = f"{author.get('given-names', '')} {author['family-names']}".strip()
            identifier = author.get("orcid") or f"#{_slug(name)}"
            found.append(entities.context(identifier, "Person", name=name))
        else:
            name = author["name"]
            found.append(entities.context(f"#{_slug(name)}", "Organization", name=name))
    return found


def add_agent(entities: Entities, environment: Mapping[str, str], otherwise: str) -> str:
    """Add who ran a job, where the variable of that name said so; return the identifier."""
    said = environment.get(AGENT, "")
    if not said:
        return otherwise
    name, _, address = (word.strip() for word in said.partition(","))
    return entities.context(address or f"#{_slug(name)}", "Person", name=name)


def add_reviewer(entities: Entities, name: str) -> str:
    """Add a reviewer by the name that signed the verdicts; return the identifier."""
    return entities.context(f"#reviewer-{_slug(name)}", "Person", name=name)


def add_credits(entities: Entities, study: Study) -> list[str]:
    """Add the data sets of the archives, with citation and licence; return their identifiers."""
    found = []
    for survey, credits in study.credits.items():
        for place, credit in enumerate(credits):
            address = f"https://doi.org/{credit.doi}" if credit.doi else None
            licence = credit.licence and entities.context(
                credit.licence_url, "CreativeWork", name=credit.licence
            )
            found.append(
                entities.context(
                    address or f"#data-{survey}-{place}",
                    "CreativeWork",
                    name=credit.name,
                    description=_in_words(credit),
                    license=ref(licence) if licence else None,
                    usageInfo=credit.licence_url,
                    identifier=address,
                )
            )
    return list(dict.fromkeys(found))


def _in_words(credit: Credit) -> str:
    doubt = f"Not confirmed: {credit.unconfirmed}" if credit.unconfirmed else ""
    return " ".join(word for word in (credit.citation, credit.acknowledgement, doubt) if word)


def describe_raw(entities: Entities, study: Study) -> None:
    """Say of every raw file where it came from and when."""
    for record in study.records.jobs.values():
        if record["stage"] != "acquire":
            continue
        facts = record["facts"]
        entities.more(
            entities.ids[record["outputs"][0]["path"]],
            url=facts["url"],
            description=f"{facts['how']}, from {facts['origin']}, retrieved {facts['retrieved']}",
            sdDatePublished=facts["retrieved"],
        )


def _slug(name: str) -> str:
    return "-".join(name.lower().split())
