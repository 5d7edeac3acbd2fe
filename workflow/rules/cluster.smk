"""
From features to clusters and maps.

Required: <results>/{survey}/{encoder}/features/*
          reviews/{survey}/clusters/{encoder}.parquet, if clusters were kept
          reviews/{survey}/clusters/{encoder}/names_*.csv, if clusters were named
Outputs:  <results>/{survey}/{encoder}/clusters/{kmeans,hdbscan,tree,selection,summary,members,enrichment}.parquet
          .../names.parquet
          <results>/{survey}/{encoder}/{map,atlas}.parquet
"""

from skyloom.names_plan import named_memberships, sealed_names_of


rule cluster:
    """Cluster features by k-means over a range of k, and by HDBSCAN."""
    input:
        features=of_survey("{encoder}/features/{shard}.parquet", shard=plan.shards),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        kept=lambda wildcards: plan.kept_clusters(wildcards.survey, wildcards.encoder),
    output:
        kmeans="<results>/{survey}/{encoder}/clusters/kmeans.parquet",
        hdbscan="<results>/{survey}/{encoder}/clusters/hdbscan.parquet",
        tree="<results>/{survey}/{encoder}/clusters/tree.parquet",
        selection="<results>/{survey}/{encoder}/clusters/selection.parquet",
        summary="<results>/{survey}/{encoder}/clusters/summary.parquet",
        members="<results>/{survey}/{encoder}/clusters/members.parquet",
        record="<results>/{survey}/provenance/cluster/{encoder}.json",
    log:
        "<logs>/{survey}/cluster/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/cluster/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000, factor=4),
        runtime=minutes(60),
    params:
        settings=settings_of("cluster"),
        code=code_of("cluster"),
    shell:
        """
        python -m skyloom.stages.cluster \
            --features {input.features:q} \
            --index {input.index:q} \
            --kept {input.kept:q} \
            --kmeans {output.kmeans:q} \
            --hdbscan {output.hdbscan:q} \
            --tree {output.tree:q} \
            --selection {output.selection:q} \
            --summary {output.summary:q} \
            --members {output.members:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule enrich:
    """Ask which covariates go with which clusters."""
    input:
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        kmeans="<results>/{survey}/{encoder}/clusters/kmeans.parquet",
        hdbscan="<results>/{survey}/{encoder}/clusters/hdbscan.parquet",
        covariates=lambda wildcards: plan.covariates(wildcards.survey),
    output:
        enrichment="<results>/{survey}/{encoder}/clusters/enrichment.parquet",
        record="<results>/{survey}/provenance/enrich/{encoder}.json",
    log:
        "<logs>/{survey}/enrich/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/enrich/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        settings=settings_of("enrich"),
        code=code_of("enrich"),
    shell:
        """
        python -m skyloom.stages.enrich \
            --index {input.index:q} \
            --kmeans {input.kmeans:q} \
            --hdbscan {input.hdbscan:q} \
            --covariates {input.covariates:q} \
            --enrichment {output.enrichment:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule names:
    """Give the sealed names of clusters to the images that they stand for now."""
    input:
        sealed=lambda wildcards: sealed_names_of(
            plan, wildcards.survey, wildcards.encoder
        ),
        memberships=lambda wildcards: named_memberships(
            plan, wildcards.survey, wildcards.encoder
        ),
        kmeans="<results>/{survey}/{encoder}/clusters/kmeans.parquet",
        hdbscan="<results>/{survey}/{encoder}/clusters/hdbscan.parquet",
    output:
        names="<results>/{survey}/{encoder}/clusters/names.parquet",
        record="<results>/{survey}/provenance/names/{encoder}.json",
    log:
        "<logs>/{survey}/names/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/names/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000, factor=4),
        runtime=minutes(20),
    params:
        code=code_of("names"),
    shell:
        """
        python -m skyloom.stages.names \
            --sealed {input.sealed:q} \
            --memberships {input.memberships:q} \
            --kmeans {input.kmeans:q} \
            --hdbscan {input.hdbscan:q} \
            --names {output.names:q} \
            --record {output.record:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule layout:
    """Lay the images out in two dimensions by PCA and by seeded UMAP."""
    input:
        features=of_survey("{encoder}/features/{shard}.parquet", shard=plan.shards),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
    output:
        map="<results>/{survey}/{encoder}/map.parquet",
        record="<results>/{survey}/provenance/layout/{encoder}.json",
    log:
        "<logs>/{survey}/layout/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/layout/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, factor=4),
        runtime=minutes(60),
    params:
        settings=settings_of("layout"),
        code=code_of("layout"),
    shell:
        """
        python -m skyloom.stages.layout \
            --features {input.features:q} \
            --index {input.index:q} \
            --map {output.map:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """


rule atlas:
    """Write one table that map viewers such as embedding-atlas open."""
    input:
        features=of_survey("{encoder}/features/{shard}.parquet", shard=plan.shards),
        index=of_survey("images/{shard}.parquet", shard=plan.shards),
        map="<results>/{survey}/{encoder}/map.parquet",
        kmeans="<results>/{survey}/{encoder}/clusters/kmeans.parquet",
        hdbscan="<results>/{survey}/{encoder}/clusters/hdbscan.parquet",
    output:
        atlas="<results>/{survey}/{encoder}/atlas.parquet",
        record="<results>/{survey}/provenance/atlas/{encoder}.json",
    log:
        "<logs>/{survey}/atlas/{encoder}.log",
    benchmark:
        "<benchmarks>/{survey}/atlas/{encoder}.jsonl"
    conda:
        "../../envs/skyloom.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000, factor=4),
        runtime=minutes(60),
    params:
        settings=settings_of("atlas"),
        code=code_of("atlas", "display"),
    shell:
        """
        python -m skyloom.stages.atlas \
            --features {input.features:q} \
            --index {input.index:q} \
            --map {input.map:q} \
            --kmeans {input.kmeans:q} \
            --hdbscan {input.hdbscan:q} \
            --atlas {output.atlas:q} \
            --record {output.record:q} \
            --settings {params.settings:q} \
            --threads {threads} >{log:q} 2>&1
        """
