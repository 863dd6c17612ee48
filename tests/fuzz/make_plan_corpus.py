#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: make_plan_corpus.py CKPTSCOPE
Writes the seeds of fuzz_plan, tests/fuzz/corpus/plan/*: plans that the program saves for the small checkpoint that fuzz_plan.cpp makes, its
folder called @DIR@, its device and inodes 0."""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus" / "plan"


def shard(name):
    header = '{"%s":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}' % name
    header += " " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header.encode() + b"abcd"


FILES = {
    "model-00001-of-00002.safetensors": shard("model.layers.0.linear_attn.A_log"),
    "model-00002-of-00002.safetensors": shard("model.layers.0.linear_attn.dt_bias"),
    "config.json": b'{"architectures":["Qwen3NextForCausalLM"]}',
}


def main(program):
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary).resolve()
        (folder / "in").mkdir()
        for name, data in FILES.items():
            (folder / "in" / name).write_bytes(data)
            os.utime(folder / "in" / name, ns=(10**18, 10**18))

        def seed(name, *words):
            plan = folder / "plan.json"
            subprocess.run([program, *words, "--plan", plan, "-q"], check=True, stdout=subprocess.DEVNULL)
            text = plan.read_text().replace(str(folder), "@DIR@")
            text = re.sub(r'"(device|inode)":\d+', r'"\1":0', text)
            text = re.sub(r"\.partial-[0-9a-f]{8}", ".partial-01234567", text)
            json.loads(text)
            (CORPUS / name).write_text(text)
            return text

        source, out = folder / "in", folder / "out"
        fix = seed("fix", "fix", source, "-o", out)
        seed("edits", "fix", source, "-o", out, "--drop", "*.A_log", "--rename", "model.=m.", "--set-metadata", "a=b", "--verify", "full", "--link", "copy")
        seed("convert", "convert", source, "-o", out, "--max-shard-size", "4")
        seed("file", "fix", source / "model-00001-of-00002.safetensors", "-o", folder / "out.safetensors", "--cast", "*=F32")
        (CORPUS / "traversal").write_text(fix.replace('"name":"config.json"', '"name":"../victim"'))
        (CORPUS / "same-name").write_text(fix.replace("model-00001-of-00002.safetensors\",\"kind", "model-00002-of-00002.safetensors\",\"kind"))
        (CORPUS / "over-source").write_text(fix.replace('"output":"@DIR@/out"', '"output":"@DIR@/in"').replace("out.partial", "in.partial").replace('"force":false', '"force":true'))
        (CORPUS / "reads-elsewhere").write_text(fix.replace("@DIR@/in/config.json", "/etc/hostname"))
        (CORPUS / "long-segment").write_text(re.sub(r'"length":\d+', '"length":4096', fix))


if __name__ == "__main__":
    main(sys.argv[1])
