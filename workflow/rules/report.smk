"""
From all tables to one page.

Required: images, training tables, clusters, maps, comparison and the records of one survey
Outputs:  <results>/{survey}/report.html    opens offline
"""


rule report:
    """Write the static report of one survey."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        training=of_survey("{encoder}/training.parquet", encoder=plan.trained_encoders),
        kmeans=of_survey(
            "{encoder}/clusters/kmeans.parquet", encoder=plan.trained_encoders
        ),
        hdbscan=of_survey(
            "{encoder}/clusters/hdbscan.parquet", encoder=plan.trained_encoders
        ),
        tree=of_survey("{encoder}/clusters/tree.parquet", encoder=plan.trained_encoders),
        selection=of_survey(
            "{encoder}/clusters/selection.parquet", encoder=plan.trained_encoders
        ),
        summary=of_survey(
            "{encoder}/clusters/summary.parquet", encoder=plan.trained_encoders
        ),
        members=of_survey(
            "{encoder}/clusters/members.parquet", encoder=plan.trained_encoders
        ),
        enrichment=of_survey(
            "{encoder}/clusters/enrichment.parquet", encoder=plan.trained_encoders
        ),
        recall=of_survey(
            "{encoder}/search/recall.parquet", encoder=plan.trained_encoders
        ),
        map=of_survey("{encoder}/map.parquet", encoder=plan.trained_encoders),
        predictions=of_survey(
            "{encoder}/probes/predictions.parquet", encoder=plan.trained_encoders
        ),
        classes=of_survey(
            "{encoder}/probes/classes.parquet", encoder=plan.trained_encoders
        ),
        calibration=of_survey(
            "{encoder}/probes/calibration.parquet", encoder=plan.trained_encoders
        ),
        reliability=of_survey(
            "{encoder}/probes/reliability.parquet", encoder=plan.trained_encoders
        ),
        curves="<results>/{survey}/comparison/curves.parquet",
        differences="<results>/{survey}/comparison/differences.parquet",
        retrieval="<results>/{survey}/comparison/retrieval.parquet",
        retrieval_differences="<results>/{survey}/comparison/retrieval_differences.parquet",
        lookalikes="<results>/{survey}/comparison/lookalikes.parquet",
        redshift=tables_of_redshift,
        status=of_open_round("status.json"),
        scores=of_open_round("scores.parquet"),
        records=records_of,
    output:
        page=report(
            "<results>/{survey}/report.html",
            caption="../report/survey.rst",
            category="Surveys",
            labels={"survey": "{survey}"},
        ),
        record="<results>/{survey}/provenance/report.json",
    log:
        "<logs>/{survey}/report.log",
    benchmark:
        "<benchmarks>/{survey}/report.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(20),
    params:
        settings=settings_of("report"),
        code=code_of("report", "display", "credits"),
    shell:
        """
        python -m skyloom.stages.report \
            --index {input.index:q} \
            --training {input.training:q} \
            --kmeans {input.kmeans:q} \
            --hdbscan {input.hdbscan:q} \
            --tree {input.tree:q} \
            --selection {input.selection:q} \
            --summary {input.summary:q} \
            --members {input.members:q} \
            --enrichment {input.enrichment:q} \
            --recall {input.recall:q} \
            --map {input.map:q} \
            --predictions {input.predictions:q} \
            --classes {input.classes:q} \
            --calibration {input.calibration:q} \
            --reliability {input.reliability:q} \
            --curves {input.curves:q} \
            --differences {input.differences:q} \
            --retrieval {input.retrieval:q} \
            --retrieval_differences {input.retrieval_differences:q} \
            --lookalikes {input.lookalikes:q} \
            --status {input.status:q} \
            --redshift {input.redshift:q} \
            --scores {input.scores:q} \
            --records {input.records:q} \
            --page {output.page:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
