"""The thirty invariants of nodes that trust no other, each with the tests that hold it.

A number's own tests begin `test_NN_` and stand in this folder; the others are named by file and function.
Where a sentence was written for a design that was not built, `instead` says what holds in its place, and
the decision record `0022` why.
"""

from dataclasses import dataclass

RECORD = "docs/decisions/0022-invariants-that-were-changed.md"


@dataclass(frozen=True)
class Invariant:
    """One law, in a sentence, with the tests that fail when it does not hold."""

    law: str
    tests: tuple[str, ...]
    instead: str = ""


INVARIANTS: dict[int, Invariant] = {
    1: Invariant(
        "Size and index of a log only grow, and leave no gap.",
        (
            "tests/invariants/test_logs.py::test_01_size_and_index_only_grow_and_leave_no_gap",
            "tests/faults/test_mishaps.py::test_threads_that_write_one_log_at_once_leave_no_gap",
            "tests/attacks/test_bytes.py::test_gap_in_the_index",
        ),
    ),
    2: Invariant(
        "Any two heads that one log key signed are consistent, or a proof of the fork is kept and shown.",
        (
            "tests/invariants/test_nodes.py::test_02_two_heads_that_contradict_each_other_are_proved_and_shown_everywhere",
            "tests/witness/test_evidence.py::test_two_roots_of_one_size_are_evidence",
            "tests/witness/test_evidence.py::test_other_past_of_a_larger_head_is_evidence",
            "tests/witness/test_evidence.py::test_honest_heads_are_never_evidence",
            "tests/witness/test_pages.py::test_home_raises_the_alarm",
        ),
    ),
    3: Invariant(
        "A crash at any write (kill, full disk, torn page) leaves every published head a prefix of the log.",
        (
            "tests/invariants/test_logs.py::test_03_a_crash_at_any_place_leaves_every_published_head_a_prefix",
            "tests/faults/test_processes.py::test_killed_a_hundred_times_under_load_and_nothing_acknowledged_is_lost",
            "tests/faults/test_disk.py::test_full_disk",
            "tests/faults/test_damage.py::test_lost_sector_in_the_database",
            "tests/faults/test_statements.py::test_a_statement_that_fails_leaves_nothing_half_said",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    4: Invariant(
        "A restored older database signs no new head before it has caught up with its witnesses.",
        (
            "tests/invariants/test_nodes.py::test_04_a_restored_older_database_signs_nothing_before_it_holds_what_others_have_of_it",
            "tests/witness/test_start.py::test_restored_older_database_never_signs_before_catching_up",
            "tests/witness/test_start.py::test_copied_home_waits_for_the_others",
        ),
    ),
    5: Invariant(
        "The frontier's root is the tree hash of RFC 6962 for every size up to 1,000.",
        ("tests/kernel/test_merkle.py::test_frontier_root_is_the_tree_hash_for_every_small_size",),
    ),
    6: Invariant(
        "Every inclusion and consistency proof that we give verifies in another author's library, and any flipped bit fails.",
        (
            "tests/kernel/test_vectors.py::test_every_byte_is_the_one_that_go_computes",
            "tests/kernel/test_vectors.py::test_what_go_signed_and_proved_verifies",
            "tests/kernel/test_merkle.py::test_every_inclusion_proof_holds_exhaustively",
            "tests/kernel/test_merkle.py::test_every_consistency_proof_holds_exhaustively",
            "tests/kernel/test_merkle.py::test_an_inclusion_proof_fails_with_any_bit_or_number_changed",
            "tests/kernel/test_merkle.py::test_a_consistency_proof_fails_with_any_bit_changed",
        ),
        "We give no subtree proofs, and the second library needs a newer Python than ours.",
    ),
    7: Invariant(
        "Two calls of add-checkpoint at once never roll back.",
        ("tests/witness/test_add_checkpoint.py::test_two_at_once_never_roll_back",),
    ),
    8: Invariant(
        "No cosignature for a smaller or inconsistent tree, however calls interleave.",
        (
            "tests/witness/test_add_checkpoint.py::test_no_cosignature_for_a_smaller_or_inconsistent_tree",
            "tests/attacks/test_witnesses.py::test_split_view_shown_to_one_witness_twice",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    9: Invariant(
        "A quorum counts hosts, and each key once.",
        (
            "tests/kernel/test_policy.py::test_quorum_is_a_count_of_groups",
            "tests/kernel/test_policy.py::test_members_on_one_host_or_with_one_key_count_once",
            "tests/kernel/test_policy.py::test_unlike_key_names_do_not_make_two_of_one_key",
            "tests/attacks/test_witnesses.py::test_one_witness_under_two_names",
        ),
    ),
    10: Invariant(
        "What is signed is the bytes on the wire; duplicate keys, NaN, bad UTF-8 and too much are refused.",
        (
            "tests/laws/test_kinds.py::test_any_record_survives_the_wire",
            "tests/attacks/test_bytes.py::test_header_that_is_none",
            "tests/attacks/test_bytes.py::test_header_bytes_that_are_none",
            "tests/attacks/test_bytes.py::test_body_that_is_no_envelope",
            "tests/attacks/test_bytes.py::test_oversize_body",
        ),
    ),
    11: Invariant(
        "Signatures are judged by one pinned rule, on a corpus made to divide libraries.",
        (
            "tests/kernel/test_note.py::test_a_small_order_r_is_refused",
            "tests/kernel/test_note.py::test_a_mixed_order_key_is_refused_even_with_a_signature_that_libraries_accept",
            "tests/kernel/test_note.py::test_small_and_non_canonical_keys_are_refused",
            "tests/kernel/test_note.py::test_the_rule_accepts_honest_signatures_and_no_changed_one",
        ),
    ),
    12: Invariant(
        "A key outside its scope or its interval of positions never counts.",
        (
            "tests/kernel/test_verify_keys.py::test_invariant_12_a_key_never_counts_outside_its_interval",
            "tests/kernel/test_chain.py::test_a_head_is_judged_by_the_key_whose_range_holds_it",
            "tests/kernel/test_roots.py::test_a_head_of_the_old_key_above_the_start_is_refused",
            "tests/attacks/test_authority.py::test_officer_without_the_capability",
            "tests/attacks/test_authority.py::test_officer_after_it_was_revoked",
            "tests/attacks/test_approval.py::test_approval_by_an_ended_key",
            "tests/attacks/test_approval.py::test_approval_by_a_key_before_it_was_enrolled",
        ),
    ),
    13: Invariant(
        "The next version of the roots needs a threshold of the old and of the new, and hashes that were committed to; each key counts once.",
        (
            "tests/kernel/test_chain.py::test_invariant_13_tuf_5_3_4_must_be_signed_by_a_threshold_of_the_old_and_of_the_new_roots",
            "tests/kernel/test_chain.py::test_invariant_13_a_root_that_was_not_committed_to_is_refused",
            "tests/kernel/test_chain.py::test_invariant_13_each_key_counts_once_however_often_it_signs",
            "tests/kernel/test_chain.py::test_one_key_under_two_names_is_no_two_roots",
        ),
    ),
    14: Invariant(
        "Whoever holds all online keys and all current roots cannot rotate.",
        (
            "tests/kernel/test_chain.py::test_invariant_14_all_online_keys_and_all_current_roots_cannot_rotate",
            "tests/attacks/test_keys.py::test_stolen_current_roots",
        ),
    ),
    15: Invariant(
        "A member's roots never sign two different versions of the same number.",
        (
            "tests/kernel/test_roots.py::test_invariant_15_two_documents_of_one_version_are_an_alarm",
            "tests/attacks/test_keys.py::test_stolen_roots_of_both_sets_are_noticed",
        ),
        "There is no chain of pact versions: a charter is amended by ballots, each in its member's own log.",
    ),
    16: Invariant(
        "The state's hash does not depend on order of arrival, repetition, batches or restarts.",
        (
            "tests/laws/test_arrival.py::test_the_same_logs_give_the_same_state_however_they_arrive",
            "tests/laws/test_arrival.py::test_a_replay_in_memory_and_a_rebuild_in_small_steps_give_the_same_state",
            "tests/rig/test_fifty.py::test_fifty_nodes_after_a_cut_come_to_one_state_by_few_questions",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    17: Invariant(
        "The state at given sizes of the logs depends on these prefixes alone.",
        ("tests/laws/test_arrival.py::test_a_prefix_decides_for_ever",),
    ),
    18: Invariant(
        "More records never change whether an applied record holds, but where its log's own roots cut it off.",
        (
            "tests/laws/test_arrival.py::test_a_prefix_decides_for_ever",
            "tests/kernel/test_roots.py::test_a_planned_rotation_takes_nothing_out",
            "tests/kernel/test_roots.py::test_what_is_disowned_stays_so_whatever_comes_later",
        ),
    ),
    19: Invariant(
        "The fold is total: no bytes whatever in a body raise.",
        (
            "tests/laws/test_arrival.py::test_no_bytes_in_a_body_ever_stop_the_fold",
            "tests/laws/test_arrival.py::test_no_words_under_any_kind_ever_stop_the_fold",
            "tests/laws/test_kinds.py::test_no_bytes_whatever_raise_in_the_fold",
            "tests/laws/test_kinds.py::test_apply_is_total_and_what_it_leaves_can_be_saved",
        ),
    ),
    20: Invariant(
        "What waits is bounded, and is folded exactly when what it cites has come.",
        (
            "tests/sync/test_waiting.py::test_a_log_of_which_too_many_wait_is_taken_in_no_further",
            "tests/sync/test_waiting.py::test_a_log_that_waits_says_for_what_and_goes_on_when_it_comes",
            "tests/attacks/test_citations.py::test_what_waits_is_folded_when_its_citation_comes",
            "tests/attacks/test_citations.py::test_citation_never_made_waits_and_holds_up_nobody_else",
        ),
    ),
    21: Invariant(
        "What would change a row from a log that is not its home is void on every node.",
        (
            "tests/invariants/test_nodes.py::test_21_a_row_written_from_another_log_is_void_on_every_node",
            "tests/attacks/test_authority.py::test_record_upon_another_members_row",
            "tests/attacks/test_authority.py::test_subject_key_tricks",
        ),
    ),
    22: Invariant(
        "Any two nodes that can exchange messages after a partition converge, by a bounded number of questions for each log.",
        (
            "tests/invariants/test_nodes.py::test_22_after_a_partition_few_questions_bring_any_number_of_records",
            "tests/rig/test_fifty.py::test_fifty_nodes_after_a_cut_come_to_one_state_by_few_questions",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    23: Invariant(
        "A transfer that breaks off at any byte goes on without loss and without a double entry.",
        (
            "tests/sync/test_resume.py::test_of_an_answer_cut_at_any_byte_whole_segments_are_read_and_nothing_else",
            "tests/sync/test_resume.py::test_a_transfer_that_breaks_off_everywhere_ends_whole",
            "tests/sync/test_resume.py::test_a_log_fetched_in_part_is_sound_at_every_point",
        ),
    ),
    24: Invariant(
        "A node that lies, sends too much or too slowly cannot keep others from the honest ones.",
        (
            "tests/invariants/test_nodes.py::test_24_a_node_that_lies_in_every_answer_keeps_nobody_from_the_others",
            "tests/sync/test_byzantine.py::test_a_lying_peer_does_not_keep_the_others_from_being_heard",
            "tests/attacks/test_peers.py::test_an_oversized_answer_is_cut_off_and_its_sender_is_left",
            "tests/sync/test_http.py::test_a_slow_loris_is_left_when_the_time_is_over",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    25: Invariant(
        "Nothing is said to have arrived before it is durable.",
        (
            "tests/invariants/test_nodes.py::test_25_no_receipt_is_given_for_what_a_crash_can_still_take_back",
            "tests/witness/test_add_checkpoint.py::test_unwritten_is_unsaid",
        ),
    ),
    26: Invariant(
        "The whole home of a node outside an audience holds no word, kind, object or reader of what is restricted.",
        (
            "tests/invariants/test_nodes.py::test_26_the_whole_home_of_a_node_outside_the_audience_holds_nothing_of_it",
            "tests/seal/test_sealing.py::test_a_sealed_record_is_read_by_its_readers_and_by_nobody_else",
            "tests/seal/test_sealing.py::test_wraps_are_padded_in_number_by_dummies",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    27: Invariant(
        "Who was removed from an audience can derive no later key.",
        (
            "tests/invariants/test_nodes.py::test_27_who_was_removed_derives_no_later_key",
            "tests/seal/test_sealing.py::test_a_removed_reader_reads_nothing_that_comes_later",
            "tests/seal/test_epochs.py::test_a_reader_opens_what_was_said_while_it_belonged_and_nothing_else",
        ),
    ),
    28: Invariant(
        "Erased bodies come back from no peer, backup, stick or replay, and every other record's proof stays as it was.",
        (
            "tests/invariants/test_nodes.py::test_28_what_was_erased_comes_back_from_no_peer_backup_or_replay",
            "tests/invariants/test_nodes.py::test_28_a_body_that_comes_after_the_order_to_erase_it_is_not_taken_in",
            "tests/seal/test_erasing.py::test_an_erased_body_that_a_peer_calls_new_is_never_taken_in",
            "tests/seal/test_erasing.py::test_a_backup_from_before_the_order_forgets_again_when_it_hears_of_it",
            "tests/attacks/test_peers.py::test_a_peer_that_claims_an_erased_body_is_new_is_not_believed",
            "tests/rig/test_seeds.py::test_every_law_holds_after_healing",
        ),
    ),
    29: Invariant(
        "A body always matches the commitment in its header, or is not kept.",
        (
            "tests/invariants/test_nodes.py::test_29_a_body_is_kept_only_if_it_is_what_its_header_commits_to",
            "tests/attacks/test_bytes.py::test_body_that_does_not_match_the_commitment",
            "tests/attacks/test_peers.py::test_a_body_that_nobody_committed_to_is_not_kept",
        ),
    ),
    30: Invariant(
        "A clock that is a year wrong changes no state, only the times shown and the warnings of silence.",
        (
            "tests/invariants/test_time.py::test_30_a_clock_a_year_wrong_changes_no_state",
            "tests/witness/test_dating.py::test_a_clock_a_year_off_changes_no_state",
            "tests/witness/test_duties.py::test_a_clock_a_year_off_changes_no_rows_and_no_date",
        ),
    ),
}
