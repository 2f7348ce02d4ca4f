"""altmind as one of the compared learners: drives a resident learning_server (protocol at the top of its source).

The configuration sets the sizes, the batch size and the normaliser; everything else is altmind's default, except for
the given settings, words "section.key=VALUE" with VALUE as in TOML. Those of "model.layer" apply to every hidden layer.
"""

import hashlib
import json
import subprocess
import sys

import altmind_bench
import numpy


def configuration(stream, seed, settings=()):
    """Returns the TOML of a learner for `stream`."""
    answer = {"task": '"regression"', "outputs": 1} if stream.regression else {"max_classes": stream.outputs}
    sections = {
        "model": {"inputs": stream.inputs, **answer, "hidden": list(stream.hidden), "seed": seed},
        "learning": {"batch_size": stream.batch},
        "features": {"normaliser": json.dumps(stream.normaliser)},
    }
    for setting in settings:
        name, _, value = setting.partition("=")
        section, _, key = name.partition(".")
        if not value or not key:
            sys.exit(f"{setting}: not of the form section.key=value")
        if name == "model.layer":
            layers = ", ".join(f"{{units = {units}, {value}}}" for units in sections["model"].pop("hidden"))
            value = f"[{layers}]"
        sections.setdefault(section, {})[key] = value
    lines = []
    for section, keys in sections.items():
        lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()), ""]
    return "\n".join(lines)


def fingerprint(server):
    """Returns a hash that distinguishes builds in stored results."""
    with open(server, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:12]


class AltmindLearner:
    """Learns the given samples batch by batch; predictions come from the published snapshot.

    `ms` has the processor time of every step, `reports` learning_server's report of every step.
    """

    serves = ("altmind",)

    def __init__(self, server, stream, seed, settings=()):
        self.batch = stream.batch
        self.answer = numpy.float32 if stream.regression else numpy.uint32
        self.ms = []
        self.reports = []
        self.process = subprocess.Popen([str(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        text = configuration(stream, seed, settings).encode()
        self.kernel = self.ask(f"new {len(text)}", text)["kernel"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def send(self, line, *parts):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            for part in parts:
                self.process.stdin.write(part)
            self.process.stdin.flush()
        except BrokenPipeError:
            sys.exit(f"learning_server ended at: {line}")

    def ask(self, line, *parts):
        self.send(line, *parts)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"learning_server ended at: {line}")
        return json.loads(answer)

    def learn(self, x, y):
        """Returns {"altmind": (correct predictions, mean loss) of every batch}, as served before it was learned."""
        floats, answers = numpy.ascontiguousarray(x, dtype=numpy.float32), y.astype(self.answer)
        answer = self.ask(f"learn {len(y)} {self.batch}", floats.data, answers.data)
        self.ms += answer["ms"]
        self.reports += answer["reports"]
        losses = [numpy.nan if loss is None else loss for loss in answer["loss"]]
        return {"altmind": (numpy.array(answer["correct"]), numpy.array(losses, dtype=float))}

    def task_ended(self, x, y):
        """Does nothing: altmind is not told about tasks."""

    def predict(self, x):
        """Returns {"altmind": label (or predicted number) of every sample}."""
        self.send(f"predict {len(x)}", numpy.ascontiguousarray(x, dtype=numpy.float32).data)
        answer = self.process.stdout.read(4 * len(x))
        if len(answer) != 4 * len(x):
            sys.exit("learning_server ended at: predict")
        values = numpy.frombuffer(answer, dtype=self.answer)
        return {"altmind": values if self.answer == numpy.float32 else values.astype(numpy.int64)}

    def weights(self):
        """Returns the live weights of every layer, (outputs, inputs + 1) with the bias last."""
        shapes = self.ask("weights")
        count = sum(rows * columns for rows, columns in shapes)
        values = numpy.frombuffer(self.process.stdout.read(4 * count), dtype=numpy.float32)
        parts = numpy.split(values, numpy.cumsum([rows * columns for rows, columns in shapes])[:-1])
        return [part.reshape(shape, order="F").copy() for part, shape in zip(parts, shapes)]

    def state(self):
        return self.ask("state")


def build():
    """Builds learning_server (preset bench) and returns its path."""
    return altmind_bench.build("learning_server")
