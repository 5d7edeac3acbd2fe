"""
From features to scores: how much of the labels do the features hold?

Required: <results>/{survey}/{encoder}/features/*
Outputs:  <results>/{survey}/{encoder}/probes/{scores,predictions,classes,calibration,reliability}.parquet
          <results>/{survey}/comparison/{curves,differences}.parquet
"""


rule probe:
    """Train simple models on shares of the labels, score them on val and test."""
    input:
        features=of_survey("{encoder}/features/{shard}.parquet", shard=plan.shards),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        scores="<results>/{survey}/{encoder}/probes/scores.parquet",
        predictions="<results>/{survey}/{encoder}/probes/predictions.parquet",
        classes="<results>/{survey}/{encoder}/probes/classes.parquet",
        calibration="<results>/{survey}/{encoder}/probes/calibration.parquet",
        reliability="<results>/{survey}/{encoder}/probes/reliability.parquet",
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
            --classes {output.classes:q} \
            --calibration {output.calibration:q} \
            --reliability {output.reliability:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule compare:
    """Put all encoders side by side on the same images, with paired tests."""
    input:
        predictions=of_survey(
            "{encoder}/probes/predictions.parquet", encoder=plan.encoders
        ),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        curves="<results>/{survey}/comparison/curves.parquet",
        differences="<results>/{survey}/comparison/differences.parquet",
        record="<results>/{survey}/provenance/compare.json",
    log:
        "<logs>/{survey}/compare.log",
    benchmark:
        "<benchmarks>/{survey}/compare.jsonl"
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
