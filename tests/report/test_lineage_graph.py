import re
from itertools import pairwise
from xml.etree import ElementTree

from skyloom.report.layers import layers_of, without_shortcuts
from skyloom.report.lineage_graph import Box, draw_graph

BEFORE = {
    "acquire": [],
    "prepare": ["acquire"],
    "train": ["prepare"],
    "embed": ["prepare", "train"],
    "cluster": ["embed", "prepare"],
    "probe": ["embed", "prepare"],
    "people": [],
    "labels": ["prepare", "people"],
    "report": ["cluster", "probe", "labels", "train", "prepare", "acquire"],
}


def test_edges_that_a_longer_way_replaces_are_left_out():
    kept = without_shortcuts(BEFORE)
    assert kept["embed"] == ["train"]
    assert kept["report"] == ["cluster", "probe", "labels"]
    assert kept["labels"] == ["prepare", "people"]


def test_every_edge_leads_to_the_right_and_nodes_do_not_overlap():
    placed = layers_of(without_shortcuts(BEFORE))
    depth = {name: place for place, column in enumerate(placed.columns) for name in column}
    assert all(depth[one] < depth[name] for name, all_ in BEFORE.items() for one in all_)
    assert depth["people"] == depth["labels"] - 1
    for column in placed.columns:
        heights = sorted(placed.heights[name] for name in column if isinstance(name, str))
        gaps = [after - before for before, after in pairwise(heights)]
        assert all(gap >= 0.999 for gap in gaps)
    assert min(placed.heights.values()) == 0


def test_the_drawing_is_whole_and_safe():
    boxes = {
        name: Box(f"{name} <&>", "place", "job", f"step-{name}", "hint", name == "train")
        for name in BEFORE
    }
    drawn = draw_graph(boxes, BEFORE)
    root = ElementTree.fromstring(drawn)
    assert root.tag == "svg"
    assert drawn.count("<rect") == len(BEFORE)
    assert drawn.count('class="flag"') == 1
    assert len(re.findall('class="edge"', drawn)) == 10
    assert "train &lt;&amp;&gt;" in drawn


def test_a_graph_of_nothing():
    assert "<svg" in draw_graph({}, {})
