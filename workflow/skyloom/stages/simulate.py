"""Write one shard of a simulated archive, in the archive's own format."""

from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part


def simulate(job: Job) -> None:
    """Simulate one shard of a survey's archive."""
    survey, said = job.word("survey"), job.settings
    options = survey_part(survey, "settings").SimulatorSettings.model_validate(said["simulate"])
    simulator = survey_part(survey, "simulator")
    simulator.simulate_shard(job.path("archive"), options, said["seed"], said["columns"])
    job.facts["seed"] = said["seed"]


if __name__ == "__main__":
    run_stage(
        "simulate",
        simulate,
        inputs=[],
        outputs=["archive"],
        words=["survey"],
        modules=lambda job: [part_module(job.word("survey"), "simulator")],
    )
