"""What the program promises: each in a sentence, with the tests that hold it."""

from dataclasses import dataclass

R = "tests/reliability/"


@dataclass(frozen=True)
class Promise:
    """A promise. elsewhere: what of it cannot be measured here, and how it would be."""

    goal: str
    sentence: str
    tests: tuple[str, ...] = ()
    elsewhere: str = ""


PROMISES = (
    Promise(
        "G1",
        "A kill at any moment leaves a whole checkpoint; at most ten seconds and three "
        "times the writing of a checkpoint are lost.",
        (
            f"{R}test_kills.py::test_a_run_that_is_killed_loses_ten_seconds_at_most_and_leaves_nothing",
        ),
    ),
    Promise(
        "G2",
        "Whichever call fails, and with whichever error, the old file stays, nothing is "
        "left over, and one sentence says why.",
        (
            f"{R}test_faults.py::test_whichever_call_fails_the_old_file_stays",
            f"{R}test_faults.py::test_whichever_statement_fails_the_history_is_as_before",
            f"{R}test_faults.py::test_a_file_that_may_grow_no_further_is_told_and_the_old_one_stays",
        ),
    ),
    Promise(
        "G3",
        "A power cut leaves the old file or the new one.",
        (
            f"{R}test_power_cut.py::test_a_file_is_the_old_one_or_the_new_one",
            f"{R}test_power_cut.py::test_what_was_kept_of_a_run_is_found_again",
        ),
    ),
    Promise(
        "G4",
        "A run that goes on ends with the same bits as one never stopped.",
        (
            "tests/engine/training/test_resume.py::test_stopped_at_every_event_it_ends_with_the_same_bits",
            "tests/engine/training/test_checkpoint.py::test_a_chain_of_twelve_stops_changes_nothing",
        ),
    ),
    Promise(
        "G5",
        "A broken file of any kind is refused in one sentence, within a second of the processor.",
        (
            f"{R}test_fuzz.py::test_broken_bytes_are_refused_in_a_sentence",
            f"{R}test_fuzz.py::test_a_broken_checkpoint_with_a_right_digest_is_refused_in_a_sentence",
            f"{R}test_fuzz.py::test_broken_preferences_are_left_out_and_told",
            f"{R}test_fuzz.py::test_a_history_of_broken_bytes_is_read_or_set_aside",
            f"{R}test_fuzz.py::test_a_history_of_any_values_is_read",
        ),
    ),
    Promise(
        "G6",
        "A header that asks for absurd amounts is refused before anything is unpacked.",
        (
            "tests/engine/data/test_idx_hostile.py::test_a_gzip_bomb_is_refused_before_it_is_unpacked",
            "tests/engine/data/test_pictures_hostile.py::test_an_absurd_size_is_refused_before_anything_is_decoded",
            "tests/engine/models/test_safetensors_hostile.py::test_absurd_sizes_reserve_no_memory",
        ),
    ),
    Promise(
        "G7",
        "A process of a team that dies, fails or freezes is replaced, and the bits stay the same.",
        (
            "tests/engine/training/parallel/test_recovery.py::test_a_lost_process_is_replaced_and_the_same_bits_come_of_it",
            "tests/engine/training/parallel/test_recovery.py::test_one_that_dies_after_its_answer_is_noticed_at_once",
        ),
    ),
    Promise(
        "G8",
        "After the end of the program, however it came, no process of it is left and "
        "nothing in shared memory.",
        (
            f"{R}test_kills.py::test_a_run_that_is_killed_loses_ten_seconds_at_most_and_leaves_nothing",
            "tests/engine/training/parallel/test_pool.py::test_no_process_outlives_its_parent_however_that_ends",
            "tests/engine/training/parallel/test_pool.py::test_who_waits_for_another_notices_that_the_parent_is_gone",
        ),
    ),
    Promise(
        "G9",
        "A signal at any moment, or a terminal that is closed, ends the app saved, with "
        "its code and the terminal as it was.",
        (
            f"{R}test_signals.py::test_a_signal_in_the_first_second_restores_the_terminal",
            f"{R}test_endings.py::test_whatever_ends_the_app_it_is_saved_and_the_terminal_as_before",
            "tests/app/test_endings.py::test_a_signal_while_training_saves_and_restores_the_terminal",
            "tests/app/test_endings.py::test_a_closed_terminal_saves_and_leaves_no_process",
            "tests/app/test_job_control.py::test_a_signal_at_any_moment_ends_the_app_with_its_code",
        ),
    ),
    Promise(
        "G10",
        "A fault in any part of the screen ends the app with 1 and harms no run.",
        (
            f"{R}test_handlers.py::test_a_handler_that_fails_ends_the_app_and_not_the_run",
            f"{R}test_handlers.py::test_a_run_whose_app_failed_has_the_bits_of_one_left_alone",
            f"{R}test_handlers.py::test_a_terminal_is_as_before_after_a_fault",
        ),
    ),
    Promise(
        "G11",
        "No keys, clicks and sizes end the app, and looking on changes no bit of a run.",
        (
            f"{R}test_monkey.py::test_a_monkey_does_not_end_the_app",
            f"{R}test_monkey.py::test_a_run_that_is_only_looked_at_learns_the_bits_of_one_left_alone",
            "tests/widgets/test_dialogs.py::test_keys_that_close_a_dialog_twice_close_it_once",
        ),
    ),
    Promise(
        "G12",
        "Every mode works in every size of the window, and a storm of sizes comes to rest.",
        (
            "tests/app/test_sizes.py::test_everything_shows_at_every_size_and_takes_keys",
            "tests/app/test_sizes.py::test_a_storm_of_sizes_comes_to_rest_at_the_last_one",
        ),
    ),
    Promise(
        "G13",
        "Widgets, tasks, threads and open files do not grow with the use of an app, and from "
        "minute 5 on its memory at rest by less than 5 MB an hour.",
        (
            f"{R}test_soak.py::test_what_the_app_holds_does_not_grow_with_its_use",
            f"{R}test_soak.py::test_the_memory_at_rest_does_not_grow_in_half_an_hour",
        ),
        "48 hours: `python -m tests.reliability.soak --seconds 172800` on a machine of its own. "
        "The slope in use, too: memory goes up and down with what is trained, so that half an hour "
        "tells it with an error of some MB an hour.",
    ),
    Promise(
        "G14",
        "A download is whole or not there.",
        (
            "tests/engine/data/test_download.py::test_a_fault_that_passes_is_got_over",
            "tests/engine/data/test_download.py::test_a_cancel_in_the_middle_leaves_nothing",
            "tests/engine/data/test_download.py::test_a_download_that_is_killed_leaves_nothing_that_is_taken_for_whole",
        ),
    ),
    Promise(
        "G15",
        "The history loses nothing that was written, to kills, to faults or to others who write.",
        (
            "tests/history/test_history.py::test_two_programs_write_at_once_and_nothing_is_lost",
            "tests/history/test_history.py::test_a_writer_that_is_killed_loses_nothing_it_has_written",
            "tests/history/test_history.py::test_somebody_who_reads_keeps_nobody_from_writing",
            "tests/history/test_history.py::test_what_is_written_is_made_to_last",
        ),
    ),
    Promise(
        "G16",
        "Two programs never train one run.",
        (
            "tests/storage/test_checkpoints.py::test_a_run_that_somebody_trains_is_neither_offered_nor_taken",
            "tests/modes/runs/test_two_programs.py::test_a_run_that_another_program_trains_is_listed_and_not_forgotten",
        ),
    ),
    Promise(
        "G17",
        "A run that diverges is told before the broken update, and its last good weights stay.",
        (
            "tests/engine/training/test_divergence.py::test_an_explosion_is_told_and_stops_training",
            "tests/engine/training/test_divergence.py::test_parameters_stay_as_they_were_before_the_broken_update",
        ),
    ),
    Promise(
        "G18",
        "Commands end in a sentence and the right code, whatever their streams and places are.",
        (
            "tests/cli/test_streams.py::test_a_reader_that_has_gone_ends_the_program_quietly",
            "tests/cli/test_streams.py::test_closed_streams_lead_nowhere",
            "tests/cli/test_places.py::test_a_home_of_nobody_is_one_sentence",
        ),
    ),
    Promise(
        "G19",
        "Where memory or room on the disk is short, that is told in a sentence.",
        (
            "tests/engine/training/test_memory_there_is.py::test_one_that_does_not_fit_is_told_with_what_it_needs_and_what_there_is",
            "tests/engine/training/parallel/test_pool.py::test_too_little_shared_memory_is_told",
            "tests/cli/test_unsaved.py::test_whatever_the_disk_says_is_told_once_and_the_run_is_put_elsewhere",
        ),
        "1 MB of shared memory: `docker run --shm-size=1m`, then the short form of these tests.",
    ),
    Promise(
        "G20",
        "A model means the same in every format.",
        (
            "tests/cli/test_convert.py::test_the_way_through_all_formats_loses_no_parameter",
            "tests/engine/models/test_onnx_file.py::test_onnxruntime_reads_a_thousand_digits_alike",
        ),
    ),
    Promise(
        "G21",
        "Faults that are built in are noticed by a test.",
        (f"{R}test_mutants.py::test_a_fault_that_is_built_in_is_noticed",),
        "A score over all of the storage code, such as mutmut over `engine/atomic_write.py`, "
        "`numrec_tui/storage/checkpoints.py` and `numrec_tui/history/database.py`.",
    ),
    Promise(
        "G22",
        "The wheel works in an environment of its own.",
        (),
        "`.ci/run` does it with one Python on one system; Python 3.11 to 3.14, macOS and Windows "
        "need machines that have them, and the same steps.",
    ),
    Promise(
        "G23",
        "The same number of processes gives the same bits, another one agrees to rounding.",
        (
            "tests/engine/training/parallel/test_pool.py::test_the_same_number_of_processes_gives_the_same_bits",
            "tests/engine/training/parallel/test_pool.py::test_two_processes_learn_what_one_learns",
        ),
        "Other systems and processors: `train --seed 1 --json` on each, and the losses compared.",
    ),
)

NOT_PROMISED = (
    "Disks that lie about what they have written, network drives, and folders that a cloud keeps "
    "in step.",
    "A folder of a run that somebody else edits while it is open, or a person of this machine who "
    "means harm and may write to it.",
    "The same bits from other processors, other BLAS libraries or another number of processes.",
    "A terminal that is restored after SIGKILL; the next start says how to reset it.",
    "macOS and Windows: what is here was measured on Linux.",
)
