"""A network learns redshifts from images, alone or with photometry."""

import os
import signal

import numpy as np
import pytest
import torch
from made_training import ONE

from made import make_store
from skyloom.bins import Bins
from skyloom.digest import sha256_of_file
from skyloom.learn import train
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import EncoderError, build_encoder, seeded
from skyloom.learn.interruption import Interrupted
from skyloom.learn.optimizers import learning_rate
from skyloom.learn.redshift import photometry_losses, redshift_losses
from skyloom.learn.redshift_fit import Lesson, fit_network, plan_of, with_changes
from skyloom.learn.redshift_network import RedshiftNetwork
from skyloom.learn.watch import TrainingError
from skyloom.settings.encoder import NetworkSettings
from skyloom.settings.redshift import FitSettings, NetworkModel
from skyloom.settings.views import ViewSettings
from skyloom.surveys.galaxies.views import VIEWS

BINS = Bins(0.0, 0.4, 8)
PLAIN = ViewSettings(crop_area=(1, 1), crop_aspect=(1, 1), jitter=0, grey=0, blur=0)
FIT = {"batch_size": 16, "learning_rate": 0.02, "precision": "fp32", "epochs": 12}


def made_lesson(folder, count=64, labelled=48, photometry=False):
    """Images whose brightness in the first band is the redshift."""
    rng = np.random.default_rng(1)
    redshifts = rng.uniform(0, 0.4, count)
    pixels = rng.normal(0, 0.05, (count, 2, 16, 16)).astype(np.float32)
    pixels[:, 0] += redshifts[:, None, None] * 5
    store = make_store(folder, pixels, target=redshifts)
    told = np.stack([pixels[:, 0].mean(axis=(1, 2)), np.full(count, np.nan)], axis=1)
    lesson = Lesson(
        store=store,
        labelled=np.arange(labelled),
        bins=BINS.number_of(redshifts[:labelled]),
        count=BINS.count,
        pool=np.arange(count),
        photometry=told.astype(np.float32) if photometry else np.empty((count, 0), np.float32),
    )
    return lesson, redshifts


def made_encoder(seed=0):
    seeded(seed)
    network = NetworkSettings(input_size=16, stem="stride2")
    card = EncoderCard(network, 2, [1.0, 0.0], [0.6, 0.1])
    return Encoder(build_encoder(network, 2), card)


def fit(folder, name, lesson, **given):
    said = {"fit": FIT, **given}
    model = NetworkModel(kind="network", **said)
    encoder = made_encoder()
    checkpoint = Checkpoint(folder / f"{name}.pt", "one")
    head, history = fit_network(encoder, lesson, model, PLAIN, 3, checkpoint, ONE)
    network = RedshiftNetwork(encoder.eval(), head, BINS)
    network.save(folder / f"{name}.safetensors")
    return network, history


def test_redshift_losses_are_the_mean_over_the_labelled():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 3)), np.array([2, -1, 0, -1, 1])
    expected = [
        np.log(np.exp(row).sum()) - row[label]
        for row, label in zip(logits, labels, strict=True)
        if label >= 0
    ]
    found = redshift_losses(torch.from_numpy(logits), torch.from_numpy(labels))
    assert float(found.mean()) == pytest.approx(np.mean(expected))
    assert found[[1, 3]].tolist() == [0, 0]


def test_photometry_losses_leave_out_what_is_unknown():
    told = torch.tensor([[0.0, 3.0], [1.0, 0.0]], requires_grad=True)
    true = torch.tensor([[0.5, float("nan")], [3.0, float("nan")]])
    losses = photometry_losses(told, true)
    assert losses.mean().item() == pytest.approx((0.5 * 0.5**2 + (2 - 0.5)) / 2)
    losses.mean().backward()
    assert torch.isfinite(told.grad).all()
    assert told.grad[:, 1].tolist() == [0, 0]


def test_without_any_photometry_its_loss_is_zero():
    told = torch.ones(2, 1)
    assert photometry_losses(told, torch.full((2, 1), float("nan"))).tolist() == [0, 0]


def test_network_learns_what_images_say(tmp_path):
    lesson, redshifts = made_lesson(tmp_path)
    network, history = fit(tmp_path, "one", lesson)
    assert len(history.epochs) == 12
    images = torch.from_numpy(lesson.store.batch(np.arange(64)))
    told = network.probabilities(images) @ BINS.centres
    unseen = np.abs(told - redshifts)[48:]
    assert unseen.mean() < 0.03, "0.1 is what the mean redshift would give"


def test_semi_supervised_network_sees_images_without_redshift(tmp_path):
    lesson, _ = made_lesson(tmp_path, labelled=8, photometry=True)
    network, history = fit(tmp_path, "semi", lesson, photometry_weight=1.0)
    assert {row.domain: row.images for row in history.domains} == {"labelled": 8, "all": 8}
    assert network.head.out_features == BINS.count
    images = torch.from_numpy(lesson.store.batch(np.arange(64)))
    assert np.allclose(network.probabilities(images).sum(axis=1), 1)


def test_stopped_and_resumed_gives_the_same_bytes(tmp_path, monkeypatch):
    lesson, _ = made_lesson(tmp_path, photometry=True)
    given = {"photometry_weight": 0.5, "fit": {**FIT, "epochs": 3}}
    fit(tmp_path, "whole", lesson, **given)
    real, calls = train.learning_rate, []

    def terminates(settings, epoch):
        calls.append(epoch)
        if len(calls) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return real(settings, epoch)

    monkeypatch.setattr(train, "learning_rate", terminates)
    with pytest.raises(Interrupted):
        fit(tmp_path, "cut", lesson, **given)
    monkeypatch.setattr(train, "learning_rate", real)
    fit(tmp_path, "cut", lesson, **given)
    digests = {sha256_of_file(tmp_path / f"{name}.safetensors") for name in ("whole", "cut")}
    assert len(digests) == 1


def test_network_on_disk_tells_the_same(tmp_path):
    lesson, _ = made_lesson(tmp_path)
    network, _ = fit(tmp_path, "one", lesson, fit={**FIT, "epochs": 1})
    images = torch.from_numpy(lesson.store.batch(np.arange(5)))
    again = RedshiftNetwork.load(tmp_path / "one.safetensors")
    assert again.bins == BINS
    assert np.allclose(again.probabilities(images), network.probabilities(images), atol=1e-6)


def test_encoder_file_is_no_network_of_redshifts(tmp_path):
    from skyloom.learn.encoder_file import save_encoder

    save_encoder(made_encoder(), tmp_path / "encoder.safetensors")
    with pytest.raises(EncoderError, match="no network of redshifts: its metadata name no bins"):
        RedshiftNetwork.load(tmp_path / "encoder.safetensors")


def test_too_few_labels_are_refused(tmp_path):
    lesson, _ = made_lesson(tmp_path, labelled=3)
    with pytest.raises(TrainingError, match=r"from 3 image\(s\), expected at least 4"):
        fit(tmp_path, "few", lesson)


def test_few_labels_get_more_epochs_until_there_are_enough_steps():
    settings = FitSettings(epochs=10, batch_size=32, min_steps=200)
    assert plan_of(settings, 3200, 0.0).epochs == 10
    assert plan_of(settings, 320, 0.0).epochs == 20
    assert plan_of(settings, 10, 0.0).epochs == 200
    assert plan_of(settings, 320, 0.5).epochs == 10


def test_published_schedule():
    settings = FitSettings()
    epochs = (0, 59.9, 60, 89.9, 90, 99.9)
    rates = [learning_rate(settings, epoch) for epoch in epochs]
    assert rates == pytest.approx([0.004, 0.004, 0.0004, 0.0004, 0.00004, 0.00004])
    assert (settings.batch_size, settings.epochs, settings.weight_decay) == (256, 100, 0)


def test_views_of_learning_keep_flux_unless_told_otherwise():
    plain = with_changes(VIEWS, ())
    assert (plain.reddening, plain.psf, plain.noise) == ((0, 0), (), (1, 1))
    assert (plain.rotation, plain.centre_shift) == (VIEWS.rotation, VIEWS.centre_shift)
    dusty = with_changes(VIEWS, ("reddening",))
    assert (dusty.reddening, dusty.psf) == (VIEWS.reddening, ())
