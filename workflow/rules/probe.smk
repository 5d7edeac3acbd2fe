"""
From features to scores: how much of the labels do the features hold?

Required: <results>/{survey}/{encoder}/features/*
Outputs:  <results>/{survey}/{encoder}/probes/{scores,predictions}.parquet
          <results>/{survey}/comparison/{curves,differences}.parquet
"""


rule probe:
    """Train logistic regression on shares of the labels, score it on val and test."""
    input:
        features=over_shards("{encoder}/features/{shard}.parquet"),
        index=over_shards("images/{shard}.parquet"),
    output:
        scores="<results>/{survey}/{encoder}/probes/scores.parquet",
        predictions="<results>/{survey}/{encoder}/probes/predictions.parquet",
        record="<results>/{survey}/provenance/probe/{encoder}.json",
    log:
        "<logs>/{survey}/probe/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/probe/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, factor=6),
        runtime=minutes(120),
    params:
        settings=settings_of("probe"),
        code=code_of("probe"),
    shell:
        """
        python -m skyloom.stages.probe \
            --features {input.features:q} \
            --index {input.index:q} \
            --scores {output.scores:q} \
            --predictions {output.predictions:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule compare:
    input:
        predictions=over_encoders("{encoder}/probes/predictions.parquet"),
        index=over_shards("images/{shard}.parquet"),
    output:
        curves="<results>/{survey}/comparison/curves.parquet",
        differences="<results>/{survey}/comparison/differences.parquet",
        record="<results>/{survey}/provenance/compare.json",
    log:
        "<logs>/{survey}/compare.log",
    benchmark:
        "<benchmarks>/{survey}/compare.jsonl"
    """Put all encoders side by side on the same images, with paired tests."""
    localrule: True
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    params:
        settings=settings_of("compare"),
        code=code_of("compare"),
    shell:
        """
        python -m skyloom.stages.compare \
            --predictions {input.predictions:q} \
            --index {input.index:q} \
            --curves {output.curves:q} \
            --differences {output.differences:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
