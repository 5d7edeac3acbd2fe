"""What an unfinished training is known by: settings that decide what comes of it, and no others."""

import copy

import pytest

from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.pretrain import PretrainSettings, TrainingSettings
from skyloom.settings.redshift import NetworkModel, ToldSettings
from skyloom.stages import pretrain, redshift_network
from skyloom.stages.attempt import checkpoint_of
from skyloom.stages.job import Job

NETWORK = {
    "told": ToldSettings().model_dump(mode="json"),
    "model": NetworkModel(kind="network").model_dump(mode="json"),
    "network": EncoderSettings().network.model_dump(mode="json"),
    "seed": 0,
}
ENCODER = {
    "encoder": EncoderSettings(pretrain=PretrainSettings()).model_dump(mode="json"),
    "domains": [],
    "seed": 0,
}
STAGES = {"redshift_network": (redshift_network, NETWORK), "pretrain": (pretrain, ENCODER)}


def fingerprint(tmp_path, stage, *place_and_value, draw="10-0", images=b"images"):
    """The fingerprint of a training with one setting changed, named by its place."""
    module, settings = STAGES[stage][0], copy.deepcopy(STAGES[stage][1])
    if place_and_value:
        *folders, last, value = place_and_value
        inner = settings
        for key in folders:
            inner = inner[key]
        assert inner[last] != value
        inner[last] = value
    index = tmp_path / "a.parquet"
    index.write_bytes(images)
    job = Job({}, settings, {"checkpoint": str(tmp_path), "draw": draw})
    decisive, name = module.decisive(job), f"skyloom.stages.{stage}"
    return checkpoint_of(job, decisive, [index], name, ["skyloom.surveys.mars.views"]).fingerprint


@pytest.mark.parametrize(
    ("stage", "place_and_value"),
    [
        ("redshift_network", ("model", "fit", "workers", 7)),
        ("redshift_network", ("model", "fit", "data", "stream")),
        ("redshift_network", ("model", "fit", "save_minutes", 1.0)),
        ("redshift_network", ("told", "scored", ["val"])),
        ("redshift_network", ("told", "dust", [0.0, 0.3])),
        ("pretrain", ("encoder", "pretrain", "workers", 7)),
        ("pretrain", ("encoder", "pretrain", "data", "stream")),
        ("pretrain", ("encoder", "pretrain", "save_minutes", 1.0)),
        ("pretrain", ("encoder", "pretrain", "tensorboard", True)),
    ],
)
def test_how_it_runs_and_what_is_told_afterwards_keeps_an_unfinished_training(
    tmp_path, stage, place_and_value
):
    assert fingerprint(tmp_path, stage, *place_and_value) == fingerprint(tmp_path, stage)


@pytest.mark.parametrize(
    ("stage", "place_and_value"),
    [
        ("redshift_network", ("model", "fit", "learning_rate", 0.1)),
        ("redshift_network", ("model", "fit", "precision", "fp32")),
        ("redshift_network", ("model", "photometry_weight", 1.0)),
        ("redshift_network", ("told", "train", ["train", "val"])),
        ("redshift_network", ("told", "bins", 60)),
        ("redshift_network", ("told", "photometry", ["mag_r"])),
        ("redshift_network", ("network", "architecture", "resnet50")),
        ("redshift_network", ("seed", 1)),
        ("pretrain", ("encoder", "pretrain", "learning_rate", 0.1)),
        ("pretrain", ("encoder", "network", "architecture", "resnet50")),
        ("pretrain", ("domains", [{"name": "sun"}])),
        ("pretrain", ("seed", 1)),
    ],
)
def test_what_decides_the_result_begins_anew(tmp_path, stage, place_and_value):
    assert fingerprint(tmp_path, stage, *place_and_value) != fingerprint(tmp_path, stage)


@pytest.mark.parametrize("stage", STAGES)
def test_other_images_begin_anew(tmp_path, stage):
    assert fingerprint(tmp_path, stage, images=b"others") != fingerprint(tmp_path, stage)


def test_another_draw_begins_anew(tmp_path):
    stage = "redshift_network"
    assert fingerprint(tmp_path, stage, draw="10-1") != fingerprint(tmp_path, stage)


def test_every_execution_setting_is_a_setting():
    assert set(PretrainSettings.model_fields) >= PretrainSettings.EXECUTION
    assert set(TrainingSettings.model_fields) >= TrainingSettings.EXECUTION
    assert set(ToldSettings.model_fields) >= ToldSettings.AFTERWARDS
