"""Compute the features of one shard's images."""

import pyarrow as pa

from skyloom.analyze.embed import embed, stored
from skyloom.digest import sha256_of_file
from skyloom.images import ImageStore
from skyloom.learn.encoder_file import load_encoder
from skyloom.settings.encoder import EmbedSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import embedding_column, write_table


def embed_shard(job: Job) -> None:
    """Embed one shard with one encoder."""
    store = ImageStore.open(job.paths("images"), job.paths("index"))
    encoder = load_encoder(job.path("encoder"))
    settings = EmbedSettings.model_validate(job.settings)
    vectors = stored(embed(encoder, store, settings), settings.store)
    ids = pa.array(store.index["image_id"].astype(str), pa.string())
    table = pa.table({"image_id": ids, "embedding": embedding_column(vectors)})
    sha256 = sha256_of_file(job.path("encoder"))
    write_table(job.path("features"), table, {"encoder_sha256": sha256})
    job.facts |= {"encoder_sha256": sha256, "width": encoder.width, "images": len(store)}


if __name__ == "__main__":
    run_stage("embed", embed_shard, inputs=["images", "index", "encoder"], outputs=["features"])
