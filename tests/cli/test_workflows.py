# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow files of docs/ci.md: YAML, shell and options; with PIBENCH_SLOW their steps are run.

That takes two builds and some hundred runs each, so it belongs to the slow suite.
"""
import json
import os
import re
import subprocess
import xml.etree.ElementTree as tree

from cli import SOURCE, Skip, main, same, test

with open(os.path.join(SOURCE, "docs", "ci.md"), encoding="utf-8") as page:
    TEXT = page.read()


def workflows():
    """Those of GitHub and of GitLab."""
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    blocks = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    same(len(blocks), 2, "workflow files")
    return [yaml.safe_load(block) for block in blocks]


def github_scripts():
    """Shell and environment of every step that is not an action."""
    [(_, job)] = workflows()[0]["jobs"].items()
    for step in job["steps"]:
        same(("run" in step) + ("uses" in step), 1, f"kinds of the step {step}")
        if "run" in step:
            yield step["run"], step.get("env", {})


def gitlab_scripts():
    job = workflows()[1]["speed"]
    same(set(job) - {"image", "rules", "variables", "timeout", "script", "after_script", "allow_failure", "artifacts"},
         set(), "keys of the job")
    return "\n".join(job["script"]), "\n".join(job["after_script"])


@test("every option of the commands in docs/ci.md is one that the program has")
def _(place):
    uses = {}
    for command in ("ab", "compare", "export", "history", "run"):
        known = set(re.findall(r"(--[a-z-]+)", place.run(command, "--help").fine().out))
        uses[command] = re.findall(rf"pibench {command} ([^`|]*?)(?:\n\n|\n *- |`| \|\|| -- |\n    - )", TEXT)
        for use in uses[command]:
            used = set(re.findall(r"(?<![\w-])(--[a-z-]+)", use))
            same(sorted(used - known), [], f"options of {command} in: {use}")
    assert len(uses["ab"]) >= 5 and uses["export"] and uses["compare"], uses


@test("the workflows are YAML, with a gate in each, and every step is shell")
def _(place):
    github = list(github_scripts())
    for script in [script for script, _ in github] + list(gitlab_scripts()):
        for shell in ("sh", "bash"):
            run = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
            same((run.returncode, run.stderr), (0, ""), f"{shell} on: {script}")
    same(sum("pibench ab /tmp/base" in script for script, _ in github), 1, "gates at GitHub")
    assert "pibench ab /tmp/base" in gitlab_scripts()[0]
    expressions = {value for _, environment in github for value in environment.values()}
    same(expressions, {"${{ github.event.pull_request.base.sha }}"}, "expressions")


# --- The steps, run ---

def git(directory, *arguments):
    run = subprocess.run(["git", "-C", directory, "-c", "user.name=test", "-c", "user.email=test@localhost",
                          "-c", "safe.directory=*", *arguments], capture_output=True, text=True, check=False)
    if run.returncode:
        raise Skip(f"git {arguments[0]}: {run.stderr.strip().splitlines()[-1:]}")
    return run.stdout.strip()


def cloned(place):
    """A clone with a commit of its own on top; returns it and its base."""
    clone = place.path("clone")
    git(place.directory, "clone", "--quiet", SOURCE, clone)
    base = git(clone, "rev-parse", "HEAD")
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "a change")
    os.mkdir(place.path("bin"))
    with open(place.path("bin", "apt-get"), "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho \"$*\" >>{place.path('apt.log')}\n")
    os.chmod(place.path("bin", "apt-get"), 0o755)
    return clone, base


def step(place, shell, script, **environment):
    """Runs one with the base elsewhere than in /tmp; its exit code and output."""
    path = f"{place.path('bin')}:{os.environ['PATH']}"
    run = subprocess.run([*shell, script.replace("/tmp/base", place.path("base"))], cwd=place.path("clone"),
                         env={**place.environment, "PATH": path, "CI": "true", **environment},
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    print("\n".join(f"# {line}" for line in run.stdout.splitlines()[-12:]), flush=True)
    return run.returncode, run.stdout + run.stderr


def check_ab(path):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    same((result["complete"], len(result["benchmarks"])), (True, 2), "the result")
    same(result["differences"] and result["differences"][0]["what"], "commit", "what differs")


if os.environ.get("PIBENCH_SLOW"):
    @test("GitHub's steps, one after the other")
    def _(place):
        _, base = cloned(place)
        summary = place.path("summary.md")
        for script, given in github_scripts():
            environment = {key: value.replace("${{ github.event.pull_request.base.sha }}", base)
                           for key, value in given.items()}
            code, out = step(place, ["sh", "-e", "-c"], script, GITHUB_ACTIONS="true",
                             GITHUB_STEP_SUMMARY=summary, **environment)
            # The same program on both sides: a regression would be a false alarm.
            same(code, 0, out[-3000:])
            same("::error" in out, False, "what is done on purpose is no error")
        with open(summary, encoding="utf-8") as file:
            same(file.read().count("### pibench ab\n"), 1, "tables in the summary")
        check_ab(place.path("clone", "ab.json"))

    @test("GitLab's script, and what comes after it")
    def _(place):
        _, base = cloned(place)
        script, after = gitlab_scripts()
        code, out = step(place, ["bash", "-eo", "pipefail", "-c"], script, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
        assert code in (0, 4), out[-3000:]
        same(step(place, ["bash", "-eo", "pipefail", "-c"], after)[0], 0, "after_script")
        check_ab(place.path("clone", "ab.json"))
        root = tree.parse(place.path("clone", "junit.xml")).getroot()
        same((root.tag, root.get("tests"), root.get("failures")), ("testsuites", "4", "0"), "JUnit's XML")


main()
