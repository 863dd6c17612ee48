#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores the rules against what transformers and NeMo AutoModel declare over all their architectures.

    python tests/interop/score_declarations.py            # prints the figures
    python tests/interop/score_declarations.py --write    # and writes resources/coverage/score.md, which `rules coverage --markdown` prints

For each architecture a checkpoint is written that holds its floating tensors (one a name pattern, under the names that save_pretrained()
gives them; and, where those of its state dict differ, a second one, as trainers save it) in BF16, and one in F16 where a class pins any; `ckptscope check --json` judges them. A pinned tensor without a finding is
a miss. A finding on a tensor that nobody pins is "beyond": right only if the rule has a source.
"""
import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import re
import struct
import sys
import tempfile
import traceback

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
OUT = REPOSITORY / "resources" / "coverage" / "score.md"
PROCESSES = 2

FILES, MEMORY, NEMO = "transformers", "transformers, by its name in memory", "NeMo AutoModel"
Row = collections.namedtuple("Row", "architecture dtype pattern key declared_by")  # declared_by: one of the three above
Beyond = collections.namedtuple("Beyond", "rule severity architecture pattern")


class Score:
    def __init__(self):
        self.pinned, self.missed, self.beyond = [], [], []
        self.refused = {}       # what cannot be built or imported, and why
        self.contradicted = []  # config.json was not believed: a mistake of the inference, since these keys are the architecture's own
        self.runtime_names = {} # built, but its names in files could not be told: judged by the names of its state dict
        self.architectures = 0

    def add(self, other):
        self.pinned += other.pinned
        self.missed += other.missed
        self.beyond += other.beyond
        self.contradicted += other.contradicted
        self.refused |= other.refused
        self.runtime_names |= other.runtime_names
        self.architectures += other.architectures

    def sort(self):
        for rows in (self.pinned, self.missed, self.beyond):
            rows.sort()


def pattern(key):
    """Keys that differ in numbers only are one."""
    return re.sub(r"\d+", "*", key)


def write_checkpoint(folder, architecture, dtype, keys):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for key in keys:
        header[key] = {"dtype": dtype, "shape": [1], "data_offsets": [at, at + 2]}
        at += 2
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture]}))


def judge(check, rules, folder, architecture, dtype, tensors, declared_by, score, counted=lambda key: True):
    """tensors: {key: is it pinned}"""
    write_checkpoint(folder, architecture, dtype, tensors)
    report = check(folder)
    # A class that no rule names may be judged as its family (Qwen3NextModel as Qwen3NextForCausalLM): then its findings count like any.
    if report["architectures"] != [architecture] and "inferred_from" in report:
        score.contradicted.append((architecture, declared_by, " ".join(report["inferred_from"])))
        return
    found = {}
    for finding in report["findings"]:
        if finding["rule"] in rules and finding.get("tensor"):
            for key in [finding["tensor"], *finding.get("others", [])]:
                found[key] = finding
    for key, is_pinned in tensors.items():
        if is_pinned and counted(key):
            row = Row(architecture, dtype, pattern(key), key, declared_by)
            score.pinned.append(row)
            if key not in found:
                score.missed.append(row)
    if declared_by == FILES:  # NeMo's file names are only the pinned ones
        score.beyond += [Beyond(finding["rule"], finding["severity"], architecture, pattern(key))
                         for key, finding in found.items() if not tensors[key]]


def names_in_files(model, pins):
    """Pins by the names that save_pretrained() writes. The dtype of stand-ins carries a pin through fusing, splitting and renaming."""
    import torch
    from transformers.core_model_loading import revert_weight_conversion

    state = model.state_dict()
    stand_ins = {key: torch.empty(state[key].shape, dtype=torch.float32 if is_pinned else torch.bfloat16, device="meta")
                 for key, is_pinned in pins.items()}
    return {key: tensor.dtype == torch.float32 for key, tensor in revert_weight_conversion(model, stand_ins).items()}


def one_a_pattern(tensors):
    """The first key of each name pattern; a pinned and an unpinned one where a pattern has both."""
    chosen = {}
    for key, is_pinned in tensors.items():
        chosen.setdefault((pattern(key), is_pinned), key)
    return {key: is_pinned for (_, is_pinned), key in chosen.items()}


def judge_class(declarations, check, rules, folder, name, cls, score):
    try:
        model = declarations.build_any(cls)
    except Exception as why:
        score.refused[name] = f"{type(why).__name__}: {why}".splitlines()[0] if str(why).strip() else type(why).__name__
        return
    score.architectures += 1
    for dtype in ("BF16", "F16"):
        pins = declarations.pinned(model, dtype)
        if dtype == "F16" and not any(pins.values()):
            continue  # nothing is pinned: the BF16 file has shown what the rules say of these names
        try:
            tensors = names_in_files(model, pins)
        except Exception as why:
            score.runtime_names[name] = f"{type(why).__name__}: {why}"
            tensors = pins
        if not tensors:
            continue
        judge(check, rules, folder, name, dtype, one_a_pattern(tensors), FILES, score)
        in_files = {pattern(key) for key in tensors}
        in_memory = one_a_pattern(pins)
        if any(is_pinned and pattern(key) not in in_files for key, is_pinned in in_memory.items()):
            judge(check, rules, folder, name, dtype, in_memory, MEMORY, score, counted=lambda key: pattern(key) not in in_files)


def checker(program):
    """check(folder) -> the report. A small process starts the program: forking one that holds torch is slow."""
    sys.path.insert(0, str(REPOSITORY / "tests" / "interop"))
    os.environ["CKPTSCOPE"] = str(program)
    import conftest
    conftest.PROGRAM = str(program)
    launcher = conftest.Launcher()
    return launcher, lambda folder: launcher("check", folder, "--json", "-j", "1").json


def worker(program, rules, part, parts):
    import declarations
    import torch

    torch.set_num_threads(1)
    classes, refused = declarations.architectures(declarations.modelling_modules()[part::parts])
    score = Score()
    score.refused.update(refused)
    launcher, check = checker(program)
    with tempfile.TemporaryDirectory(prefix="ckptscope-score-") as scratch:
        for name, cls in classes.items():
            judge_class(declarations, check, rules, pathlib.Path(scratch), name, cls, score)
    launcher.close()
    return score


def run_worker(results, *arguments):
    try:
        results.put(worker(*arguments))
    except BaseException:  # told by the parent
        results.put(traceback.format_exc())


def measure(program):
    sys.path.insert(0, str(REPOSITORY / "tests" / "interop"))
    import nemo_declarations

    launcher, check = checker(program)
    rules = {rule["id"]: rule for rule in launcher("rules", "list", "--json").json["rules"]}
    total = Score()
    # Fresh interpreters: modules of transformers that another test has imported keep the backend checks that are to be skipped here.
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=run_worker, args=(results, program, rules, part, PROCESSES)) for part in range(PROCESSES)]
    for process in workers:
        process.start()
    with tempfile.TemporaryDirectory(prefix="ckptscope-score-") as scratch:
        for architecture, keys in nemo_declarations.pinned().items():
            judge(check, rules, pathlib.Path(scratch), architecture, "BF16", dict.fromkeys(keys, True), NEMO, total)
    answers = [results.get() for _ in workers]
    for process in workers:
        process.join()
    for answer in answers:
        if isinstance(answer, str):
            raise RuntimeError(answer)
        total.add(answer)
    launcher.close()
    total.sort()
    return total, rules


def versions():
    from importlib.metadata import version
    return f"transformers {version('transformers')}, NeMo AutoModel {version('nemo-automodel')}"


def markdown(score, rules):
    pinned_by = collections.Counter(row.declared_by for row in score.pinned)
    holders = {row.architecture for row in score.pinned}
    beyond = collections.defaultdict(list)
    for row in score.beyond:
        beyond[(rules[row.rule]["severity"] != "violation", row.rule)].append(row)
    declared = sum(pinned_by.values())
    out = f"""## Scored against the loaders' own declarations

Written by `python tests/interop/score_declarations.py --write`; `tests/interop/test_declarations.py` fails where it is stale. {versions()}.

Transformers and NeMo AutoModel declare in their classes which tensors stay in F32 when the rest is BF16 or F16: by lists
(`_keep_in_fp32_modules`, `_keep_in_fp32_modules_strict`), and by constructors that build a tensor in F32 whatever was asked for. Every model
class of transformers is built on the meta device with its default config, shallow, and its floating tensors are written to a checkpoint in BF16
(and in F16 where any is pinned) under the names that `save_pretrained` gives them, one a name pattern, and again under those of its state dict
where they differ; of NeMo AutoModel's registry the declared words are read and its tensors take the names of its state dict adapters.
`ckptscope check` judges each checkpoint.

- {score.architectures} classes of transformers, {len(score.refused)} not built (below); {len(holders)} architectures, NeMo AutoModel's included, pin a tensor.
- **{declared} pinned tensors (class, dtype and name pattern): {declared - len(score.missed)} found, {len(score.missed)} missed.**
  {pinned_by[FILES]} of them are transformers' declarations under the names in files, {pinned_by[MEMORY]} more under names in memory,
  {pinned_by[NEMO]} NeMo AutoModel's.
- Findings on tensors that transformers does not pin: {len(score.beyond)}, of {len(beyond)} rules, each of which names its sources; {sum(not rules[rule]["sources"] for _, rule in beyond)} without a source.
- Architectures that `config.json` names and that the check did not believe: {len(score.contradicted)}.

"""
    out += "### Pinned tensors that no rule finds\n\n"
    if score.missed:
        out += "| Architecture | Dtype | Keys | Declared by |\n|---|---|---|---|\n"
        for row in score.missed:
            out += f"| `{row.architecture}` | {row.dtype} | `{row.pattern}` | {row.declared_by} |\n"
    else:
        out += ("None of those above. What this cannot see: a tensor that only another config than the default builds, and a buffer that is computed\n"
                "at run time and in no file (most `inv_freq`; rule `rope.inv_freq` speaks of files that have one).\n")
    out += "\n### Findings that transformers does not ask for\n\nThey rest on the other sources of the rule: another loader, a kernel, or released files.\n\n"
    out += "| Rule | Severity | Architectures | First source |\n|---|---|--:|---|\n"
    for (_, rule), rows in sorted(beyond.items()):
        out += f"| `{rule}` | {rules[rule]['severity']} | {len({row.architecture for row in rows})} | `{rules[rule]['sources'][0]}` |\n"
    out += "\n### Not built\n\n"
    for name, why in sorted(score.refused.items()):
        out += f"- `{name}`: {why}\n"
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write " + str(OUT.relative_to(REPOSITORY)))
    parser.add_argument("--program", default=os.environ.get("CKPTSCOPE", str(REPOSITORY / "build" / "release" / "bin" / "ckptscope")))
    options = parser.parse_args()
    score, rules = measure(options.program)
    if options.write:
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(markdown(score, rules))
    print(f"{score.architectures} classes of transformers; pinned tensors {len(score.pinned)}, missed {len(score.missed)}")
    print("refused:", json.dumps(score.refused, indent=1))
    print("judged by runtime names:", json.dumps(score.runtime_names, indent=1))
    for row in score.contradicted:
        print("contradicted", *row)
    for row in score.missed:
        print("missed", *row)
    for beyond, count in sorted(collections.Counter((b.rule, b.severity) for b in score.beyond).items()):
        print("beyond", *beyond, count)


if __name__ == "__main__":
    main()
