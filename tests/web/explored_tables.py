"""Tables that the later stages write, for the small study of the explorer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from explored_study import CLASSES, ENCODERS, ExploredStudy, item

from skyloom.analyze.calibration import calibrate
from skyloom.analyze.comparison import compare
from skyloom.analyze.per_class import per_class
from skyloom.analyze.predictions import score_table
from skyloom.analyze.redshift.pdfs import Pdfs, write_qp
from skyloom.bins import Bins
from skyloom.digest import sha256_of_text
from skyloom.relabel.closing import close_round
from skyloom.relabel.labels import labels_after
from skyloom.relabel.queue import QUEUE_COLUMNS, Queue, QueueFacts, write_queue
from skyloom.relabel.sealed import closed_rounds, log_folder, read_sealed
from skyloom.relabel.status import status_of
from skyloom.relabel.verdict_log import VerdictLog
from skyloom.relabel.verdicts import Event, Shown
from skyloom.settings.relabel import RelabelSettings
from skyloom.tables import write_table

RESAMPLES = 100
WRONG = {"simclr": (0, 5), "second": (0, 10, 15)}
"""Places in the study of the images that each encoder's probe takes for the next class."""
MODELS = ("linear", "boosting")
SETTINGS = {"network": {"architecture": "resnet18", "input_size": 16, "init": "none"}}


def write_probes(study: ExploredStudy) -> None:
    """Write the probes of both encoders, which score every fifth image, and their comparison."""
    predictions = {encoder: _predictions(study, encoder) for encoder in ENCODERS}
    for encoder, table in predictions.items():
        folder = study.home / encoder / "probes"
        write_table(folder / "predictions.parquet", table)
        write_table(folder / "scores.parquet", score_table(table, RESAMPLES, 0))
        full = table[(table["fraction"] == 1) & (table["probe"] == "logistic")]
        about = {"by": "split", "split": "val"}
        write_table(folder / "classes.parquet", per_class(full, RESAMPLES, 0).assign(**about))
        scores, truth = np.stack(full["class_scores"]), full["truth_place"].to_numpy()
        groups = full["group"].to_numpy(dtype=str)
        told, bins = calibrate(scores, truth, groups, 1.5, 0.9, RESAMPLES, 0)
        write_table(folder / "calibration.parquet", told.assign(**about))
        write_table(folder / "reliability.parquet", bins.assign(**about))
    curves, differences = compare(predictions, ENCODERS[0], RESAMPLES, 0)
    write_table(study.home / "comparison" / "curves.parquet", curves)
    write_table(study.home / "comparison" / "differences.parquet", differences)


def _predictions(study: ExploredStudy, encoder: str) -> pd.DataFrame:
    rows = []
    for model in ("logistic", "ridge"):
        for fraction in (0.5, 1.0):
            for place in range(0, study.count, 5):
                truth = int(study.classes[place])
                said = (truth + (place in WRONG[encoder])) % len(CLASSES)
                sure = 0.6 + 0.3 * place / study.count
                scores = np.full(len(CLASSES), (1 - sure) / 2)
                scores[said] = sure
                rows.append(
                    {
                        **{"by": "split", "probe": model, "fraction": fraction, "seed": 0},
                        **{"split": "val", "image_id": item(place), "group": f"sol{place // 6}"},
                        **{"truth": CLASSES[truth], "predicted": CLASSES[said]},
                        "probability": sure if model == "logistic" else np.nan,
                        **{"class_scores": scores, "truth_place": truth},
                    }
                )
    return pd.DataFrame(rows)


def write_redshifts(study: ExploredStudy, outlier: int = 7) -> None:
    """Write redshifts of every image by two models; the first is far off at one of them."""
    folder = study.home / "redshift"
    truth = np.linspace(0.02, 0.3, study.count)
    curves, scores, estimates, bins = [], [], [], Bins(0.0, 0.4, 20)
    for number, model in enumerate(MODELS):
        told = truth + 0.01 * number
        told[outlier] += 0.09 * (1 - number)
        masses = np.exp(-(((bins.edges[:-1] + 0.01 - told[:, None]) / 0.03) ** 2))
        masses /= masses.sum(axis=1, keepdims=True)
        pdfs = Pdfs(np.array(study.names), masses.astype(np.float32), bins)
        (folder / model / "100-0").mkdir(parents=True)
        write_qp(folder / model / "100-0" / "pdfs.hdf5", pdfs)
        point = {"low": 0.01, "high": 0.03, "draws": 1}
        nothing = dict.fromkeys(("difference", "difference_low", "difference_high", "p"), np.nan)
        gain = {"difference": -0.01, "difference_low": -0.02, "difference_high": 0.0, "p": 0.04}
        for fraction in (0.5, 1.0):
            for metric in ("sigma_mad", "bias", "eta", "crps"):
                about = {"model": model, "fraction": fraction, "labels": int(60 * fraction)}
                curves.append({**about, "metric": metric, "value": 0.02, **point})
                curves[-1] |= gain if number else nothing
        about = {"model": model, "fraction": 1.0, "draw": 0, "labels": 60, "stratum": "all"}
        about |= {"bin_low": np.nan, "bin_high": np.nan, "estimate": "pdf", "convention": ""}
        for metric in ("cde_loss", "pit_outlier", "ks"):
            scores.append({**about, "metric": metric, "value": 0.1, "low": 0, "high": 1, "n": 60})
        columns = {"image_id": study.names, "redshift": truth, "mean": told, "median": told}
        estimates.append(pd.DataFrame({**columns, "mode": told, "pit": 0.5, "model": model}))
    write_table(folder / "curves.parquet", pd.DataFrame(curves))
    write_table(folder / "scores.parquet", pd.DataFrame(scores))
    write_table(folder / "estimates.parquet", pd.concat(estimates))
    write_table(folder / "factors.parquet", pd.DataFrame({"model": []}))
    write_table(folder / "dust.parquet", pd.DataFrame({"model": []}))


class Review:
    """The rounds of a study: queues, verdicts of one reviewer, closed rounds."""

    def __init__(self, study: ExploredStudy) -> None:
        self.study = study
        self.reviews = study.folder / "reviews" / "mars"
        self.settings = RelabelSettings(folds=3, batch=0.2, target=0.1)
        names = study.names
        crude = [CLASSES[kind] for kind in study.classes]
        groups = [f"sol{place // 6}" for place in range(study.count)]
        labels = {"image_id": names, "group": groups, "original": names, "split": "train"}
        self.crude = pd.DataFrame({**labels, "fold": 0, "crude": crude})

    def open(self, number: int, places: range, hidden: int = 2) -> None:
        """Write queue and status of a round that asks for some images."""
        rounds = read_sealed(closed_rounds(self.reviews))
        labels = labels_after(self.crude, rounds)
        present = labels.set_index("image_id")["label"]
        names = [item(place) for place in places]
        rows = pd.DataFrame(
            {"item": names, "drawn": "ranked", "label": present.loc[names].tolist()}
        )
        rows = rows.assign(predicted="rock", p_label=0.2, p_predicted=0.8, spread=0.1, models=2)
        rows = rows.assign(neighbours_differ=0.5, reason="doubtful", fold=0, shared=False)
        rows = rows.assign(examples=[["", ""]] * len(names), swapped=False)
        rows["hidden"] = np.arange(len(names)) < hidden
        facts = {"items": self.study.count, "disagreements": 9 // number, "audited": 0, "look": 0}
        queue = Queue(
            rows[list(QUEUE_COLUMNS)],
            QueueFacts("mars", number, CLASSES, encoder="e", converged=False, **facts),
        )
        folder = self.study.home / "rounds" / str(number)
        write_queue(folder / "queue.parquet", queue)
        ranked = pd.DataFrame({"image_id": self.study.names, "predicted": self.crude["crude"]})
        ranked = ranked.assign(p_label=0.7, neighbours_differ=0.1)
        write_table(folder / "ranked.parquet", ranked)
        status = status_of(queue, labels, rounds, self.settings)
        (folder / "status.json").write_text(status.model_dump_json())

    def decide(
        self, number: int, place: int, label: str, hidden: bool = False, by: str = "ann"
    ) -> None:
        """Write a verdict of a reviewer, who takes three seconds."""
        before = CLASSES[int(self.study.classes[place])]
        log = VerdictLog(log_folder(self.reviews, number) / f"{by}.jsonl")
        log.append(
            Event(
                uid=f"{by}-{number}-{place:04d}",
                round=number,
                item=item(place),
                verdict="keep" if label == before else "fix",
                label=label,
                by=by,
                at=datetime(2026, 1, number, tzinfo=UTC) + timedelta(seconds=place),
                ms=3000,
                shown=Shown(label=before, pred="rock", p=0.8, hidden=hidden),
            )
        )

    def close(self, number: int) -> None:
        """Close a round."""
        queue = self.study.home / "rounds" / str(number) / "queue.parquet"
        close_round(self.reviews, queue, number, leave_open=True)


def write_trainings(study: ExploredStudy) -> None:
    """Write records and epochs of both encoders; the second is not trained."""
    for encoder in ENCODERS:
        trained = encoder == ENCODERS[0]
        plan = {"objective": "simclr", "epochs": 3} if trained else None
        epochs = 3 if trained else 0
        columns = ("loss", "learning_rate", "feature_std", "rankme", "alignment", "uniformity")
        columns += ("false_negatives_before", "false_negatives_after")
        table = pd.DataFrame({name: np.linspace(1, 0.5, epochs) for name in columns})
        table.insert(0, "epoch", np.arange(epochs))
        write_table(study.home / encoder / "training.parquet", table)
        facts = {"images_seen": 48 * trained, "trained_on": ["train"] if trained else []}
        write_record(
            study,
            "pretrain",
            encoder,
            [study.home / encoder / "training.parquet"],
            {"encoder": {**SETTINGS, "pretrain": plan}},
            {**facts, "seed": 0},
        )
    write_record(study, "prepare", "a", [study.home / "images" / "a.npy"], {}, {"remarks": []})
    _write_run(study, f"results/mars/provenance/pretrain/{ENCODERS[0]}.json")


def _write_run(study: ExploredStudy, record: str) -> None:
    """Write the record of a run that made a file."""
    head = {"event": "run", "command": "snakemake features", "configfiles": ["other.yaml"]}
    head |= {"host": "node7", "config_sha256": "1" * 64, "git": {}, "previous": ""}
    first = json.dumps({**head, "at": "2026-01-01T00:00:00"})
    done = {"event": "done", "record": record, "sha256": "0", "previous": sha256_of_text(first)}
    path = study.home.parent / "provenance" / "runs" / "20260101.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(f"{first}\n{json.dumps(done)}\n")


def write_record(
    study: ExploredStudy, stage: str, name: str, outputs: list[Path], settings: dict, facts: dict
) -> None:
    """Write the record of a job as a stage does."""
    written = [
        {"path": str(path.relative_to(study.folder)), "sha256": "0" * 64, "bytes": 1}
        for path in outputs
    ]
    record = {
        **{"format": 1, "stage": stage, "settings": settings, "facts": facts, "inputs": []},
        **{"outputs": written, "code": {"digest": "c0de", "modules": {"skyloom": "1"}}},
        **{"git": {"commit": "f" * 40, "dirty": True}, "versions": {"python": "3.11"}},
        "machine": {"host": "node7", "processor": "cpu", "gpu": None, "threads": 1},
        **{"slurm": {}, "started": "2026-01-01T00:00:00", "seconds": 60, "peak_memory_mb": 10},
    }
    path = study.home / "provenance" / stage / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def density_of(study: ExploredStudy, model: str, place: int) -> np.ndarray:
    """Return the density that a model tells of an image, from its file."""
    with h5py.File(study.home / "redshift" / model / "100-0" / "pdfs.hdf5") as file:
        return file["data/pdfs"][place]
