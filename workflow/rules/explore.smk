"""
What the explorer shows besides the tables of the other stages.

Required: <results>/{survey}/images/{shard}.{npy,parquet}
Outputs:  <results>/{survey}/thumbnails/{shard}.arrow   one small picture per readable image
"""


rule thumbnails:
    """Make small pictures of the images of a shard."""
    input:
        images="<results>/{survey}/images/{shard}.npy",
        index="<results>/{survey}/images/{shard}.parquet",
    output:
        thumbnails="<results>/{survey}/thumbnails/{shard}.arrow",
        record="<results>/{survey}/provenance/thumbnails/{shard}.json",
    log:
        "<logs>/{survey}/thumbnails/{shard}.log",
    benchmark:
        "<benchmarks>/{survey}/thumbnails/{shard}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=shard_minutes(5, mb_per_minute=200),
        shards=1,
    params:
        code=code_of("thumbnails", "display"),
    shell:
        """
        python -m skyloom.stages.thumbnails \
            --survey {wildcards.survey:q} \
            --images {input.images:q} \
            --index {input.index:q} \
            --thumbnails {output.thumbnails:q} \
            --record {output.record:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule explorer:
    """Named target: images, maps, clusters and neighbours for `skyloom explore`."""
    input:
        of_all("thumbnails/{shard}.arrow", shard=plan.shards),
        of_all("{encoder}/map.parquet", encoder=plan.trained_encoders),
        of_all("{encoder}/clusters/enrichment.parquet", encoder=plan.trained_encoders),
        of_all("{encoder}/search/recall.parquet", encoder=plan.trained_encoders),
