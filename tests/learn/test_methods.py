import torch
from made_training import ONE, made_domain, made_encoder, made_settings

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.domains import Mixture
from skyloom.learn.momentum import Momentum
from skyloom.learn.train import Training


def training(tmp_path, **given):
    settings = made_settings(**given)
    encoder = made_encoder()
    return Training(encoder, [made_domain()], settings, 1, Checkpoint(tmp_path / "s", ""), ONE)


def steps(made, count):
    method = made.method
    method.enter_training()
    for batch in made._mixture.batches(0, count):
        outcome = method(batch, made._relations)
        outcome.loss.backward()
        yield "backward", batch, outcome
        method.after_backward()
        yield "enqueued", batch, outcome
        made._optimizer.step()
        made._optimizer.zero_grad(set_to_none=True)
        yield "stepped", batch, outcome
        method.after_step()
        yield "followed", batch, outcome


def test_the_key_encoder_gets_no_gradient_and_follows_once_a_step(tmp_path):
    made = training(tmp_path, objective="moco", moco={"queue": 13, "parts": 2, "momentum": 0.9})
    method = made.method
    assert isinstance(method, Momentum)
    follower = dict(method.follower.named_parameters())
    before = {name: value.clone() for name, value in follower.items()}
    for event, _, _ in steps(made, 2):
        assert all(value.grad is None for value in follower.values())
        if event != "followed":
            assert all(torch.equal(value, before[name]) for name, value in follower.items())
            continue
        for name, leader in method.tower.named_parameters():
            expected = 0.9 * before[name] + 0.1 * leader
            assert torch.allclose(follower[name], expected, atol=1e-6), name
        before = {name: value.clone() for name, value in follower.items()}


def test_keys_enter_the_queue_after_the_loss(tmp_path):
    made = training(tmp_path, objective="moco")
    queue = made.method.queue
    for event, batch, outcome in steps(made, 1):
        if event == "backward":
            assert (queue.rows == -1).all()
            assert float(outcome.loss.detach()) == 0, "nothing to tell apart yet"
        elif event == "enqueued":
            assert queue.rows[:8].tolist() == batch.rows.tolist()
            assert torch.allclose(queue.keys[:8].norm(dim=1).cpu(), torch.ones(8), atol=1e-5)


def test_parts_have_batch_norm_statistics_of_their_own(tmp_path):
    """Each key is what its own part of the batch, alone, gives."""
    made = training(tmp_path, objective="moco", moco={"queue": 13, "parts": 2})
    method = made.method
    method.enter_training()
    batch = next(made._mixture.batches(0, 1))
    images = batch.second[0]
    keys = method._keys(batch.second)
    for part in (0, 1):
        alone = method.follower(images[part::2])[1]
        assert torch.allclose(keys[part::2], alone, atol=1e-5)
    assert not torch.allclose(keys, method.follower(images)[1], atol=0.05)


def test_frozen_stages_are_frozen_in_both_encoders(tmp_path):
    made = training(tmp_path, objective="moco", frozen_stages=2)
    made.method.enter_training()
    for tower in made.method.towers:
        assert not tower.encoder.network.layer1[0].bn1.training
        assert tower.encoder.network.layer2[0].bn1.training


def test_both_views_pass_together_and_keep_their_order(tmp_path):
    """Joined forward: the outputs are those of all views in one batch, domain by domain."""
    settings = made_settings(domains=({"images": "o", "share": 0.5},))
    domains = [made_domain(24, 4), made_domain(16, 4, bands=1, name="o", first_class=3)]
    made = Training(made_encoder(), domains, settings, 1, Checkpoint(tmp_path / "s", ""), ONE)
    method = made.method
    method.enter_training()
    batch = next(Mixture(domains, method.tower.encoder.card, 1, ONE, 2).batches(0, 1))
    features, first, second = method._both_views(batch)
    order = [batch.first[0], batch.second[0], batch.first[1], batch.second[1]]
    wanted_features, wanted = method.tower(torch.cat(order))
    assert torch.allclose(first, torch.cat([wanted[0:4], wanted[8:12]]), atol=1e-5)
    assert torch.allclose(second, torch.cat([wanted[4:8], wanted[12:16]]), atol=1e-5)
    assert torch.allclose(
        features, torch.cat([wanted_features[0:4], wanted_features[8:12]]), atol=1e-5
    )
