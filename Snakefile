# skyloom: from raw space-image archives to audited labels. The map of the workflow:
#
#   shard sheet ─ acquire ─▶ raw ─ prepare ─▶ images ─ pretrain ─▶ encoder ─ embed ─▶ features
#   features ─ cluster, layout, probe, relabel ─▶ report              every job ─▶ provenance
#
# config/config.yaml is the demo; give another study with --configfile.

from snakemake.utils import min_version

min_version("9.27")

if not workflow.configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/round_files.smk"
include: "workflow/rules/redshift_files.smk"
include: "workflow/rules/records.smk"


localrules:
    acquire,
    compare,
    report,


include: "workflow/rules/acquire.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/probe.smk"
include: "workflow/rules/relabel.smk"
include: "workflow/rules/redshift.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/explore.smk"
include: "workflow/rules/provenance.smk"


rule all:
    """Everything: one report per survey, and the labels to review next."""
    default_target: True
    input:
        of_all("report.html"),
        of_all("provenance.html"),
        of_all("thumbnails/{shard}.arrow", shard=plan.shards),
        open_rounds(),


rule images:
    """Named target: the image stores."""
    input:
        of_all("images/{shard}.parquet", shard=plan.shards),


rule features:
    """Named target: the features of all images by all encoders."""
    input:
        of_all(
            "{encoder}/features/{shard}.parquet",
            encoder=plan.encoders,
            shard=plan.shards,
        ),


rule clusters:
    """Named target: clusters and maps of all trained encoders, also for map viewers."""
    input:
        of_all("{encoder}/clusters/kmeans.parquet", encoder=plan.trained_encoders),
        of_all("{encoder}/atlas.parquet", encoder=plan.trained_encoders),


rule probes:
    """Named target: probes of all encoders, compared."""
    input:
        of_all("comparison/curves.parquet"),
