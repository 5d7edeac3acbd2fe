import math
from io import BytesIO

import numpy as np
import pytest
import torch
from lightly.utils.lars import LARS
from torch import nn

from skyloom.learn.depth import stage_parameters
from skyloom.learn.encoders import Projector, build_encoder
from skyloom.learn.optimizers import (
    Lars,
    learning_rate,
    make_optimizer,
    parameter_groups,
    set_rate,
)
from skyloom.settings.encoder import NetworkSettings
from skyloom.settings.pretrain import PretrainSettings

OPTIMIZERS = ["adamw", "sgd", "lars"]


def resnet_and_head():
    torch.manual_seed(0)
    return build_encoder(NetworkSettings(), 3), Projector(512, 16, 8)


def slow_lars(weights, gradients, rates, momentum, decay, trust, adapt):
    """LARS for one tensor in NumPy, as the equations stand, in double precision."""
    weights = weights.astype(np.float64)
    velocity = np.zeros_like(weights)
    for gradient, rate in zip(gradients, rates, strict=True):
        change = gradient.astype(np.float64) + decay * weights
        norms = math.sqrt((weights**2).sum()), math.sqrt((change**2).sum())
        factor = trust * norms[0] / norms[1] if adapt and min(norms) > 0 else 1.0
        velocity = momentum * velocity + rate * factor * change
        weights = weights - velocity
    return weights


@pytest.mark.parametrize("adapt", [True, False])
@pytest.mark.parametrize(("momentum", "decay"), [(0.9, 1e-2), (0.0, 0.3), (0.5, 0.0)])
def test_lars_follows_its_equations(adapt, momentum, decay):
    rng = np.random.default_rng(1)
    start = rng.normal(size=(5, 4, 3)).astype(np.float32)
    gradients = rng.normal(scale=3, size=(6, 5, 4, 3)).astype(np.float32)
    rates = [0.1, 2.0, 5.0, 5.0, 1.0, 0.01]
    weight = nn.Parameter(torch.from_numpy(start.copy()))
    group = {"params": [weight], "adapt": adapt}
    optimizer = Lars([group], lr=1, momentum=momentum, weight_decay=decay, trust=0.02)
    for gradient, rate in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.from_numpy(gradient)
        optimizer.step()
    expected = slow_lars(start, gradients, rates, momentum, decay, 0.02, adapt)
    assert np.allclose(weight.detach().numpy(), expected, rtol=1e-5, atol=1e-5)


def test_lars_takes_weights_of_zero_and_gradients_of_zero():
    weights = [nn.Parameter(torch.zeros(3)), nn.Parameter(torch.ones(3))]
    weights[0].grad, weights[1].grad = torch.full((3,), 2.0), torch.zeros(3)
    Lars(weights, lr=0.5, momentum=0.9, weight_decay=0).step()
    assert torch.equal(weights[0].detach(), -torch.ones(3)), "the factor is 1 without a norm"
    assert torch.equal(weights[1].detach(), torch.ones(3))


def test_lars_agrees_with_lightly_where_their_forms_are_one():
    """lightly has |g| + b |w| for |g + b w|, which are equal for a small decay b.

    It keeps the rate out of the momentum, which is equal for a constant rate.
    """
    torch.manual_seed(0)
    start, gradients = torch.randn(2, 6, 5), torch.randn(2, 8, 6, 5)
    final = []
    for kind, more in ((Lars, {}), (LARS, {"eps": 0.0})):
        weights = [nn.Parameter(part.clone()) for part in start]
        optimizer = kind(weights, lr=3.0, momentum=0.9, weight_decay=1e-12, **more)
        for step in range(8):
            for weight, mine in zip(weights, gradients, strict=True):
                weight.grad = mine[step].clone()
            optimizer.step()
        final.append(torch.stack([weight.detach() for weight in weights]))
    assert torch.allclose(*final, rtol=1e-5, atol=1e-6)
    assert (final[0] - start).abs().max() > 0.01


def test_lars_returns_the_loss_of_its_closure():
    weight = nn.Parameter(torch.ones(2))
    optimizer = Lars([weight], lr=1.0, momentum=0, weight_decay=0)

    def loss():
        total = weight.square().sum()
        total.backward()
        return total

    assert optimizer.step(loss) == 2
    assert (weight < 1).all()


def test_groups_hold_each_parameter_once():
    network, head = resnet_and_head()
    groups = parameter_groups(network, head, PretrainSettings(layer_decay=0.5))
    held = [parameter for group in groups for parameter in group["params"]]
    assert len(held) == len(set(held))
    assert set(held) == {*network.parameters(), *head.parameters()}


def test_stages_have_rates_that_fall_towards_the_input():
    network, head = resnet_and_head()
    settings = PretrainSettings(layer_decay=0.5, backbone_rate=0.1)
    scales = {
        parameter: group["scale"]
        for group in parameter_groups(network, head, settings)
        for parameter in group["params"]
    }
    assert {scales[parameter] for parameter in head.parameters()} == {1.0}
    found = [{scales[parameter] for parameter in stage} for stage in stage_parameters(network)]
    assert found == [{0.1 * 0.5**above} for above in (4, 3, 2, 1, 0)]


def test_frozen_stages_are_left_out_and_the_others_keep_their_rates():
    network, head = resnet_and_head()
    settings = PretrainSettings(layer_decay=0.5, frozen_stages=3)
    groups = parameter_groups(network, head, settings)
    scales = {parameter: group["scale"] for group in groups for parameter in group["params"]}
    stages = stage_parameters(network)
    assert set(scales) == {*stages[3], *stages[4], *head.parameters()}
    assert {scales[parameter] for parameter in stages[3]} == {0.5}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_norms_and_biases_do_not_decay(name):
    network, head = resnet_and_head()
    settings = PretrainSettings(optimizer=name, weight_decay=0.5, learning_rate=0.1)
    optimizer = make_optimizer(network, head, settings)
    for parameter in [*network.parameters(), *head.parameters()]:
        parameter.grad = torch.zeros_like(parameter)
    before = {key: value.clone() for key, value in network.named_parameters()}
    optimizer.step()
    for key, value in network.named_parameters():
        assert torch.equal(value, before[key]) == (value.ndim <= 1), key


def test_lars_does_not_adapt_norms():
    network, head = resnet_and_head()
    settings = PretrainSettings(optimizer="lars", learning_rate=0.25, weight_decay=0)
    optimizer = make_optimizer(network, head, settings)
    for parameter in [*network.parameters(), *head.parameters()]:
        parameter.grad = torch.ones_like(parameter)
    before = network.conv1.weight.detach().clone()
    optimizer.step()
    assert torch.equal(network.bn1.weight.detach(), torch.full((64,), 0.75))
    step = (before - network.conv1.weight).norm().item()
    assert step == pytest.approx(0.25 * 0.001 * before.norm().item(), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("sgd", lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.8)),
        ("adamw", lambda parameters: torch.optim.AdamW(parameters, lr=0.1, weight_decay=0)),
    ],
)
def test_settings_reach_the_optimisers_of_torch(name, reference):
    settings = PretrainSettings(optimizer=name, learning_rate=0.1, momentum=0.8, weight_decay=0)
    weights = []
    for make in (lambda net: make_optimizer(net, nn.Identity(), settings), reference):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
        optimizer = make(net if make is not reference else net.parameters())
        take_steps(net, optimizer, 3)
        weights.append(net[0].weight.detach())
    assert torch.allclose(*weights, atol=1e-6)


def take_steps(net, optimizer, count):
    for step in range(count):
        optimizer.zero_grad()
        images = torch.linspace(-1 - step, 1, 12).reshape(3, 4)
        net(images).square().sum().backward()
        optimizer.step()


def small_training(name):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    settings = PretrainSettings(optimizer=name, learning_rate=0.05, backbone_rate=0.5)
    optimizer = make_optimizer(net[:2], net[2], settings)
    set_rate(optimizer, 0.03)
    return net, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_saved_state_continues_bit_for_bit(name):
    net, optimizer = small_training(name)
    take_steps(net, optimizer, 3)
    file = BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
    take_steps(net, optimizer, 3)
    again, restored = small_training(name)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again.load_state_dict(saved["net"])
    restored.load_state_dict(saved["optimizer"])
    take_steps(again, restored, 3)
    for mine, theirs in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_rates_rise_in_a_line_and_fall_as_a_cosine():
    settings = PretrainSettings(epochs=10, warmup_epochs=2, learning_rate=0.4)
    assert learning_rate(settings, 0) == pytest.approx(0.4 * 0.1 / 2.1)
    assert learning_rate(settings, 1) == pytest.approx(0.4 * 1.1 / 2.1)
    assert learning_rate(settings, 2) == pytest.approx(0.4)
    assert learning_rate(settings, 4) == pytest.approx(0.4 * (1 + math.sqrt(0.5)) / 2)
    assert learning_rate(settings, 6) == pytest.approx(0.2)
    assert learning_rate(settings, 10) == pytest.approx(0)


def test_warm_up_takes_at_most_half_of_the_epochs():
    settings = PretrainSettings(epochs=4, warmup_epochs=50, learning_rate=1)
    assert learning_rate(settings, 2) == 1


def test_a_rate_is_shared_out_by_scale():
    network, head = resnet_and_head()
    optimizer = make_optimizer(network, head, PretrainSettings(backbone_rate=0.1))
    set_rate(optimizer, 0.2)
    rates = {
        parameter: group["lr"] for group in optimizer.param_groups for parameter in group["params"]
    }
    assert rates[network.conv1.weight] == pytest.approx(0.02)
    assert rates[head.layers[0].weight] == 0.2
