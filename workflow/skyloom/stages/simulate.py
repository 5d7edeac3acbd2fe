"""Write one shard of a simulated archive, in the archive's own format, and the truth about it."""

from skyloom.archives.rows import shard_of_row
from skyloom.archives.simulated import write_simulated
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.surveys.simulation import Simulated
from skyloom.tables import write_table


def simulate(job: Job) -> None:
    """Simulate one shard of a survey's archive."""
    survey, said = job.word("survey"), job.settings
    shard = shard_of_row(said, job.word("shard"))
    options = survey_part(survey, "settings").SimulatorSettings.model_validate(said["simulate"])
    simulator = survey_part(survey, "simulator")
    simulated: Simulated = simulator.simulate_shard(shard, options, said["seed"])
    files = write_simulated(simulated.files, job.path("archive"))
    write_table(job.path("truth"), simulated.truth)
    job.facts |= {"seed": said["seed"], "files": files, "images": len(simulated.truth)}


if __name__ == "__main__":
    run_stage(
        "simulate",
        simulate,
        inputs=[],
        outputs=["archive", "truth"],
        words=["survey", "shard"],
        modules=lambda job: [part_module(job.word("survey"), "simulator")],
    )
