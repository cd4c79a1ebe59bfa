# SPDX-License-Identifier: Apache-2.0
"""Run the programs of a playbook on a folder, without a sandbox, for tests of the programs alone.

Inputs and outputs are laid out as the harness does it: meta/step.json below a workspace of its own for
each step, inputs copied in, outputs below output/. FORGE_WORKSPACE tells a program where its is.
    playbook.py PLAYBOOK.json INPUT_DIR OUTPUT_DIR [--fetched NAME=FILE]   prints a line for each step
"""
import contextlib
import io
import json
import os
import runpy
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKS = os.path.join(ROOT, "packs")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0",
               "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "0"}


class Refused(Exception):
    """A program ended with another code than 0."""

    def __init__(self, step, code, stderr):
        super().__init__("%s: exit %d: %s" % (step, code, stderr[-2000:]))
        self.step, self.code, self.stderr = step, code, stderr

    @property
    def error(self):
        """The refusal, as the harness reads it: the last line of stderr."""
        return json.loads(self.stderr.strip().splitlines()[-1])["error"]


def load(pack, name):
    path = os.path.join(PACKS, "domain", pack, "playbooks", name + ".json")
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def skill_path(argument):
    """/skills/<id>/<file> as a path in the packs folder."""
    if not argument.startswith("/skills/"):
        return argument
    skill, name = argument[len("/skills/"):].split("/", 1)
    own = os.path.join(PACKS, "domain", skill, "programs", name)
    return own if os.path.exists(own) else os.path.join(PACKS, "skill", skill, name)


def attachments(playbook, folder, names=None):
    """file name of the playbook -> path; by default <folder>/<name>.csv or .md."""
    found = {}
    for one in playbook["files"]:
        for suffix in (".csv", ".md"):
            path = os.path.join(folder, (names or {}).get(one["name"], one["name"] + suffix))
            if os.path.exists(path):
                found[one["name"]] = path
    return found


def launch_process(argv, workspace):
    """Run a program as the sandbox would: a fresh interpreter. Returns (exit code, stderr)."""
    env = {**ENVIRONMENT, "FORGE_WORKSPACE": workspace, "HOME": os.path.join(workspace, "work"),
           "TMPDIR": os.path.join(workspace, "tmp")}
    done = subprocess.run(argv, env=env, cwd=os.path.join(workspace, "work"), timeout=120,
                          capture_output=True, text=True)
    return done.returncode, done.stderr


def launch_here(argv, workspace):
    """Run a Python program in this interpreter: no start-up cost, for the tests with many data sets."""
    path = argv[-1]
    sys.path.insert(0, os.path.dirname(path))
    import forge_step
    forge_step.WORKSPACE = workspace
    err, out = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(out):
            runpy.run_path(path, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.path.pop(0)
    return code, err.getvalue()


def run_step(step, sources, workspace, out, launch=launch_process):
    """sources: input name -> (path on disk, workspace path). Returns output name -> path in out."""
    inputs, outputs, results = {}, {}, {}
    for one in step["inputs"]:
        path, source_path = sources[one["name"]]
        local = os.path.join(workspace, "input", one["name"] + os.path.splitext(path)[1])
        os.makedirs(os.path.dirname(local), exist_ok=True)
        shutil.copyfile(path, local)
        inputs[one["name"]] = {"path": local, "source_path": source_path, "slot": one["slot"],
                               "entity": one["entity"], "kind": one["accepts"][0]}
    for one in step["outputs"]:
        outputs[one["name"]] = {"path": os.path.join(workspace, "output", one["path"]),
                                "kind": one["kind"]}
        os.makedirs(os.path.dirname(outputs[one["name"]]["path"]), exist_ok=True)
        results[one["name"]] = (os.path.join(out, one["path"]), one["path"])
    os.makedirs(os.path.join(workspace, "meta"))
    os.makedirs(os.path.join(workspace, "work"))
    os.makedirs(os.path.join(workspace, "tmp"))
    with open(os.path.join(workspace, "meta", "step.json"), "w", encoding="utf-8") as stream:
        json.dump({"schema": "forge.step.v1", "step_id": step["key"], "inputs": inputs,
                   "outputs": outputs, "params": step.get("params", {})}, stream)
    code, stderr = launch([skill_path(one) for one in step["program"]["argv"]], workspace)
    if code != 0:
        raise Refused(step["key"], code, stderr)
    for name, (path, _) in results.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.move(outputs[name]["path"], path)
    return results


def run(playbook, files, scratch, out, upto=None, fetched=None, on_step=None, launch=launch_process):
    """Run the steps in order. files: file name -> path. fetched: output name -> path, for the steps
    that fetch instead of running a program. Returns (step key, output name) -> path."""
    made = {}
    for index, step in enumerate(playbook["candidate"]["steps"]):
        if step["program"] is None:
            for one in step["outputs"]:
                made[step["key"], one["name"]] = (fetched[one["name"]], one["path"])
            continue
        sources = {}
        for one in step["inputs"]:
            if "file" in one:
                path = files[one["file"]]
                sources[one["name"]] = (path, "attachments/" + os.path.basename(path))
            else:
                sources[one["name"]] = made[one["from"], one["name"]]
        started = time.monotonic()
        results = run_step(step, sources, os.path.join(scratch, "%d-%s" % (index, step["key"])), out,
                           launch)
        for name, place in results.items():
            made[step["key"], name] = place
        if on_step:
            on_step(step["key"], time.monotonic() - started)
        if step["key"] == upto:
            break
    return {key: path for key, (path, _) in made.items()}


def main(argv):
    import tempfile
    with open(argv[1], encoding="utf-8") as stream:
        playbook = json.load(stream)
    fetched = dict(one.split("=", 1) for one in argv[5:]) if "--fetched" in argv else {}
    total = [0.0]

    def say(key, seconds):
        total[0] += seconds
        print("%-16s %6.0f ms" % (key, seconds * 1000))
    with tempfile.TemporaryDirectory() as scratch:
        run(playbook, attachments(playbook, argv[2]), scratch, argv[3], fetched=fetched, on_step=say)
    print("%-16s %6.0f ms" % ("sum", total[0] * 1000))


if __name__ == "__main__":
    main(sys.argv)
