"""The page about faults names tests that exist, and is what its script writes."""

import re

import pytest
from reliability import FAULTS, PAGE, page

from made import ROOT


@pytest.mark.parametrize("fault", [one for faults in FAULTS.values() for one in faults], ids=str)
def test_every_fault_has_its_test(fault) -> None:
    file, _, function = fault.test.partition("::")
    text = (ROOT / "tests" / file).read_text()
    assert re.search(rf"^def {function}\(", text, re.MULTILINE)


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text() == page(), "run: python tests/faults/reliability.py"
