"""An interrupted training ends in the bytes of one that was not."""

import os
import signal

import numpy as np
import pytest
from made_training import ONE, VIEWS, made_domain, made_encoder, made_settings

from skyloom.digest import sha256_of_file
from skyloom.learn import train
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.encoder_file import save_encoder
from skyloom.learn.interruption import Interrupted, Interruption
from skyloom.learn.source import Streamed
from skyloom.learn.train import Training

CLUSTERS = {"clusters": 3, "warmup_epochs": 0, "refresh_epochs": 1}
CASES = {
    "simclr": {},
    "dcl": {"false_negatives": {"correction": "eliminate", **CLUSTERS}},
    "dcl-attract": {"false_negatives": {"correction": "attract", **CLUSTERS}},
    "moco": {},
    "supcon": {},
    "barlow": {},
    "supervised": {},
    "simclr-mixed": {"domains": [{"images": "o", "share": 0.5}], "domain_norm": "separate"},
    "simclr-accumulated": {"accumulate": 2},
    "simclr-lars": {"optimizer": "lars"},
    "simclr-bf16": {"precision": "bf16"},
    "moco-frozen": {"frozen_stages": 2, "layer_decay": 0.5},
}
STEPS = 4


def run(folder, name, case, workers=None):
    settings = made_settings(objective=case.partition("-")[0], **CASES[case])
    size = 32 if case.endswith("bf16") else 16
    domains = [made_domain(8 * STEPS + 3, 4 if settings.domains else 8)]
    if settings.domains:
        domains[0] = made_domain(4 * STEPS + 3, 4)
        domains.append(made_domain(9, 4, bands=1, name="other", first_class=3))
    if workers is not None:
        pixels = domains[0].source._pixels.cpu().numpy()
        object.__setattr__(
            domains[0], "source", Streamed(lambda rows: pixels[rows], ONE.device, workers)
        )
    encoder = made_encoder(size=size)
    checkpoint = Checkpoint(folder / f"{name}.pt", case)
    history = Training(encoder, domains, settings, 5, checkpoint, ONE).run()
    save_encoder(encoder, folder / f"{name}.safetensors")
    numbers = [
        [value for key, value in vars(row).items() if key != "images_per_second"]
        for row in [*history.epochs, *history.domains]
    ]
    return numbers, sha256_of_file(folder / f"{name}.safetensors")


@pytest.mark.parametrize("case", CASES)
def test_stopped_in_the_middle_of_an_epoch(tmp_path, monkeypatch, case):
    whole = run(tmp_path, "whole", case)
    real, calls = train.learning_rate, []

    def terminates_in_the_second_epoch(settings, epoch):
        calls.append(epoch)
        if len(calls) == STEPS + 3:  # epochs end with a call for their row
            os.kill(os.getpid(), signal.SIGTERM)
        return real(settings, epoch)

    monkeypatch.setattr(train, "learning_rate", terminates_in_the_second_epoch)
    with pytest.raises(Interrupted, match=r"asked to stop \(SIGTERM\) at epoch 2, step 2 of 4"):
        run(tmp_path, "cut", case)
    monkeypatch.setattr(train, "learning_rate", real)
    cut = run(tmp_path, "cut", case)
    assert repr(cut[0]) == repr(whole[0])
    assert cut[1] == whole[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_reading_ahead_changes_nothing_and_resumes(tmp_path, monkeypatch, workers):
    whole = run(tmp_path, "whole", "simclr")
    assert run(tmp_path, "streamed", "simclr", workers) == whole
    real, calls = train.learning_rate, []

    def stops_in_the_first_epoch(settings, epoch):
        calls.append(epoch)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGUSR1)
        return real(settings, epoch)

    monkeypatch.setattr(train, "learning_rate", stops_in_the_first_epoch)
    with pytest.raises(Interrupted, match=r"SIGUSR1\) at epoch 1, step 3"):
        run(tmp_path, "cut", "simclr", workers)
    assert run(tmp_path, "cut", "simclr", workers) == whole


def test_killed_without_a_warning(tmp_path, monkeypatch):
    """The state of the last pause is taken up, however the process ended."""
    whole = run(tmp_path, "whole", "moco")

    class Killed(BaseException):
        pass

    real, calls = train.learning_rate, []

    def dies_in_the_second_epoch(settings, epoch):
        calls.append(epoch)
        if len(calls) == STEPS + 4:
            raise Killed
        return real(settings, epoch)

    monkeypatch.setattr(train, "learning_rate", dies_in_the_second_epoch)
    with pytest.raises(Killed):
        run(tmp_path, "cut", "moco")
    assert repr(run(tmp_path, "cut", "moco")) == repr(whole)
    assert calls[STEPS + 4] == 1.0, "the second call goes on in the second epoch"


def test_state_of_another_training_is_not_taken_up(tmp_path, capsys):
    settings, path = made_settings(), tmp_path / "checkpoint" / "state.pt"
    for name in ("one", "two"):
        state = Checkpoint(path, name)
        history = Training(made_encoder(), [made_domain()], settings, 5, state, ONE).run()
    assert len(history.epochs) == 2
    assert "starting anew" in capsys.readouterr().out


def test_former_handlers_come_back():
    before = signal.getsignal(signal.SIGUSR1)
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert interruption.asked == "SIGUSR1"
    assert signal.getsignal(signal.SIGUSR1) is before


def test_views_are_those_of_the_epoch_whatever_the_batch_size():
    from skyloom.learn.domains import Mixture

    made, card = made_domain(24, 8, views=VIEWS), made_encoder().card
    small = made_domain(24, 3, views=VIEWS)

    def seen(domain):
        found = {}
        for batch in Mixture([domain], card, 3, ONE, 2).batches(0, domain.steps):
            for row, view in zip(batch.rows.tolist(), batch.first[0].cpu().numpy(), strict=True):
                found[row] = view
        return found

    one, other = seen(made), seen(small)
    assert one.keys() == other.keys() == set(range(24))
    for row, view in one.items():
        np.testing.assert_allclose(view, other[row], atol=1e-5)
