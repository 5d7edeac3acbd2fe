"""
From raw files to the image store.

Required: <results>/{survey}/raw/{shard}.*
Outputs:  <results>/{survey}/images/{shard}.npy      prepared images
          <results>/{survey}/images/{shard}.parquet  one row per image that the archive offered
"""


rule prepare:
    """Read every image of a shard; reject with a reason or resize, and index."""
    input:
        raw=raw_file,
    output:
        images="<results>/{survey}/images/{shard}.npy",
        index="<results>/{survey}/images/{shard}.parquet",
        record="<results>/{survey}/provenance/prepare/{shard}.json",
    log:
        "<logs>/{survey}/prepare/{shard}.log",
    benchmark:
        "<benchmarks>/{survey}/prepare/{shard}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=shard_minutes(5, mb_per_minute=20),
        shards=1,
    params:
        settings=settings_of("prepare"),
        code=code_of("prepare", "reader"),
    shell:
        """
        python -m skyloom.stages.prepare \
            --survey {wildcards.survey:q} \
            --shard {wildcards.shard:q} \
            --raw {input.raw:q} \
            --images {output.images:q} \
            --index {output.index:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
