"""Classifiers of videos: the published network's numbers, symmetries, the loop."""

import numpy as np
import pytest
import torch
from made_training import ONE

from skyloom.learn.classify import Examples, probabilities_of, train_classifier
from skyloom.learn.draws import image_keys
from skyloom.learn.source import InMemory
from skyloom.learn.symmetries import changed
from skyloom.learn.video_networks import FrameNetwork, PublishedNetwork, build_video_network
from skyloom.settings.relabel import ClassifierSettings


def test_the_published_network_has_the_published_numbers() -> None:
    network = PublishedNetwork(225)
    counted = [
        tensor.numel() for name, tensor in network.state_dict().items() if "num_b" not in name
    ]
    assert sum(counted) == 2_290_657
    sizes: list[tuple[int, ...]] = []
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.MaxPool2d):
            layer.register_forward_hook(lambda *call: sizes.append(tuple(call[2].shape[1:])))
    network.eval()(torch.rand(1, 225, 90, 90))
    assert sizes == [
        *((32, 90, 90), (32, 90, 90), (32, 45, 45)),
        *((64, 43, 43), (64, 41, 41), (64, 20, 20)),
        *((128, 18, 18), (128, 16, 16), (128, 8, 8)),
        *((256, 6, 6), (256, 4, 4), (256, 2, 2)),
        (512, 1, 1),
    ]


def test_its_layers_are_convolution_swish_norm_as_keras_has_them() -> None:
    rest = list(PublishedNetwork(5).rest)
    assert [type(layer).__name__ for layer in rest[:6]] == [
        *("SiLU", "BatchNorm2d", "Conv2d", "SiLU", "BatchNorm2d", "MaxPool2d")
    ]
    assert (rest[1].eps, rest[1].momentum) == (1e-3, pytest.approx(0.01))
    assert [layer.p for layer in rest if isinstance(layer, torch.nn.Dropout)] == [0.5, 0.5]


@pytest.mark.parametrize("kind", ["published", "frames"])
def test_two_classes_have_one_logit_and_more_have_their_own(kind: str) -> None:
    videos = torch.rand(3, 6, 45, 45)
    two = build_video_network(kind, 6, 2).eval()(videos)
    assert two.shape == (3, 2)
    assert (two[:, 0] == 0).all()
    assert build_video_network(kind, 6, 4).eval()(videos).shape == (3, 4)


def test_a_frames_features_do_not_depend_on_other_frames() -> None:
    network = FrameNetwork().eval()
    videos = torch.rand(2, 6, 30, 30)
    whole = network.frames(videos)
    part = network.frames(videos[:, 2:3])
    torch.testing.assert_close(whole[:, 2:3], part)
    torch.testing.assert_close(network(videos), network.from_frames(whole))


def test_symmetries_apply_as_their_bits_say() -> None:
    image = torch.arange(6.0).reshape(1, 1, 2, 3).expand(4, -1, -1, -1) / 5
    found = changed(image, torch.arange(4), ["negative", "rows"])
    torch.testing.assert_close(found[0], image[0])
    torch.testing.assert_close(found[1], 1 - image[0])
    torch.testing.assert_close(found[2], image[0].flip(-2))
    torch.testing.assert_close(found[3], 1 - image[0].flip(-2))
    mirrored = changed(image[:1], torch.ones(1, dtype=torch.long), ["columns"])
    torch.testing.assert_close(mirrored, image[:1].flip(-1))


def _examples(count: int = 48, spoilt: int = 0) -> Examples:
    """Videos in which a bright spot appears in the middle of the time, or is there throughout."""
    rng = np.random.default_rng(4)
    labels = np.arange(count) % 2
    videos = rng.normal(0.5, 0.03, (count, 6, 24, 24)).astype(np.float16)
    for place, label in enumerate(labels):
        videos[place, 3 * label :, 8:16, 8:16] += 0.3
    labels[:spoilt] = 1 - labels[:spoilt]
    keys = image_keys([f"video-{place}" for place in range(count)])
    source = InMemory(videos, ONE.device)
    return Examples(source, keys, labels, np.arange(32), np.arange(32, count))


SETTINGS = ClassifierSettings(
    kind="frames", epochs=8, patience=8, batch_size=8, learning_rate=0.01, symmetries=("rows",)
)


def _train(settings: ClassifierSettings, examples: Examples):
    torch.manual_seed(0)
    network = build_video_network("frames", 6, 2).to(ONE.device)
    scores = train_classifier(network, examples, settings, 0)
    return network, scores


def test_training_learns_keeps_the_best_weights_and_repeats() -> None:
    examples = _examples()
    network, scores = _train(SETTINGS, examples)
    best = max(scores, key=lambda score: (score.accuracy, -score.loss))
    found = probabilities_of(network, examples.source, examples.check)
    assert best.accuracy == 1
    hits = found.argmax(dim=1).numpy() == examples.labels[examples.check]
    assert hits.mean() == best.accuracy
    misfit = -found.numpy()[np.arange(16), examples.labels[examples.check]].clip(1e-12)
    assert np.log(-misfit).mean() == pytest.approx(-best.loss, abs=1e-5)
    _, again = _train(SETTINGS, examples)
    assert again == scores


def test_patience_ends_a_training_that_gets_no_better() -> None:
    still = SETTINGS.model_copy(update={"learning_rate": 1e-12, "patience": 2, "epochs": 20})
    _, scores = _train(still, _examples())
    assert len(scores) < 20


def test_every_video_is_seen_once_an_epoch_in_every_variant(monkeypatch) -> None:
    seen: list[tuple[int, int]] = []

    def watch(images: torch.Tensor, variants: torch.Tensor, symmetries) -> torch.Tensor:
        seen.extend(
            zip(images.double().sum(dim=(1, 2, 3)).tolist(), variants.tolist(), strict=True)
        )
        return changed(images, variants, symmetries)

    monkeypatch.setattr("skyloom.learn.classify.changed", watch)
    settings = SETTINGS.model_copy(update={"epochs": 1, "symmetries": ("rows", "negative")})
    examples = _examples()
    _train(settings, examples)
    assert len(seen) == len(set(seen)) == 4 * 32
    assert [variant for _, variant in seen[:8]] != sorted(variant for _, variant in seen[:8])
