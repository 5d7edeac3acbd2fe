"""
From images to encoders.

Required: <results>/{survey}/images/*.parquet, which name the bytes of the images beside them
Outputs:  <results>/{survey}/{encoder}/encoder.safetensors  weights and all that is needed to use them
          <results>/{survey}/{encoder}/training.parquet     one row per epoch; none without pretraining
          <results>/{survey}/{encoder}/domains.parquet      one row per epoch and domain
"""


rule pretrain:
    """Pretrain an encoder. Resumes where it was interrupted; safe to kill at any time."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        others=other_domains,
        parent=parent_encoder,
    output:
        encoder="<results>/{survey}/{encoder}/encoder.safetensors",
        training="<results>/{survey}/{encoder}/training.parquet",
        domains="<results>/{survey}/{encoder}/domains.parquet",
        record="<results>/{survey}/provenance/pretrain/{encoder}.json",
    log:
        "<logs>/{survey}/pretrain/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/pretrain/{encoder}.jsonl"
    # Training is the longest chain of a study: it starts first.
    priority: 10
    conda:
        "../../envs/skyloom.yaml"
    threads: if_trained(8, 1)
    resources:
        gpu=launched("gpu"),
        gres=launched("gres"),
        launcher=launched("launcher"),
        mem_mb=training_memory(4000, factor=1.5),
        mpi=launched("mpi"),
        nodes=launched("nodes"),
        runtime=480,
        tasks=launched("tasks"),
        tasks_per_gpu=launched("tasks_per_gpu"),
    params:
        settings=settings_of("pretrain"),
        code=code_of_training,
        checkpoint=checkpoint_folder,
    shell:
        """
        {resources.launcher} python -m skyloom.stages.pretrain \
            --survey {wildcards.survey:q} \
            --index {input.index:q} \
            --others {input.others:q} \
            --parent {input.parent:q} \
            --checkpoint {params.checkpoint:q} \
            --encoder {output.encoder:q} \
            --training {output.training:q} \
            --domains {output.domains:q} \
            --messages {log:q} \
            --minutes {resources.runtime} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} 2>&1 | tee {log:q}
        """
