# SPDX-License-Identifier: GPL-3.0-or-later
"""The lessons: what they claim holds, by order and count, and questions wait for an answer."""
import os
from concurrent.futures import ThreadPoolExecutor

from cli import Terminal, main, same, session_of, test, wait_until

# Every lesson and what it claims.  A claim is null where the machine cannot show it.
CLAIMS = {
    "process": {"child_knows_its_parent", "alive_before_join_only", "exit_status_arrives",
                "timeout_leaves_child_alive", "ended_and_unjoined_is_a_zombie",
                "terminated_by_signal", "copied_list_is_unchanged", "shared_list_is_changed",
                "wrong_join_is_sequential", "right_join_overlaps"},
    "pool": {"fourth_task_waits", "a_take_per_task", "a_take_per_chunk",
             "every_task_has_its_result", "arrival_is_not_task_order", "index_restores_order"},
    "montecarlo": {"parts_add_up_to_the_serial_count", "answer_does_not_depend_on_workers",
                   "four_times_the_work_halves_the_error", "lazy_needs_fewer_bits",
                   "lazy_has_the_same_error"},
    "bbp": {"longest_task_is_more_than_a_third", "digits_are_right", "longest_first_helps"},
    "messages": {"pipe: in order, none lost", "queue: in order, none lost",
                 "shared memory: in order, none lost"},
    "lock": {"lost_updates_happened", "locked_count_is_exact", "atomic_count_is_exact",
             "big_lock_count_is_exact", "big_lock_lets_one_in_at_a_time",
             "private_count_is_exact", "one_line_count_is_exact", "padded_count_is_exact"},
    "processes-threads": {"same_answer", "break_even_is_known", "process_survives_the_other",
                          "threads_die_together"},
    "amdahl": {"scaling_is_seen", "speedup_is_below_the_limit", "a_fifth_is_serial",
               "answer_does_not_depend_on_workers", "grown_answers_are_right"},
    "balance": {"static_cuts_in_halves", "dynamic_is_more_even", "static_gives_equal_numbers",
                "dynamic_gives_the_slow_fewer"},
    "pinning": {"pinned_stays_on_its_cpu", "both_were_bound_to_one_cpu",
                "pinned_use_different_cpus", "siblings_share_a_core"},
}
# What one CPU cannot show; it says so.
NEEDS_TWO_CPUS = {"longest_first_helps", "lost_updates_happened", "break_even_is_known",
                  "scaling_is_seen", "pinned_use_different_cpus"}
# What this machine may not have: siblings, the right to bind.
MAY_BE_MISSING = {"siblings_share_a_core", "pinned_stays_on_its_cpu", "both_were_bound_to_one_cpu",
                  "pinned_use_different_cpus", "queue: in order, none lost"}


def hold_all(place, prefix):
    """{lesson: its JSON}, some at a time: most of them sleep."""
    def hold(name):
        return name, place.run("learn", name, "--json", prefix=prefix).fine().json()
    with ThreadPoolExecutor(3) as threads:
        return dict(threads.map(hold, CLAIMS))


def check_claims(lessons, may_be_null):
    for name, lesson in lessons.items():
        claims = lesson["claims"]
        missing = CLAIMS[name] - set(claims) - MAY_BE_MISSING
        assert not missing, f"{name} did not claim {missing}"
        assert set(claims) <= CLAIMS[name], f"{name} claims more: {set(claims) - CLAIMS[name]}"
        for key, held in claims.items():
            if held is None:
                assert key in may_be_null, f"{name}: {key} could not be seen here"
            else:
                assert held, f"{name}: {key} did not hold: {lesson}"


@test("learn lists every lesson, and none is without a test")
def _(place):
    listed = [line.split()[0] for line in place.run("learn").fine().out.splitlines()
              if line.startswith("  ")]
    same(listed, list(CLAIMS), "lessons")


@test("what the lessons claim holds on this machine")
def _(place):
    lessons = hold_all(place, ())
    one_cpu = any(lesson["cpus"] == 1 for lesson in lessons.values())
    check_claims(lessons, MAY_BE_MISSING | (NEEDS_TWO_CPUS if one_cpu else set()))


@test("on one CPU the lessons say what cannot be seen, and the rest holds")
def _(place):
    lessons = hold_all(place, ("taskset", "-c", str(min(os.sched_getaffinity(0)))))
    same({lesson["cpus"] for lesson in lessons.values()}, {1}, "CPUs")
    check_claims(lessons, MAY_BE_MISSING | NEEDS_TWO_CPUS)
    for name, lesson in lessons.items():
        for key in NEEDS_TWO_CPUS & set(lesson["claims"]):
            same(lesson["claims"][key], None, f"{name}: {key}")


@test("--no-ask prints questions, tables and meaning, at most 80 columns wide")
def _(place):
    with ThreadPoolExecutor(3) as threads:
        runs = list(threads.map(lambda name: place.run("learn", name, "--no-ask").fine(), CLAIMS))
    for run in runs:
        run.expect("\n? " in run.out and "your guess" not in run.out, "a question, not waited for")
        for line in run.out.splitlines():
            run.expect(len(line) <= 80, f"more than 80 columns: {line}")
        same(run.err, "", "stderr")


@test("in a terminal a question waits, takes a number, and the answer is judged")
def _(place):
    terminal = Terminal(place, "learn", "process")
    asked = terminal.read_until("your guess (Enter: none): ")
    assert "? A list of three numbers" in asked, asked
    terminal.type("four\n")
    assert "A number, please." in terminal.read_until("your guess (Enter: none): ")
    terminal.type("3\n")
    told = terminal.read_until("your guess (Enter: none): ")
    assert "You said 3; it was 3. Well predicted." in " ".join(told.split()), told
    terminal.type("\n")
    told = terminal.read_until(None)
    assert "You said" not in told, told
    same(terminal.end(), 0, "exit code")


@test("end of input at a question goes on without questions")
def _(place):
    terminal = Terminal(place, "learn", "process")
    terminal.read_until("your guess (Enter: none): ")
    terminal.type("\x04")
    told = terminal.read_until(None)
    assert "your guess" not in told and "worker-3" in told, told
    same(terminal.end(), 0, "exit code")


@test("Ctrl-C at a question and in an experiment ends the lesson, and leaves no process")
def _(place):
    for wait_for in ("your guess (Enter: none): ", "state in the process table"):
        terminal = Terminal(place, "learn", "process")
        terminal.read_until(wait_for)
        os.killpg(terminal.process.pid, 2)
        terminal.read_until(None)
        assert terminal.end() in (-2, 130)
        wait_until(lambda: not session_of(terminal.process), "no process is left")


@test("an unknown lesson is named, with the nearest; two are too many")
def _(place):
    run = place.run("learn", "amdal")
    same((run.code, run.out), (2, ""), "exit code, stdout")
    run.expect("did you mean 'amdahl'?" in run.err, "the nearest")
    run = place.run("learn", "lock", "pool")
    same(run.code, 2, "exit code")


@test("--json without a lesson is refused: the list of lessons is text")
def _(place):
    run = place.run("learn", "--json")
    same((run.code, run.out), (2, ""), "exit code, stdout")
    run.expect("--json needs a lesson" in run.err and run.err.count("\n") == 1, "one line that says so")


main()
