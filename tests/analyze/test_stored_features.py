import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skyloom.analyze.embed import stored
from skyloom.analyze.features import FeatureError
from skyloom.tables import embedding_column, read_embedding, write_table


def test_half_precision_halves_the_file_and_reads_back_as_float32(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(400, 64)).astype(np.float32)
    for kind in ("float16", "float32"):
        table = pa.table({"embedding": embedding_column(stored(vectors, kind))})
        write_table(tmp_path / f"{kind}.parquet", table)
    half, full = (tmp_path / f"{kind}.parquet" for kind in ("float16", "float32"))
    assert pq.read_schema(half).field("embedding").type.value_type == pa.float16()
    assert half.stat().st_size < 0.6 * full.stat().st_size
    found = read_embedding(half)
    assert found.dtype == np.float32
    assert found == pytest.approx(vectors, rel=1e-3, abs=1e-6)
    assert (read_embedding(full) == vectors).all()


def test_what_float16_cannot_hold_is_refused():
    large = np.array([[1.0, 70000.0]], dtype=np.float32)
    with pytest.raises(FeatureError, match=r"a feature is 70000, expected at most 65504"):
        stored(large, "float16")
    assert np.isnan(stored(np.array([[np.nan]], dtype=np.float32), "float16")).all()
