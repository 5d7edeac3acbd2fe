"""Probe one encoder's features with shares of the labels."""

from skyloom.analyze.features import read_features
from skyloom.analyze.probe import probe
from skyloom.settings.probe import ProbeSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table

OUTPUTS = ("scores", "predictions", "classes", "calibration", "reliability")


def probe_encoder(job: Job) -> None:
    """Train and score probes on one encoder's features."""
    features = read_features(job.paths("features"), job.paths("index"))
    settings = ProbeSettings.model_validate(job.settings["probe"])
    result = probe(features, settings, job.settings["pca"], job.settings["seed"])
    for name in OUTPUTS:
        write_table(job.path(name), getattr(result, name))
    job.facts["seed"] = job.settings["seed"]


if __name__ == "__main__":
    run_stage("probe", probe_encoder, inputs=["features", "index"], outputs=OUTPUTS)
