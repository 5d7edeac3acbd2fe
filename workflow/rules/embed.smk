"""
From images and encoders to features.

Required: <results>/{survey}/images/{shard}.*, <results>/{survey}/{encoder}/encoder.safetensors
Outputs:  <results>/{survey}/{encoder}/features/{shard}.parquet
"""


rule embed:
    """Compute the features of one shard's images."""
    input:
        images="<results>/{survey}/images/{shard}.npy",
        index="<results>/{survey}/images/{shard}.parquet",
        encoder="<results>/{survey}/{encoder}/encoder.safetensors",
    output:
        features="<results>/{survey}/{encoder}/features/{shard}.parquet",
        record="<results>/{survey}/provenance/embed/{encoder}/{shard}.json",
    log:
        "<logs>/{survey}/embed/{encoder}/{shard}.log",
    benchmark:
        "<benchmarks>/{survey}/embed/{encoder}/{shard}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=memory(3000),
        runtime=shard_minutes(10, mb_per_minute=10),
        shards=1,
    params:
        settings=settings_of("embed"),
        code=code_of("embed"),
    shell:
        """
        python -m skyloom.stages.embed \
            --images {input.images:q} \
            --index {input.index:q} \
            --encoder {input.encoder:q} \
            --features {output.features:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
