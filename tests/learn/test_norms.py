import torch
from torch import nn

from skyloom.learn.norms import choose_domain, keep_domain, separate_norms


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()))


def test_each_domain_has_statistics_of_its_own():
    net = network()
    plain = {name: value.clone() for name, value in net.state_dict().items()}
    separate_norms(net, 2)
    dark, bright = torch.randn(8, 2, 6, 6), 5 + 3 * torch.randn(8, 2, 6, 6)
    for domain, images in ((0, dark), (1, bright)):
        choose_domain(net, domain)
        net(images)
    keep_domain(net, 1)
    assert net.state_dict().keys() == plain.keys()
    with torch.no_grad():
        maps = net[0](bright)
    expected = 0.9 * plain["1.0.running_mean"] + 0.1 * maps.mean(dim=(0, 2, 3))
    assert torch.allclose(net[1][0].running_mean, expected, atol=1e-5)


def test_separate_norms_start_alike_and_learn_apart():
    net = network()
    separate_norms(net, 2)
    first, second = net[1][0].norms
    assert torch.equal(first.weight, second.weight)
    choose_domain(net, 1)
    net(torch.randn(4, 2, 6, 6)).square().sum().backward()
    assert first.weight.grad is None
    assert second.weight.grad is not None
