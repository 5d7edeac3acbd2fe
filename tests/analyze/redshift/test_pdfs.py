import h5py
import numpy as np
import pytest
from made_pdfs import as_pdfs, rough

from skyloom.analyze.redshift.pdfs import PdfError, Pdfs, read_pdfs, write_pdfs, write_qp
from skyloom.bins import Bins
from skyloom.tables import TableError, read_metadata, read_table, write_table


def test_round_trip(tmp_path):
    pdfs, _ = rough(bins=Bins(0.1, 0.9, 7))
    write_pdfs(tmp_path / "pdfs.parquet", pdfs, {"encoder_sha256": "abc"})
    found = read_pdfs(tmp_path / "pdfs.parquet")
    np.testing.assert_array_equal(found.values, pdfs.values)
    assert found.image_id.tolist() == pdfs.image_id.tolist()
    assert found.bins == pdfs.bins
    assert read_metadata(tmp_path / "pdfs.parquet")["encoder_sha256"] == "abc"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "sum of its masses is nan"),
        (np.inf, "sum of its masses is inf"),
        (-0.5, "least mass is -0.5"),
        (0.7, "sum of its masses is 1.5"),
    ],
)
def test_the_bad_image_is_named(value, said):
    values = np.full((4, 5), 0.2)
    values[2, 1] = value
    with pytest.raises(PdfError, match=f"PDF of image g2: .*{said}"):
        as_pdfs(values, Bins(0, 1, 5))


def test_shapes_must_fit():
    with pytest.raises(PdfError, match=r"shape \(4, 5\) and type float32, .* \(4, 6\)"):
        as_pdfs(np.full((4, 5), 0.2), Bins(0, 1, 6))
    with pytest.raises(PdfError, match=r"type float64, expected .* float32"):
        Pdfs(np.array(["a"]), np.full((1, 5), 0.2), Bins(0, 1, 5))


def test_no_galaxies(tmp_path):
    bins = Bins(0, 1, 5)
    write_pdfs(tmp_path / "p.parquet", Pdfs(np.array([], str), np.zeros((0, 5), "f4"), bins))
    assert read_pdfs(tmp_path / "p.parquet").values.shape == (0, 5)


def test_a_file_that_is_not_of_pdfs(tmp_path):
    pdfs, _ = rough()
    write_pdfs(tmp_path / "pdfs.parquet", pdfs)
    frame, said = read_table(tmp_path / "pdfs.parquet"), read_metadata(tmp_path / "pdfs.parquet")
    write_table(tmp_path / "other.parquet", frame.drop(columns="pdf"), said)
    with pytest.raises(TableError, match="has the columns image_id and bins"):
        read_pdfs(tmp_path / "other.parquet")
    write_table(tmp_path / "bare.parquet", frame)
    with pytest.raises(TableError, match="image_id, pdf and no bins"):
        read_pdfs(tmp_path / "bare.parquet")


def test_cumulative_and_take():
    pdfs, _ = rough()
    below = pdfs.cumulative()
    assert (below[:, 0] == 0).all()
    assert (below[:, -1] == 1).all()
    assert (np.diff(below, axis=1) >= 0).all()
    np.testing.assert_allclose(np.diff(below, axis=1), pdfs.values, atol=1e-6)
    assert pdfs.take(slice(3, 5)).image_id.tolist() == ["g3", "g4"]


def test_the_layout_of_the_qp_file(tmp_path):
    pdfs, _ = rough()
    write_qp(tmp_path / "qp.hdf5", pdfs)
    with h5py.File(tmp_path / "qp.hdf5") as file:
        assert file["meta/pdf_name"][0] == b"hist"
        np.testing.assert_array_equal(file["meta/bins"][0], pdfs.bins.edges)
        total = file["data/pdfs"][()].sum(axis=1) * pdfs.bins.width
        assert file["ancil/image_id"][2] == b"g2"
    np.testing.assert_allclose(total, 1, atol=1e-6)
