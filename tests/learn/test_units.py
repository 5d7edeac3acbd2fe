import torch

from skyloom.learn.units import in_units


def test_units_of_stored_pixels():
    assert in_units(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [0, 1]
    assert in_units(torch.tensor([0, 65535], dtype=torch.int32).to(torch.uint16)).tolist() == [0, 1]
    assert in_units(torch.tensor([-3.5, 700.0], dtype=torch.float16)).tolist() == [-3.5, 700]
