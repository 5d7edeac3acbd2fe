"""
From images to redshifts, with few labels and with all.

Required: <results>/{survey}/images/*, the encoders and features that the models name
Outputs:  <results>/{survey}/redshift/{model}/{draw}/pdfs.parquet    a PDF per scored image
          <results>/{survey}/redshift/{model}/{draw}/pdfs.hdf5       the same for qp
          <results>/{survey}/redshift/{model}/{draw}/dust.parquet    what dust before the image does
          <results>/{survey}/redshift/{model}/{draw}/network.safetensors  of trained networks
          <results>/{survey}/redshift/{scores,curves,factors,dust,estimates}.parquet
"""

from skyloom.redshift_plan import names_of_models


rule redshifts:
    """Named target: redshifts told by all models, with few labels and all, scored."""
    input:
        [
            f"<results>/{survey}/redshift/scores.parquet"
            for survey in surveys_with_redshifts(plan)
        ],


rule redshift_network:
    """Train a network on one draw of the labels. Resumes where it was interrupted."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        encoder=encoder_of_redshift,
    output:
        pdfs="<results>/{survey}/redshift/{model}/{draw}/pdfs.parquet",
        qp="<results>/{survey}/redshift/{model}/{draw}/pdfs.hdf5",
        dust="<results>/{survey}/redshift/{model}/{draw}/dust.parquet",
        network="<results>/{survey}/redshift/{model}/{draw}/network.safetensors",
        training="<results>/{survey}/redshift/{model}/{draw}/training.parquet",
        record="<results>/{survey}/provenance/redshift/{model}/{draw}.json",
    log:
        "<logs>/{survey}/redshift/{model}/{draw}.log",
    benchmark:
        "<benchmarks>/{survey}/redshift/{model}/{draw}.jsonl"
    wildcard_constraints:
        model=one_of(names_of_models(plan, networks=True)),
    conda:
        "../../envs/skyloom.yaml"
    threads: 8
    resources:
        gpu=launched_network("gpu"),
        launcher=launched_network("launcher"),
        mem_mb=memory(4000, factor=1.5),
        runtime=480,
    params:
        settings=settings_of("redshift_network"),
        code=code_of("redshift_network", "views"),
        checkpoint=lambda wildcards, output: str(
            Path(output.network).parent / "checkpoint"
        ),
    shell:
        """
        {resources.launcher} python -m skyloom.stages.redshift_network \
            --survey {wildcards.survey:q} \
            --draw {wildcards.draw:q} \
            --index {input.index:q} \
            --encoder {input.encoder:q} \
            --checkpoint {params.checkpoint:q} \
            --messages {log:q} \
            --minutes {resources.runtime} \
            --pdfs {output.pdfs:q} \
            --qp {output.qp:q} \
            --dust {output.dust:q} \
            --network {output.network:q} \
            --training {output.training:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} 2>&1 | tee {log:q}
        """


rule redshift_estimator:
    """Fit a model of features or of magnitudes to one draw of the labels."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        features=features_of_redshift,
        encoder=encoder_of_redshift,
    output:
        pdfs="<results>/{survey}/redshift/{model}/{draw}/pdfs.parquet",
        qp="<results>/{survey}/redshift/{model}/{draw}/pdfs.hdf5",
        dust="<results>/{survey}/redshift/{model}/{draw}/dust.parquet",
        record="<results>/{survey}/provenance/redshift/{model}/{draw}.json",
    log:
        "<logs>/{survey}/redshift/{model}/{draw}.log",
    benchmark:
        "<benchmarks>/{survey}/redshift/{model}/{draw}.jsonl"
    wildcard_constraints:
        model=one_of(names_of_models(plan, networks=False)),
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, factor=4),
        runtime=minutes(60),
    params:
        settings=settings_of("redshift_estimator"),
        code=code_of("redshift_estimator", "views"),
    shell:
        """
        python -m skyloom.stages.redshift_estimator \
            --survey {wildcards.survey:q} \
            --draw {wildcards.draw:q} \
            --index {input.index:q} \
            --features {input.features:q} \
            --encoder {input.encoder:q} \
            --pdfs {output.pdfs:q} \
            --qp {output.qp:q} \
            --dust {output.dust:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule redshift_scores:
    """Score the redshifts of all models and draws, and compare their need of labels."""
    input:
        pdfs=of_redshifts("pdfs.parquet"),
        dust=of_redshifts("dust.parquet"),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        scores="<results>/{survey}/redshift/scores.parquet",
        curves="<results>/{survey}/redshift/curves.parquet",
        factors="<results>/{survey}/redshift/factors.parquet",
        dust="<results>/{survey}/redshift/dust.parquet",
        estimates="<results>/{survey}/redshift/estimates.parquet",
        record="<results>/{survey}/provenance/redshift/scores.json",
    log:
        "<logs>/{survey}/redshift/scores.log",
    benchmark:
        "<benchmarks>/{survey}/redshift/scores.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, factor=4),
        runtime=minutes(60),
    params:
        settings=settings_of("redshift_scores"),
        code=code_of("redshift_scores"),
    shell:
        """
        python -m skyloom.stages.redshift_scores \
            --pdfs {input.pdfs:q} \
            --reddened {input.dust:q} \
            --index {input.index:q} \
            --scores {output.scores:q} \
            --curves {output.curves:q} \
            --factors {output.factors:q} \
            --dust {output.dust:q} \
            --estimates {output.estimates:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
