"""
From features to search by likeness.

Required: <results>/{survey}/{encoder}/features/*
Outputs:  <results>/{survey}/{encoder}/search/{vectors.npy,ids.parquet,approximate.faiss,recall.parquet}
          <results>/{survey}/comparison/{retrieval,retrieval_differences,lookalikes}.parquet
"""


rule search:
    """Make features searchable, and measure the recall of the search on the study's own images."""
    input:
        features=of_survey("{encoder}/features/{shard}.parquet", shard=plan.shards),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        vectors="<results>/{survey}/{encoder}/search/vectors.npy",
        ids="<results>/{survey}/{encoder}/search/ids.parquet",
        approximate="<results>/{survey}/{encoder}/search/approximate.faiss",
        recall="<results>/{survey}/{encoder}/search/recall.parquet",
        record="<results>/{survey}/provenance/search/{encoder}.json",
    log:
        "<logs>/{survey}/search/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/search/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        mem_mb=memory(4000, factor=0.5),
        runtime=minutes(240),
    params:
        settings=settings_of("search"),
        code=code_of("search"),
    shell:
        """
        python -m skyloom.stages.search \
            --features {input.features:q} \
            --index {input.index:q} \
            --vectors {output.vectors:q} \
            --ids {output.ids:q} \
            --approximate {output.approximate:q} \
            --recall {output.recall:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule retrieve:
    """Measure by class what a search finds, with all encoders of a survey, and its nulls."""
    input:
        features=of_survey(
            "{encoder}/features/{shard}.parquet",
            encoder=plan.encoders,
            shard=plan.shards,
        ),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        retrieval="<results>/{survey}/comparison/retrieval.parquet",
        retrieval_differences="<results>/{survey}/comparison/retrieval_differences.parquet",
        lookalikes="<results>/{survey}/comparison/lookalikes.parquet",
        record="<results>/{survey}/provenance/retrieve.json",
    log:
        "<logs>/{survey}/retrieve.log",
    benchmark:
        "<benchmarks>/{survey}/retrieve.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000, factor=1),
        runtime=minutes(240),
    params:
        settings=settings_of("retrieve"),
        code=code_of("retrieve"),
    shell:
        """
        python -m skyloom.stages.retrieve \
            --features {input.features:q} \
            --index {input.index:q} \
            --retrieval {output.retrieval:q} \
            --retrieval_differences {output.retrieval_differences:q} \
            --lookalikes {output.lookalikes:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
