import numpy as np
import torch

from skyloom.learn.draws import image_keys
from skyloom.learn.frames import crop_in_time
from skyloom.learn.view_draws import draw
from skyloom.settings.views import ViewSettings

DRAWS = draw(
    image_keys([f"i{n}" for n in range(200)]), 9, torch.device("cpu"), seed=0, epoch=0, view=0
)


def test_a_span_of_time_against_interpolation():
    videos = torch.rand(200, 9, 2, 2)
    spans = crop_in_time(videos, DRAWS, ViewSettings(temporal_crop=(0.4, 0.9)))
    for place in range(200):
        share = 0.4 + 0.5 * float(DRAWS.span[place])
        begin = float(DRAWS.begin[place]) * (1 - share)
        moments = (begin + share * np.linspace(0, 1, 9)) * 8
        for y, x in np.ndindex(2, 2):
            expected = np.interp(moments, np.arange(9), videos[place, :, y, x].numpy())
            assert np.allclose(spans[place, :, y, x].numpy(), expected, atol=1e-5)


def test_the_whole_video_is_the_video():
    videos = torch.rand(200, 9, 2, 2)
    assert crop_in_time(videos, DRAWS, ViewSettings()) is videos


def test_an_image_of_one_frame_stays_as_it_is():
    images = torch.rand(200, 1, 4, 4)
    assert torch.equal(crop_in_time(images, DRAWS, ViewSettings(temporal_crop=(0.5, 1))), images)
