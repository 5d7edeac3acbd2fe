# skyloom: from raw space-image archives to audited labels. The map of the workflow:
#
#   shard sheet ─ acquire ─▶ raw ─ prepare ─▶ images ─ pretrain ─▶ encoder ─ embed ─▶ features
#   features ─ cluster, layout, probe ─▶ compare ─▶ report            every job ─▶ provenance
#
# config/config.yaml is the demo; give another study with --configfile.

from snakemake.utils import min_version

min_version("9.27")

if not workflow.configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=plan.results,
    logs="logs",
    benchmarks="logs/benchmarks",


wildcard_constraints:
    survey="|".join(plan.surveys),
    encoder="|".join(plan.all_encoders()),
    shard="[A-Za-z0-9][A-Za-z0-9_-]*",
    suffix=r"\.[A-Za-z0-9.]+",


include: "workflow/rules/acquire.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/probe.smk"
include: "workflow/rules/report.smk"


rule all:
    """Everything: one report per survey."""
    default_target: True
    input:
        collect("<results>/{survey}/report.html", survey=plan.surveys),


rule images:
    """Named target: the image stores."""
    input:
        per_shard("images/{shard}.parquet"),


rule encoders:
    """Named target: all encoders."""
    input:
        per_encoder("{encoder}/encoder.safetensors"),


rule features:
    """Named target: the features of all images by all encoders."""
    input:
        per_feature_file,


rule clusters:
    """Named target: the clusters of all trained encoders."""
    input:
        per_trained("{encoder}/clusters/kmeans.parquet"),


rule probes:
    """Named target: probes of all encoders, compared."""
    input:
        collect("<results>/{survey}/comparison/curves.parquet", survey=plan.surveys),


onsuccess:
    announce_reports()
