import pytest
import torch
from torch import nn

from skyloom.learn.depth import stage_parameters, stages_of, train_above
from skyloom.learn.encoders import EncoderError, build_encoder
from skyloom.learn.norms import choose_domain, separate_norms
from skyloom.settings.encoder import NetworkSettings


def built(architecture, bands=3):
    package = {"t": "timm", "e": "efficientnet_lite_pytorch"}.get(architecture[0])
    if package is not None:
        pytest.importorskip(package)
    torch.manual_seed(0)
    return build_encoder(NetworkSettings(architecture=architecture, input_size=32), bands)


def names_by_stage(network):
    names = {parameter: name for name, parameter in network.named_parameters()}
    return [[names[parameter] for parameter in stage] for stage in stage_parameters(network)]


def first_parts(network, depth):
    """The first `depth` parts of the names of each stage's parameters, each once."""
    return [
        list(dict.fromkeys(".".join(name.split(".")[:depth]) for name in stage))
        for stage in names_by_stage(network)
    ]


ARCHITECTURES = [
    "resnet18",
    "efficientnet-lite0",
    "timm:vit_tiny_patch16_224",
    "timm:deit_tiny_distilled_patch16_224",
    "timm:convnext_atto",
    "timm:swin_tiny_patch4_window7_224",
    "timm:resnet10t",
    "timm:regnety_002",
    "pixels",
]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_parameter_is_in_exactly_one_stage(architecture):
    network = built(architecture)
    placed = [parameter for stage in stage_parameters(network) for parameter in stage]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(network.parameters())
    assert len(stage_parameters(network)) == len(stages_of(network))


def test_a_shared_parameter_is_in_one_stage():
    network = nn.Module()
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.weight = first.weight
    network.stem, network.blocks = nn.Linear(2, 2), nn.Sequential(first, second)
    assert names_by_stage(network) == [
        ["stem.weight", "stem.bias"],
        ["blocks.0.weight", "blocks.0.bias"],
        ["blocks.1.bias"],
    ]


def test_stages_of_a_resnet():
    assert first_parts(built("resnet18"), 1) == [
        ["conv1", "bn1"],
        ["layer1"],
        ["layer2"],
        ["layer3"],
        ["layer4"],
    ]


def test_stages_of_efficientnet_lite():
    stages = first_parts(built("efficientnet-lite0"), 3)
    assert stages[0] == [
        "network._conv_stem.weight",
        "network._bn0.weight",
        "network._bn0.bias",
    ]
    assert stages[1:-1] == [[f"network._blocks.{place}"] for place in range(16)]
    assert stages[-1] == ["network._conv_head.weight", "network._bn1.weight", "network._bn1.bias"]


def test_stages_of_a_vision_transformer():
    stages = names_by_stage(built("timm:vit_tiny_patch16_224"))
    assert stages[0] == [
        "cls_token",
        "pos_embed",
        "patch_embed.proj.weight",
        "patch_embed.proj.bias",
    ]
    assert len(stages) == 14
    for place, stage in enumerate(stages[1:-1]):
        assert all(name.startswith(f"blocks.{place}.") for name in stage)
    assert stages[-1] == ["norm.weight", "norm.bias"]


def test_stages_of_a_convnext():
    assert first_parts(built("timm:convnext_atto"), 2) == [
        ["stem.0", "stem.1"],
        ["stages.0"],
        ["stages.1"],
        ["stages.2"],
        ["stages.3"],
        ["head.norm"],
    ]


def take_a_step(whole, images):
    movable = [parameter for parameter in whole.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(movable, lr=0.1)
    whole(images).square().sum().backward()
    optimizer.step()


def moved_names(network, before):
    after = network.state_dict()
    return {name for name in before if not torch.equal(before[name], after[name])}


def state_copy(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("frozen", [0, 2])
def test_frozen_stages_keep_weights_and_statistics(frozen):
    network = built("resnet18")
    whole = nn.Sequential(network, nn.Linear(512, 4))
    whole.eval()
    before = state_copy(network)
    train_above(whole, network, frozen)
    take_a_step(whole, torch.randn(4, 3, 32, 32))
    low = ("conv1.", "bn1.", "layer1.")[: 3 if frozen else 0]
    expected = {name for name in before if not name.startswith(low)}
    assert moved_names(network, before) == expected
    assert whole[1].training
    assert network.layer2.training


def test_frozen_tokens_and_positions_do_not_move():
    pytest.importorskip("timm")
    import timm

    network = timm.create_model(
        "vit_tiny_patch16_224", img_size=32, num_classes=0, depth=3, drop_path_rate=0.5
    )
    before = state_copy(network)
    train_above(network, network, 2)
    take_a_step(network, torch.randn(2, 3, 32, 32))
    moved = moved_names(network, before)
    assert {"cls_token", "pos_embed"}.isdisjoint(moved)
    assert {name.split(".")[1] for name in moved if name.startswith("blocks.")} == {"1", "2"}
    assert not network.blocks[0].training, "a frozen block drops nothing at random"
    assert network.blocks[1].training


def test_frozen_norms_of_each_domain_keep_their_statistics():
    network = built("resnet18")
    separate_norms(network, 2)
    before = state_copy(network)
    train_above(network, network, 1)
    choose_domain(network, 1)
    take_a_step(network, torch.randn(4, 3, 32, 32))
    moved = moved_names(network, before)
    assert not any(name.startswith(("conv1.", "bn1.")) for name in moved)
    assert "layer1.0.bn1.norms.1.running_mean" in moved


def test_norms_without_weights_are_frozen_too():
    network = nn.Module()
    norm = nn.BatchNorm2d(3, affine=False)
    network.norm, network.layer1 = norm, nn.Conv2d(3, 3, 1)
    train_above(network, network, 1)
    norm(5 + torch.randn(2, 3, 4, 4))
    assert torch.equal(norm.running_mean, torch.zeros(3))


@pytest.mark.parametrize(("architecture", "count"), [("resnet18", 5), ("pixels", 1)])
def test_at_least_one_stage_has_to_be_trained(architecture, count):
    network = built(architecture)
    with pytest.raises(EncoderError, match=f"is {count}, but the network has {count} stages"):
        train_above(network, network, count)
