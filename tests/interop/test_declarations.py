# SPDX-License-Identifier: Apache-2.0
"""The rules against what transformers and NeMo AutoModel declare, over all their architectures. See score_declarations.py."""
import pathlib
import re

import pytest

import conftest
import score_declarations

# How many classes may stay unbuilt: building blocks that want more than a config, and those that need detectron2 or torchaudio.
UNBUILT = 14


@pytest.fixture(scope="module")
def scored():
    return score_declarations.measure(conftest.PROGRAM)


def test_nothing_pinned_is_missed_but_what_is_named(scored):
    score, _ = scored
    assert score.architectures > 1900 and len(score.pinned) > 2300
    text = (conftest.REPOSITORY / "docs" / "coverage.md").read_text()
    unnamed = [row for row in score.missed if f"| `{row.architecture}` | {row.dtype} | `{row.pattern}` |" not in text]
    assert not unnamed
    assert len(score.missed) <= 28


def test_no_finding_without_a_source(scored):
    score, rules = scored
    assert score.beyond
    assert not [row for row in score.beyond if not rules[row.rule]["sources"]]
    # what only another loader asks for is a violation only where that loader is one that declares: NeMo AutoModel
    unsupported = {row.rule for row in score.beyond if row.severity == "violation"
                   and not any(source.startswith("NVIDIA-NeMo/Automodel") for source in rules[row.rule]["sources"])}
    assert not unsupported


def test_config_json_is_believed(scored):
    score, _ = scored
    assert not score.contradicted


def test_little_is_left_out_and_all_of_it_is_named(scored):
    score, _ = scored
    assert len(score.refused) <= UNBUILT
    assert not score.runtime_names
    text = (conftest.REPOSITORY / "docs" / "coverage.md").read_text()
    assert not [name for name in score.refused if f"- `{name}`:" not in text]


def test_score_file_is_up_to_date(scored):
    score, rules = scored
    assert score_declarations.OUT.read_text() == score_declarations.markdown(score, rules), \
        "make it again: python tests/interop/score_declarations.py --write"
    assert score_declarations.OUT.read_text() in (conftest.REPOSITORY / "docs" / "coverage.md").read_text()


def test_sources_are_where_the_rules_say(scored):
    """References into the two installed packages: the file is there and the symbol stands in it."""
    import importlib.util
    _, rules = scored
    root = pathlib.Path(importlib.util.find_spec("transformers").origin).parents[1]
    nemo = pathlib.Path(importlib.util.find_spec("nemo_automodel").origin).parents[1]
    looked_up, wrong = 0, []
    for rule in rules.values():
        for source in rule["sources"]:
            found = re.match(r"(NVIDIA-NeMo/Automodel/|huggingface/transformers/src/)([^:# ]+\.py)(?::(\S+))?", source)
            if found:
                file = (nemo if "Automodel" in found[1] else root) / found[2]
                looked_up += 1
                if not file.is_file() or (found[3] and found[3] not in file.read_text()):
                    wrong.append((rule["id"], source))
    assert looked_up > 150 and not wrong
