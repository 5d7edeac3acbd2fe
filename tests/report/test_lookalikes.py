import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from made import make_store
from skyloom.report.lookalike_sheet import BOX, Shown, lookalike_sheet, verdict_of
from skyloom.report.lookalikes import (
    RetrievalTables,
    gain_rows,
    lookalikes_section,
    precision_tables,
)
from skyloom.report.sheets import fitted

ALIKE = {"spiral": ["clockwise", "anticlockwise"]}
BLUE, ORANGE = (0, 114, 178), (243, 176, 75)


def scores():
    rows = [
        {"encoder": encoder, "labels": kind, "label": label, "k": k}
        for encoder in ("ours", "sheet-order", "chance")
        for kind, labels in (
            ("given", ["macro", "anticlockwise", "clockwise", "merger"]),
            ("alike", ["macro", "merger", "spiral"]),
        )
        for label in labels
        for k in (1, 10)
    ]
    return pd.DataFrame(rows).assign(value=0.5, low=0.4, high=0.625, ceiling=0.9, n=7)


@pytest.mark.parametrize(
    ("label", "verdict"),
    [("clockwise", "right"), ("anticlockwise", "alike"), ("merger", "wrong")],
)
def test_what_a_neighbour_is_to_a_clockwise_spiral(label, verdict):
    assert verdict_of(label, "clockwise", ALIKE.values()) == verdict


def test_right_and_wrong_have_frames_of_other_colours():
    picture = Image.new("RGB", (40, 30), "black")
    row = [Shown(picture, "merger", verdict) for verdict in ("query", "right", "wrong")]
    sheet = Image.open(io.BytesIO(lookalike_sheet([row, row[:2]]))).convert("RGB")
    step = 40 + 6 + 4
    for place, colour in ((1, BLUE), (2, ORANGE)):
        corner = sheet.getpixel((place * step + 14 + 2, 36 + 15))  # of the bar below the picture
        assert np.abs(np.subtract(corner, colour)).max() < 40
    assert sheet.getpixel((2 * step + 14 + 20, sheet.height - 20)) == (255, 255, 255)


def test_a_table_for_each_number_of_neighbours_the_greatest_first():
    ten, one = precision_tables(scores(), ["ours"], ALIKE)
    assert (ten["k"], one["k"]) == (10, 1)
    assert ten["columns"] == ["ours", "sheet-order", "chance"]
    assert [row["name"] for row in ten["rows"]] == [
        *("all classes (mean)", "anticlockwise", "clockwise", "merger"),
        *("all classes (mean), counted as one", "spiral, counted as one"),
    ]
    assert ten["rows"][0]["cells"] == [*["0.50 [0.40, 0.62]"] * 2, "0.50"]
    assert ten["rows"][0]["ceiling"] == "0.90"


def test_gains_are_those_of_the_mean_over_classes():
    table = scores().rename(columns={"encoder": "baseline"}).assign(encoder="ours", p_value=0.01)
    gains = gain_rows(table[table["baseline"] != "ours"])
    assert gains["heads"] == [
        *("precision@1", "precision@10"),
        *("precision@1, counted as one", "precision@10, counted as one"),
    ]
    assert [row["baseline"] for row in gains["rows"]] == ["sheet-order", "chance"]
    assert gains["rows"][0]["cells"][1]["sign"] == "better"


@pytest.mark.parametrize("width", [8, 24], ids=["image", "frames side by side"])
def test_the_sheet_shows_two_of_each_class_and_their_neighbours(tmp_path, width):
    label = [*["clockwise"] * 5, *["merger"] * 5]
    store = make_store(tmp_path, np.zeros((10, 3, 8, width), dtype=np.uint8), label=label)
    names = store.index["image_id"]
    found = [list(names[names != name])[:4] for name in names]
    asked = pd.DataFrame({"encoder": "ours", "image_id": names, "neighbours": found})
    chance = scores().query("encoder == 'chance'")
    differences = chance.assign(encoder="ours", baseline="chance", p_value=0.5)
    tables = RetrievalTables(scores(), differences, asked, ALIKE)
    records = [{"stage": "retrieve", "facts": {"remarks": ["mirrors"]}}, {"stage": "probe"}]
    section = lookalikes_section(
        tables, ["ours"], store, lambda pixels: pixels.transpose(1, 2, 0), records
    )
    assert section["remarks"] == ["mirrors"]
    assert section["alike"] == "clockwise + anticlockwise = spiral"
    assert section["picture"].startswith("data:image/jpeg;base64,")
    empty = RetrievalTables(scores().iloc[:0], differences, asked.iloc[:0], {})
    assert lookalikes_section(empty, ["ours"], store, lambda pixels: pixels, []) is None


def test_pictures_fit_the_box():
    for height, width in ((10, 10), (10, 30), (400, 100)):
        picture = fitted(np.zeros((height, width, 3), dtype=np.uint8), BOX)
        assert picture.width <= BOX[0]
        assert picture.height <= BOX[1]
        assert picture.width == BOX[0] or picture.height == BOX[1]
