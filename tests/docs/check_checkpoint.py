#!/usr/bin/python3
"""Computes checksum and state_sha256 of real checkpoints from the description in docs/journal.md alone.

    check_checkpoint.py ALTMIND
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

TYPES = ["U8", "U32", "U64", "F32", "F64"]
FIXED = ["step", "samples", "skipped", "normaliser.samples", "output.steps", "memory.since", "prequential.samples",
         "prequential.correct", "prequential.majority_correct", "prequential.no_change_correct",
         "prequential.loss_bits", "prequential.head", "drift.page_hinkley.count", "drift.page_hinkley.low_at",
         "drift.adwin.taken", "drift.spread.samples", "drift.concept_at", "holdout.begun", "holdout.scored_step"]

NOVELTY = [f"novelty.{part}" for part in ["pooled_bits", "mean_bits", "variance_bits", "recent_bits", "count", "since_profile", "level_bits",
                                          "error_bits", "fast_bits", "slow_bits", "batches", "samples"]]
CONSOLIDATION = [f"consolidation.{part}" for part in ["expected_bits", "profiled_bits", "classes", "samples",
                                                      "consolidations", "releases", "task_since", "known_until",
                                                      "unseen_bits"]]
REGRET = [f"regret.{part}_bits" for part in ["samples", "loss", "lost", "squares", "rehearsed"]]
PROTECTED_LAYER = ["pending", "pending_output", "kept", "kept_output", "basis", "stiffness", "output_basis",
                   "output_stiffness"]
TUNED_LAYER = ["rest_bits", "lambda_bits", "step_ratio_bits"]
TUNED = ["tuning.steps", "tuning.refreshed", "tuning.restarted", "tuning.forgotten", "sets.0.loss_bits", "sets.1.loss_bits",
         "sets.2.loss_bits", "sets.scored", "sets.averaged", "sets.served", "sets.log_boldness_bits"]

# One setting for each optional part of the state.
SETTINGS = [
    [],
    ["learning.arms=1"],
    ["learning.arms=2"],
    ["model.hidden=[300]", "learning.output_rule=adam"],
    ["memory.gain=4.0"],
    ["learning.rule=am-adam", "features.normaliser=standardise"],
    ["learning.rule=am-sgd", "learning.output_rule=sgd", "model.labels=named", "model.hidden=[7]"],
    ["evaluation.holdout_per_concept=20", "drift.page_hinkley_lambda=1", "drift.cooldown=100"],
]


def number(n):
    return struct.pack("<Q", n)


def text(s):
    return number(len(s.encode())) + s.encode()


def check(file):
    with open(file, "rb") as stream:
        data = stream.read()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0, "the header is not padded"
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    assert metadata["format"] == "altmind-checkpoint-3"

    digits = metadata["checksum"].encode()
    assert data.count(digits) == 1 and len(digits) == 64
    assert hashlib.sha256(data.replace(digits, b"0" * 64)).hexdigest() == metadata["checksum"], "checksum"

    state = hashlib.sha256()
    for name in sorted(header):
        tensor = header[name]
        begin, end = tensor["data_offsets"]
        state.update(text(name) + number(TYPES.index(tensor["dtype"])) + number(len(tensor["shape"])))
        state.update(b"".join(number(n) for n in tensor["shape"]) + data[8 + length + begin:8 + length + end])
    scalars = json.loads(metadata["scalars"])
    layers = range(sum(name.startswith("weight.") for name in header))
    names = FIXED + [f"moments.{l}.steps" for l in layers if f"moments.{l}.steps" in scalars]
    tuned = [l for l in layers if f"tuning.{l}.a" in header]
    if tuned:
        names += [f"tuning.{l}.{part}" for l in tuned for part in TUNED_LAYER] + TUNED
    protected = [l for l in layers if f"consolidation.{l}.pending" in header]
    if protected:
        names += NOVELTY + CONSOLIDATION + REGRET
        names += [f"consolidation.{l}.{part}.rows" for l in protected for part in PROTECTED_LAYER]
        names += ["consolidation.whitening.rows", "twin.there"]
    twin = []
    if scalars.get("twin.there"):
        twin += ["twin.output.steps"] + [f"twin.tuning.{l}.{part}" for l in tuned for part in TUNED_LAYER]
        twin += [f"twin.{name}" for name in TUNED]
    names += twin
    arms = scalars.get("arms", 1)
    for arm in range(2, arms + 1):
        parts = ["output.steps", "memory.since"] + [f"tuning.{l}.{part}" for l in tuned for part in TUNED_LAYER] + TUNED
        parts += [f"consolidation.{l}.{part}.rows" for l in protected for part in PROTECTED_LAYER] + twin
        names += [f"arm.{arm}.{name}" for name in parts]
    if arms > 1:
        names += ["arms", "loss_sum_bits"] + [f"arm.{arm}.loss_sum_bits" for arm in range(2, arms + 1)]
        names += ["loss_count_bits"]
    if "fourier.mean" in header:
        names += ["fourier.samples"]
    assert set(names) == set(scalars), f"not in docs/journal.md: {set(names) ^ set(scalars)}"
    for name in names:
        state.update(text(name) + number(scalars[name]))
    labels = json.loads(metadata["labels"])
    state.update(number(len(labels)) + b"".join(text(label) for label in labels))
    assert state.hexdigest() == metadata["state_sha256"], "state_sha256"
    return metadata["state_sha256"]


def main():
    with tempfile.TemporaryDirectory(prefix="altmind-docs-") as directory:
        config = os.path.join(directory, "hyperplane.toml")
        with open(config, "w", encoding="utf-8") as stream:
            stream.write('[model]\ninputs = 10\nmax_classes = 4\n[[source]]\ntype = "generator"\nlimit = 2000\n')
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ALTMIND_")}
        for i, settings in enumerate(SETTINGS):
            store = os.path.join(directory, str(i))
            command = [sys.argv[1], "learn", "-c", config, "--report", "json", "--set", f"store.directory={store}"]
            for setting in settings:
                command += ["--set", setting]
            report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)
            assert check(report["checkpoint"]) == report["state_sha256"], "the report has another hash"
            print(settings or "default", report["state_sha256"])


if __name__ == "__main__":
    main()
