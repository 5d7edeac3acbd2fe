"""
From the archive to verified raw files.

Required: the survey's shard sheet; the archive, a local copy of it, or the simulator.
Outputs:  <results>/{survey}/raw/{shard}.*           the archive's bytes, untouched
          <results>/{survey}/archive/{shard}.zip     of a simulated archive: its files by address
          <results>/{survey}/truth/{shard}.parquet   what was put into them; read by no other rule
"""


rule simulate:
    """Write one shard of a simulated archive, in its own format, and the truth about it."""
    output:
        archive="<results>/{survey}/archive/{shard}.zip",
        truth="<results>/{survey}/truth/{shard}.parquet",
        record="<results>/{survey}/provenance/simulate/{shard}.json",
    log:
        "<logs>/{survey}/simulate/{shard}.log",
    benchmark:
        "<benchmarks>/{survey}/simulate/{shard}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
        shards=1,
    params:
        settings=settings_of("simulate"),
        code=code_of("simulate", "simulator"),
    shell:
        """
        python -m skyloom.stages.simulate \
            --survey {wildcards.survey:q} \
            --shard {wildcards.shard:q} \
            --archive {output.archive:q} \
            --truth {output.truth:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule acquire:
    """Fetch one shard, or take it from a local copy, and verify it."""
    input:
        archive=simulated_file,
    output:
        raw="<results>/{survey}/raw/{shard}{suffix}",
        record="<results>/{survey}/provenance/acquire/{shard}{suffix}.json",
    log:
        "<logs>/{survey}/acquire/{shard}{suffix}.log",
    benchmark:
        "<benchmarks>/{survey}/acquire/{shard}{suffix}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(120),
    params:
        settings=settings_of("acquire"),
        code=code_of("acquire"),
    shell:
        """
        python -m skyloom.stages.acquire \
            --survey {wildcards.survey:q} \
            --shard {wildcards.shard:q} \
            --archive {input.archive:q} \
            --raw {output.raw:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
