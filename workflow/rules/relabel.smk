"""
From crude labels to verified ones, round by round.

Required: <results>/{survey}/images/*, features of the main encoder, <reviews>/{survey}/closed/*
          <reviews>/{survey}/wanted/* of the round before
          names of clusters, where they are the crude labels
Outputs:  <results>/{survey}/rounds/{round}/labels.{parquet,csv}   what the round begins with
          .../members/{member}.{parquet,safetensors}               predictions out of fold, models
          .../{queue,ranked,scores}.parquet, .../status.json        what a person looks at next

Closed rounds are read when the workflow is parsed: every call builds a graph up to the next queue.
"""

from skyloom.names_plan import names_as_labels


rule labels:
    """Apply the closed rounds to the crude labels."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        names=lambda wildcards: names_as_labels(plan, wildcards.survey),
        closed=closed_before,
    output:
        labels="<results>/{survey}/rounds/{round}/labels.parquet",
        csv="<results>/{survey}/rounds/{round}/labels.csv",
        record="<results>/{survey}/provenance/labels/{round}.json",
    log:
        "<logs>/{survey}/labels/{round}.log",
    benchmark:
        "<benchmarks>/{survey}/labels/{round}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    params:
        settings=settings_of("labels"),
        code=code_of("labels"),
    shell:
        """
        python -m skyloom.stages.labels \
            --index {input.index:q} \
            --names {input.names:q} \
            --closed {input.closed:q} \
            --labels {output.labels:q} \
            --csv {output.csv:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule crossfit:
    """Train one model on all folds but its own; predict its own and the applied splits."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        images=of_survey("images/{shard}.npy", shard=plan.shards),
        features=classifier_features,
        labels="<results>/{survey}/rounds/{round}/labels.parquet",
    output:
        predictions="<results>/{survey}/rounds/{round}/members/{member}.parquet",
        model="<results>/{survey}/rounds/{round}/members/{member}.safetensors",
        record="<results>/{survey}/provenance/crossfit/{round}/{member}.json",
    log:
        "<logs>/{survey}/crossfit/{round}/{member}.log",
    benchmark:
        "<benchmarks>/{survey}/crossfit/{round}/{member}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=memory(3000, factor=2),
        runtime=minutes(360),
    params:
        settings=settings_of("crossfit"),
        code=code_of("crossfit"),
    shell:
        """
        python -m skyloom.stages.crossfit \
            --member {wildcards.member:q} \
            --index {input.index:q} \
            --images {input.images:q} \
            --features {input.features:q} \
            --labels {input.labels:q} \
            --predictions {output.predictions:q} \
            --model {output.model:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule queue:
    """Rank all labels, draw the round's queue, say where the rounds stand."""
    input:
        members=of_members("parquet"),
        labels="<results>/{survey}/rounds/{round}/labels.parquet",
        features=of_main_encoder,
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        closed=closed_before,
        wanted=wanted_before,
    output:
        queue="<results>/{survey}/rounds/{round}/queue.parquet",
        ranked="<results>/{survey}/rounds/{round}/ranked.parquet",
        status="<results>/{survey}/rounds/{round}/status.json",
        scores="<results>/{survey}/rounds/{round}/scores.parquet",
        record="<results>/{survey}/provenance/queue/{round}.json",
    log:
        "<logs>/{survey}/queue/{round}.log",
    benchmark:
        "<benchmarks>/{survey}/queue/{round}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, factor=6),
        runtime=minutes(60),
    params:
        settings=settings_of("queue"),
        code=code_of("queue"),
    shell:
        """
        python -m skyloom.stages.queue \
            --members {input.members:q} \
            --labels {input.labels:q} \
            --features {input.features:q} \
            --index {input.index:q} \
            --closed {input.closed:q} \
            --wanted {input.wanted:q} \
            --queue {output.queue:q} \
            --ranked {output.ranked:q} \
            --status {output.status:q} \
            --scores {output.scores:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule emergence:
    """Find when the class became visible in the videos of a round, by masking."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        images=of_survey("images/{shard}.npy", shard=plan.shards),
        models=of_members("safetensors"),
        labels="<results>/{survey}/rounds/{round}/labels.parquet",
        ranked="<results>/{survey}/rounds/{round}/ranked.parquet",
        queue="<results>/{survey}/rounds/{round}/queue.parquet",
    output:
        emergence="<results>/{survey}/rounds/{round}/emergence.parquet",
        record="<results>/{survey}/provenance/emergence/{round}.json",
    log:
        "<logs>/{survey}/emergence/{round}.log",
    benchmark:
        "<benchmarks>/{survey}/emergence/{round}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=minutes(360),
    params:
        settings=settings_of("emergence"),
        code=code_of("emergence"),
    shell:
        """
        python -m skyloom.stages.emergence \
            --index {input.index:q} \
            --images {input.images:q} \
            --models {input.models:q} \
            --labels {input.labels:q} \
            --ranked {input.ranked:q} \
            --queue {input.queue:q} \
            --emergence {output.emergence:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule rounds:
    """Named target: the queues of labels to review; `skyloom run` builds them."""
    input:
        open_rounds(),
