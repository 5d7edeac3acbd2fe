"""
From records to the page of provenance, the cards and the crate.

Required: the records of one survey, or of all; images, comparison and report
Outputs:  <results>/{survey}/provenance.html           opens offline
          <results>/{survey}/{encoder}/model_card.md, images/data_card.md
          <results>/crate.zip                          named target `crate`
"""

from skyloom.rounds_plan import closed_files


rule model_card:
    """Write what one has to know of an encoder."""
    input:
        records=records_of_encoder,
        curves="<results>/{survey}/comparison/curves.parquet",
    output:
        card="<results>/{survey}/{encoder}/model_card.md",
        record="<results>/{survey}/provenance/model_card/{encoder}.json",
    log:
        "<logs>/{survey}/model_card/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/model_card/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        settings=settings_of("model_card"),
        code=code_of("model_card", "credits"),
    shell:
        """
        python -m skyloom.stages.model_card \
            --records {input.records:q} \
            --curves {input.curves:q} \
            --card {output.card:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule data_card:
    """Write what one has to know of a survey's images."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        records=records_of_images,
    output:
        card="<results>/{survey}/images/data_card.md",
        record="<results>/{survey}/provenance/data_card.json",
    log:
        "<logs>/{survey}/data_card.log",
    benchmark:
        "<benchmarks>/{survey}/data_card.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        settings=settings_of("data_card"),
        code=code_of("data_card", "credits"),
    shell:
        """
        python -m skyloom.stages.data_card \
            --index {input.index:q} \
            --records {input.records:q} \
            --card {output.card:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule provenance:
    """Draw and tell where the results of one survey come from."""
    input:
        records=records_of_page,
        rounds=lambda wildcards: closed_files(plan, wildcards.survey),
        cards=cards_of,
    output:
        page="<results>/{survey}/provenance.html",
        record="<results>/{survey}/provenance/provenance.json",
    log:
        "<logs>/{survey}/provenance.log",
    benchmark:
        "<benchmarks>/{survey}/provenance.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        settings=settings_of("provenance"),
        code=code_of("provenance", "credits"),
    shell:
        """
        python -m skyloom.stages.provenance \
            --records {input.records:q} \
            --rounds {input.rounds:q} \
            --cards {input.cards:q} \
            --page {output.page:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule crate:
    """Pack the study as a Provenance Run Crate (RO-Crate): named target."""
    input:
        pages=of_all("provenance.html"),
        records=of_all("provenance/provenance.json"),
    output:
        crate="<results>/crate.zip",
        record="<results>/provenance/crate.json",
    log:
        "<logs>/crate.log",
    benchmark:
        "<benchmarks>/crate.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        settings=json.dumps({"config": {**config, "results": plan.results}}),
        code=plan.code("crate", plan.surveys, "credits"),
    shell:
        """
        python -m skyloom.stages.crate \
            --pages {input.pages:q} \
            --records {input.records:q} \
            --crate {output.crate:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
