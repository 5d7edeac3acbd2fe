"""What goes wrong, what comes of it, and which test shows it; as a script, docs/reliability.md.

    python tests/faults/reliability.py

Counts of kills come from docs/tables/kills.tsv, which tests/workflow/kills.py writes.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = ROOT / "docs" / "tables" / "kills.tsv"
PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Fault:
    """One kind of fault: its test is `file::function` under `tests/`."""

    what: str
    outcome: str
    test: str


FAULTS = {
    "Processes": (
        Fault(
            "a job of any stage ends by `kill -9`",
            "no output is there that is not whole; the next run writes the same bytes",
            "workflow/test_kills.py::test_killed_jobs_write_the_same_bytes",
        ),
        Fault(
            "a killed job leaves a temporary file beside an output",
            "the next run of the job removes it",
            "stages/test_job.py::test_a_job_removes_what_killed_ones_left_of_its_outputs",
        ),
        Fault(
            "trainer and workflow end by `kill -9`",
            "the next call goes on at the last epoch and ends in the same bytes",
            "workflow/test_faults.py::test_kill_9_during_pretraining_and_a_second_call_give_the_same_bytes",
        ),
        Fault(
            "a signal asks a training to stop",
            "its state is saved, its exit status is its own",
            "workflow/test_training.py::test_a_signal_saves_the_state_and_ends_with_its_own_status",
        ),
        Fault(
            "two workflows in one folder",
            "the second one is refused and says so",
            "workflow/test_broken_folders.py::test_a_second_workflow_in_the_same_folder_is_told_of_the_first",
        ),
        Fault(
            "a download ends by `kill -9`",
            "the next one goes on where it ended",
            "archives/test_download.py::test_kill_9_in_the_middle_of_a_download_and_resume",
        ),
        Fault(
            "two writers of one record, killed",
            "a whole record is there",
            "provenance/test_records.py::test_kill_9_and_two_writers_leave_a_whole_record",
        ),
    ),
    "Disks and clocks": (
        Fault(
            "the disk is full in the middle of a stage",
            "what was there stays, no part is left, the stage fails by name",
            "workflow/test_broken_folders.py::test_a_full_disk_leaves_what_was_there",
        ),
        Fault(
            "the disk is full in the middle of a download",
            "the part stays for the next call, no file appears",
            "archives/test_download.py::test_a_full_disk_leaves_the_partial_and_no_file",
        ),
        Fault(
            "the disk is full while a verdict is written",
            "it is refused and no part of it stays; sent again it is taken",
            "relabel/test_verdict_log.py::test_a_full_disk_leaves_no_part_of_a_row",
        ),
        Fault(
            "the disk is full while a run is recorded",
            "the run goes on, its record stays whole without the line",
            "provenance/test_records.py::test_a_line_that_a_full_disk_cuts_short_leaves_the_run_whole",
        ),
        Fault(
            "results cannot be written",
            "the folder is named, nothing changes",
            "workflow/test_broken_folders.py::test_a_folder_that_cannot_be_written_is_named",
        ),
        Fault(
            "clocks jump by twenty years, either way",
            "the same bytes; the audit is clean",
            "workflow/test_broken_folders.py::test_a_clock_that_jumped_changes_no_result",
        ),
        Fault(
            "a byte of a result flips",
            "the audit names the file",
            "workflow/test_study.py::test_audit_finds_a_flipped_byte_in_the_features",
        ),
    ),
    "Archives": (
        Fault(
            "a server stalls, lies about sizes, cuts, sends other bytes, asks to wait",
            "retried, resumed, or refused with both checksums ([table](archives.md#faults))",
            "archives/test_download.py::test_fault_has_its_outcome",
        ),
        Fault(
            "a file changes in the archive",
            "refused by name",
            "archives/test_fetch.py::test_a_member_that_changed_in_the_archive_is_refused",
        ),
        Fault(
            "raw files of eight formats: bits flipped, cut, with holes, noise or repeated parts",
            "a reason for the file or for the image, never another error, bounded memory",
            "faults/test_damaged_files.py::test_damage_is_a_reason_or_harmless",
        ),
        Fault(
            "2 % of the images are damaged",
            "rejected rows with reasons; the study goes on",
            "workflow/test_study.py::test_tables_have_the_columns_of_the_contract",
        ),
        Fault(
            "more images are damaged than the config allows",
            "the rule fails and says how many",
            "workflow/test_faults.py::test_too_many_unreadable_images_fail_the_rule_by_name",
        ),
    ),
    "People": (
        Fault(
            "any key of a config is misspelt",
            "refused before any job, with the nearest valid key",
            "faults/test_misspelt_keys.py::test_a_misspelt_key_is_refused_and_mended",
        ),
        Fault(
            "the review page's server ends by `kill -9`",
            "nothing acknowledged is lost, what waits in the browser is sent later",
            "web/test_review_page.py::test_nothing_acknowledged_is_lost_when_the_server_is_killed",
        ),
        Fault(
            "a verdict is written while somebody closes its round",
            "it is in the closed file, or refused",
            "relabel/test_closing.py::test_nobody_writes_to_a_round_while_it_is_closed",
        ),
        Fault(
            "two programs write to one log of verdicts",
            "both see all rows, in one order",
            "relabel/test_verdict_log.py::test_two_programs_write_to_one_log",
        ),
        Fault(
            "the reviewer's browser is closed or reloaded with decisions waiting",
            "they are sent after it is back",
            "web/test_review_page.py::test_what_waits_survives_a_reload",
        ),
        Fault(
            "a verdict log ends within a row, or holds what is none",
            "the torn row is set aside; other lines are named",
            "relabel/test_verdict_log.py::test_a_torn_line_is_left_out_and_set_aside",
        ),
        Fault(
            "a verdict log of arbitrary bytes",
            "rows or a message, never another error; nothing is overwritten",
            "faults/test_verdict_bytes.py::test_any_bytes_are_rows_or_a_message",
        ),
        Fault(
            "a closed round is edited by hand",
            "refused",
            "workflow/test_rounds.py::test_a_closed_round_edited_by_hand_is_refused",
        ),
    ),
    "Clusters": (
        Fault(
            "scancel, a time limit, memory, a node that goes down, preemption",
            "trainings end in the undisturbed run's bytes (`make test-slurm`)",
            "slurm/test_mishaps.py::test_a_disturbed_training_ends_in_the_same_bytes",
        ),
        Fault(
            "the head of a workflow dies, its job goes on",
            "the second call waits for the orphan instead of training twice",
            "slurm/test_workflow.py::test_a_dead_head_and_its_orphan",
        ),
    ),
    "Attacks": (
        Fault(
            "other sites, other names of the host, wrong tokens",
            "refused",
            "web/test_guard.py::test_other_sites_cannot_change_anything",
        ),
        Fault(
            "addresses that climb out of the served folder",
            "refused",
            "web/test_guard.py::test_files_outside_static_are_not_served",
        ),
        Fault(
            "pickled objects in weights or archives; text run as code or shell line",
            "not opened; no such call is in the library",
            "faults/test_code_is_safe.py::test_a_file_of_the_library_is_safe",
        ),
    ),
}

HEAD = """# What goes wrong, and what comes of it

Written by `python tests/faults/reliability.py`; every row is a test that runs in every check of the
project, but for those of a real SLURM (`make test-slurm`) and the long campaigns (`make faults`).
"""


def page() -> str:
    """Return docs/reliability.md."""
    parts = [HEAD]
    for title, faults in FAULTS.items():
        parts.append(f"## {title}\n\n| fault | outcome | test |\n|---|---|---|")
        parts.append(
            "\n".join(f"| {one.what} | {one.outcome} | `{one.test}` |" for one in faults) + "\n"
        )
    parts.append(kill_table())
    return "\n".join(parts)


def kill_table() -> str:
    """Return how many jobs of each stage were killed in the last campaign."""
    if not KILLS.exists():
        return "The campaign of kills was not run yet: `make faults`.\n"
    rows = list(csv.DictReader(KILLS.open(), delimiter="\t"))
    stages, struck = Counter[str](), Counter[str]()
    for row in rows:
        stages[row["stage"]] += 1
        struck[row["stage"]] += row["ended"] == "False"
    wrong = sum(int(row["torn"]) + int(row["differing"]) for row in rows)
    left = sum(int(row["left"]) for row in rows)
    lines = [
        "## The campaign of kills\n",
        f"{len(rows)} kills at random moments, from seeds 0 to {len(rows) - 1}, over "
        f"{len(stages)} stages (`python tests/workflow/kills.py`): {sum(struck.values())} struck "
        f"while the job ran, {len(rows) - sum(struck.values())} came after its end; "
        f"**{wrong} outputs were torn or written otherwise afterwards**. "
        f"Temporary files that kills left beside the outputs: {left}; a job removes those of its "
        "outputs when it ends.\n",
        "| stage | kills | while it ran |\n|---|---|---|",
        *(f"| {stage} | {count} | {struck[stage]} |" for stage, count in sorted(stages.items())),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
