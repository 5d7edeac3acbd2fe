"""`skyloom review`: close a round, amend a label, let the oracle answer."""

import getpass
import re
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from skyloom.analyze.features import encoder_of
from skyloom.commands.run import round_folder
from skyloom.digest import sha256_of_file
from skyloom.errors import SkyloomError
from skyloom.names_plan import naming_encoder
from skyloom.plan import Plan
from skyloom.relabel.amendments import OpenRound, amendments
from skyloom.relabel.closing import close_round
from skyloom.relabel.oracle import oracle_verdicts
from skyloom.relabel.queue import Queue, read_queue
from skyloom.relabel.round_lock import while_open
from skyloom.relabel.sealed import Sealed, log_folder
from skyloom.relabel.sealed_names import seal_names
from skyloom.relabel.verdict_log import VerdictLog
from skyloom.relabel.verdicts import Event
from skyloom.rounds_plan import relabel_of
from skyloom.settings.base import nearest
from skyloom.tables import read_table, read_tables


class ReviewError(SkyloomError):
    """A review command cannot be carried out."""


def close(plan: Plan, survey: str, number: int, leave_open: bool) -> Sealed:
    """Seal a round of a survey.

    Raises:
        ReviewError: the encoder was trained anew since its queue was ranked.
    """
    queue = Path(plan.results, survey, "rounds", str(number), "queue.parquet")
    if queue.exists():
        _refuse_other_encoder(plan, survey, read_queue(queue))
    return close_round(plan.reviews(survey), queue, number, leave_open)


def amend(plan: Plan, survey: str, item: str, label: str, reviewer: str, note: str | None) -> Path:
    """Write a change of mind about an item of a closed round to the open round; return the log.

    Raises:
        AmendError: no such item or class.
    """
    queue, digest = open_queue(plan, survey)
    labels = read_table(round_folder(plan, survey) / "labels.parquet")
    known = labels.set_index("image_id")["label"]
    at_stake = OpenRound(queue.facts, digest, known, predicted={})
    name, now = str(uuid.uuid4()), datetime.now(UTC)
    (event,) = amendments(at_stake, [item], label, reviewer, now, name)
    told = event.model_copy(update={"note": note})
    return _append(plan, survey, queue, reviewer, [told])


def use_names(plan: Plan, survey: str, encoder: str | None) -> Path:
    """Seal the names of an encoder's clusters, so that the workflow reads them; return the file.

    Raises:
        ReviewError: there is no such encoder.
    """
    known = plan.trained_encoders(survey)
    name = encoder or naming_encoder(plan, survey) or known[0]
    if name not in known:
        raise ReviewError(f"survey {survey} has no encoder '{name}'.{nearest(name, known)}")
    return seal_names(plan.reviews(survey), survey, name)


def answer(plan: Plan, survey: str, errors: float, reviewer: str) -> Path:
    """Let the oracle answer the open queue; return its log.

    Raises:
        ReviewError: nobody knows the truth: the archive is real and no labels were made wrong, or
            they are names of clusters.
    """
    settings = relabel_of(plan, survey)
    if settings.names is not None:
        raise ReviewError(
            f"the oracle knows no truth about {survey}: its labels are names that people gave to "
            "clusters (relabel.names)."
        )
    if not plan.is_simulated(survey) and settings.wrong == 0:
        raise ReviewError(
            f"the oracle knows no truth about {survey}: its archive is real. It answers only for "
            "simulated archives (simulate) and labels made wrong on purpose (relabel.wrong)."
        )
    queue, digest = open_queue(plan, survey)
    home = Path(plan.results, survey)
    folder = "images" if settings.wrong else "truth"
    tables = [home / folder / f"{shard}.parquet" for shard in plan.shards(survey)]
    truth = read_tables(tables, ["image_id", "label"])
    known: pd.Series[str] = truth.dropna(subset="label").set_index("image_id")["label"]
    return _append(
        plan, survey, queue, reviewer, oracle_verdicts(queue, known, errors, reviewer, digest)
    )


def open_queue(plan: Plan, survey: str) -> tuple[Queue, str]:
    """Return the queue of the open round and its SHA-256.

    Raises:
        ReviewError: it has not been built, or by another encoder.
    """
    path = round_folder(plan, survey) / "queue.parquet"
    if not path.exists():
        raise ReviewError(f"{path} is not there. Run: skyloom run {survey}")
    queue = read_queue(path)
    _refuse_other_encoder(plan, survey, queue)
    return queue, sha256_of_file(path)


def _refuse_other_encoder(plan: Plan, survey: str, queue: Queue) -> None:
    """Raise where the features that are there now are of another encoder than those that ranked."""
    name = plan.trained_encoders(survey)[0]
    folder = Path(plan.results, survey, name, "features")
    files = [folder / f"{shard}.parquet" for shard in plan.shards(survey)]
    present = [path for path in files if path.exists()]
    if present and encoder_of(present) != queue.facts.encoder:
        raise ReviewError(
            f"the queue of round {queue.facts.round} was ranked by the encoder "
            f"{queue.facts.encoder[:12]}, but {folder} is of {encoder_of(present)[:12]}. Build it "
            f"anew: skyloom run {survey}. Verdicts given so far are kept."
        )


def reviewer_name(given: str | None) -> str:
    """Return the reviewer's name: as given, else git's user.name, else the login name."""
    found = given or _name_in_git() or getpass.getuser()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", found).strip("-._")[:40]
    if not name:
        raise ReviewError(f"'{found}' cannot name a reviewer: use letters, digits, - and _.")
    return name


def _name_in_git() -> str:
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _append(plan: Plan, survey: str, queue: Queue, reviewer: str, events: list[Event]) -> Path:
    reviews, number = plan.reviews(survey), queue.facts.round
    path = log_folder(reviews, number) / f"{reviewer}.jsonl"
    with while_open(reviews, number):
        VerdictLog(path).append_all(events)
    return path
