import json
from pathlib import Path

import pytest
import yaml

from made import ROOT
from skyloom.__main__ import main
from skyloom.config import Study, SurveyConfig, config_schema, load_config
from skyloom.plan import Plan
from skyloom.settings.base import ConfigError, models_in
from skyloom.surveys.registry import survey_names, survey_part

GOOD = {
    "surveys": ["mars"],
    "mars": {"shards": "sheet.tsv", "encoders": {"simclr": {"pretrain": {"epochs": 2}}}},
}


def changed(**changes):
    return {**GOOD, **changes}


def in_mars(**changes):
    return {**GOOD, "mars": {**GOOD["mars"], **changes}}


def redshifts(model=None, **changes):
    """A part `redshift` whose one network tells the photometry too."""
    network = {"kind": "network", "photometry_weight": 1, **(model or {})}
    return in_mars(redshift={"models": {"both": network}, "photometry": ["g", "r"], **changes})


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        (changed(sead=1), ["sead: unknown key", "'seed'"]),
        (in_mars(prepar={}), ["mars.prepar: unknown key", "'prepare'"]),
        (in_mars(prepare={"image_sise": 3}), ["mars.prepare.image_sise", "'image_size'"]),
        (
            in_mars(encoders={"a": {"pretrain": {"epoch": 3}}}),
            ["mars.encoders.a.pretrain.epoch: unknown key", "'epochs'"],
        ),
        (
            in_mars(cluster={"k_range": [4, 60], "selection_sample": 60}),
            ["mars.cluster", "selection_sample is 60", "largest k of k_range, 60"],
        ),
        (redshifts(dust=[0.1, 0.5]), ["mars.redshift.dust", "[0.1, 0.5]", "expected 0"]),
        (redshifts(dust=[0, 0.1, 0.1]), ["mars.redshift.dust", "none twice"]),
        (
            redshifts({"fit": {"batch_size": 4}, "unlabelled": 0.9}),
            ["mars.redshift.models.both", "0 labelled images a batch and 4 of all"],
        ),
        (
            redshifts({"fit": {"batch_size": 4}, "unlabelled": 0.1}),
            ["mars.redshift.models.both", "4 labelled images a batch and 0 of all"],
        ),
        (in_mars(prepare={"image_size": -4}), ["mars.prepare.image_size", "-4"]),
        (in_mars(encoders={"raw": {}}), ["'raw' cannot name an encoder"]),
        (in_mars(encoders={}), ["mars.encoders"]),
        (in_mars(baselines=["pixel"]), ["unknown baseline 'pixel'", "'pixels'"]),
        (changed(surveys=["marz"]), ["unknown survey 'marz'", "'mars'"]),
        ({"surveys": ["mars"]}, ["no such section", "config/shards/mars.tsv"]),
        ({"mars": {}}, ["surveys: this key is required"]),
        (in_mars(relabel={"names": {}}), ["relabel.names.algorithm: this key is required"]),
        (in_mars(relabel={"names": {"algorithm": "kmean"}}), ["names.algorithm", "'kmeans'"]),
        (
            in_mars(relabel={"names": {"algorithm": "kmeans", "encodr": "simclr"}}),
            ["relabel.names.encodr: unknown key", "'encoder'"],
        ),
        (in_mars(retrieval={"alike": {"a": ["b"]}}), ["alike.a", "two classes or more"]),
        (
            in_mars(retrieval={"alike": {"a": ["b", "c"], "d": ["c", "e"]}}),
            ["'c' more than once"],
        ),
        (in_mars(simulate={"imagess": 3}), ["mars.simulate.imagess", "'images'"]),
        (
            in_mars(encoders={"a": {"pretrain": {"views": {"crop_area": [0.5, 0.2]}}}}),
            ["crop_area", "smaller first"],
        ),
    ],
)
def test_what_is_wrong_is_said(values, parts):
    with pytest.raises(ConfigError) as raised:
        load_config(values)
    for part in parts:
        assert part in str(raised.value)


def test_surveys_may_be_a_word():
    assert load_config(changed(surveys="mars")).surveys == ("mars",)


def test_baselines_follow_the_main_encoder():
    network = {"architecture": "resnet50", "input_size": 40, "init": "some.pth"}
    section = load_config(in_mars(encoders={"mine": {"network": network}}))["mars"]
    encoders = section.all_encoders()
    assert list(encoders) == ["mine", "pixels", "untrained", "imagenet"]
    assert encoders["untrained"].network.architecture == "resnet50"
    assert encoders["untrained"].network.init == "none"
    assert encoders["untrained"].pretrain is None
    assert encoders["pixels"].pca == 60


def test_schema_file_is_in_step():
    shipped = json.loads((ROOT / "workflow/schemas/config.schema.json").read_text())
    assert shipped == config_schema(), "run `skyloom schema`"


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_configs_are_valid(path, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    values = yaml.safe_load(path.read_text())
    for line in path.read_text().splitlines():
        words = line.removeprefix("#").split()
        if words[:2] == ["skyloom", "list-shards"]:  # a sheet that is made, not shipped
            sheet = tmp_path / Path(words[words.index("--sheet") + 1]).name
            values[words[2]]["shards"] = str(sheet)
            if words[3] == "simulated":
                assert main([*words[1 : words.index("--sheet") + 1], str(sheet), *words[6:]]) == 0
            else:  # made from an archive's index, over the internet
                sheet.write_text("shard\turl\tbytes\tsha256\none\thttps://a.example/x.zip\t\t\n")
    plan = Plan(values)
    assert all(plan.shards(survey) for survey in plan.surveys)


def test_a_stage_is_told_only_what_it_reads(monkeypatch):
    monkeypatch.chdir(ROOT)
    values = yaml.safe_load(Path("config/config.yaml").read_text())
    before = Plan(values)
    values["mars"]["cluster"]["min_cluster_size"] = 77
    after = Plan(values)
    for stage, which in [
        ("pretrain", {"encoder": "simclr"}),
        ("probe", {"encoder": "simclr"}),
        ("prepare", {"shard": "msl-sim-a"}),
    ]:
        assert before.settings(stage, "mars", **which) == after.settings(stage, "mars", **which)
    assert before.settings("cluster", "mars", encoder="simclr") != after.settings(
        "cluster", "mars", encoder="simclr"
    )


def test_readme_explains_every_common_key():
    text = (ROOT / "config/README.md").read_text()
    keys, seen = set(Study.model_fields), set()
    waiting = [SurveyConfig]
    while waiting:
        model = waiting.pop()
        seen.add(model)
        keys |= set(model.model_fields)
        fields = model.model_fields.values()
        inner = [found for field in fields for found in models_in(field.annotation)]
        waiting += [found for found in inner if found not in seen]
    assert {"load_size", "horizontal_flip", "selection_sample"} <= keys
    assert not {key for key in keys if f"`{key}`" not in text}


@pytest.mark.parametrize("survey", survey_names())
def test_the_page_of_a_survey_explains_its_own_keys(survey):
    text = (ROOT / "docs" / f"{survey}.md").read_text()
    own = survey_part(survey, "settings")
    keys = {*own.ReaderSettings.model_fields, *own.SimulatorSettings.model_fields}
    assert not {key for key in keys if f"`{key}`" not in text}


@pytest.mark.parametrize(
    ("survey", "views", "mirroring"),
    [
        ("galaxies", None, True),
        ("galaxies", {"horizontal_flip": 0, "vertical_flip": 0.5}, True),
        ("galaxies", {"horizontal_flip": 0, "vertical_flip": 0}, False),
    ],
)
def test_encoders_with_mirrored_views_are_known(survey, views, mirroring, tmp_path):
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text("shard\turl\tbytes\tsha256\na\ta.zip\t\t\n")
    encoders = {"ours": {"pretrain": {"views": views}}, "loaded": {}}
    plan = Plan({"surveys": [survey], survey: {"shards": str(sheet), "encoders": encoders}})
    assert plan.mirroring_encoders(survey) == (["ours"] if mirroring else [])
