"""Shares of the labels and their names."""

from skyloom.label_draws import Draw


def test_name_of_a_draw():
    assert Draw(0.025, 3).name == "2.5-3"
    assert Draw.named("2.5-3") == Draw(0.025, 3)


def test_a_name_tells_the_very_fraction():
    # Without rounding a quarter of them would come back changed: 0.7 / 100 is not 0.007.
    draws = [Draw(thousandths / 1000, 0) for thousandths in range(1, 1001)]
    assert [Draw.named(draw.name) for draw in draws] == draws
