from dataclasses import fields

import numpy as np
import torch

from skyloom.learn.draws import image_keys, uniforms
from skyloom.learn.view_draws import FIRST_OF_BANDS, Draws, draw

KEYS = image_keys([f"i{n}" for n in range(50)])
CPU = torch.device("cpu")
OF_BANDS = ("true_seeing", "final_seeing", "noise_place")


def test_each_decision_has_a_column_of_its_own():
    numbers = uniforms(KEYS, FIRST_OF_BANDS + 3 * 4, seed=1, epoch=2, view=3)
    drawn = draw(KEYS, 4, CPU, seed=1, epoch=2, view=3)
    of_image = [field.name for field in fields(Draws) if field.name not in OF_BANDS]
    assert len(of_image) <= FIRST_OF_BANDS
    for column, name in enumerate(of_image):
        assert np.array_equal(getattr(drawn, name), numbers[:, column])
    for band in range(4):
        for place, name in enumerate(OF_BANDS):
            column = FIRST_OF_BANDS + 3 * band + place
            assert np.array_equal(getattr(drawn, name)[:, band], numbers[:, column])


def test_more_bands_leave_the_numbers_of_the_others():
    few, many = (draw(KEYS, bands, CPU, seed=0, epoch=0, view=0) for bands in (2, 9))
    for field in fields(Draws):
        mine, theirs = getattr(few, field.name), getattr(many, field.name)
        assert torch.equal(mine, theirs[:, :2] if field.name in OF_BANDS else theirs)


def test_rows_are_those_of_the_images_alone():
    part = draw(KEYS, 2, CPU, seed=0, epoch=0, view=0).rows(10, 13)
    alone = draw(KEYS[10:13], 2, CPU, seed=0, epoch=0, view=0)
    for field in fields(Draws):
        assert torch.equal(getattr(part, field.name), getattr(alone, field.name))
