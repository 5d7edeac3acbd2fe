import pytest
import torch

from skyloom.digest import sha256_of_file
from skyloom.learn.encoder_file import Encoder, EncoderCard, load_encoder, save_encoder
from skyloom.learn.encoders import EncoderError, build_encoder, seeded
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
        ({"architecture": "resnet50", "stem": "stride1-7x7"}, 5, 23_514_304, 2048, 8),
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
