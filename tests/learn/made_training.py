"""Small trainings for tests: an encoder, domains in memory, and settings that take seconds.

They run on a GPU where there is one.
"""

import numpy as np
import torch

from skyloom.learn.devices import default_device
from skyloom.learn.domains import Domain
from skyloom.learn.draws import image_keys
from skyloom.learn.encoder_file import Encoder, EncoderCard
from skyloom.learn.encoders import build_encoder, seeded
from skyloom.learn.ranks import Ranks
from skyloom.learn.source import InMemory
from skyloom.settings.encoder import NetworkSettings
from skyloom.settings.pretrain import PretrainSettings
from skyloom.settings.views import ViewSettings

ONE = Ranks(0, 1, default_device())
VIEWS = ViewSettings(rotation=30, blur=0.5)


def made_settings(**given):
    plain = {
        "epochs": 2,
        "batch_size": 8,
        "projector": (16, 8),
        "precision": "fp32",
        "moco": {"queue": 13, "parts": 2},
        "neighbour_epochs": 1,
    }
    return PretrainSettings(**plain | given)


def made_encoder(bands=3, size=16, seed=0):
    seeded(seed)
    network = NetworkSettings(input_size=size)
    card = EncoderCard(network, bands, [0.5] * bands, [0.25] * bands)
    return Encoder(build_encoder(network, bands), card)


def made_domain(count=20, each=8, bands=3, name="own", first_class=0, views=VIEWS):
    rng = np.random.default_rng(count + bands)
    pixels = rng.integers(0, 256, (count, bands, 20, 20), dtype=np.uint8)
    return Domain(
        name=name,
        source=InMemory(pixels, ONE.device),
        keys=image_keys([f"{name}{number}" for number in range(count)]),
        labels=np.arange(count) % 3 + first_class,
        groups=np.arange(count) % 4,
        alike=np.arange(count) % 3 + first_class,
        views=views,
        noise=torch.full((bands,), 0.01),
        mean=torch.full((bands,), 0.5),
        std=torch.full((bands,), 0.25 if first_class == 0 else 0.3),
        each=each,
    )
