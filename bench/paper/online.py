"""Mini-batch learners over one epoch or many, tested along the way.

Every learner of a stream gets the same batches in the same order and begins with altmind's first weights. All settings
of a rival are tried with seed 1, then the best by each figure with the other seeds; selection is by test accuracy,
which favours the rivals. Results are stored in NAME.jsonl, so that an interrupted run resumes where it stopped.
"""

import dataclasses
import functools
import itertools
import pathlib

import experiment
import altmind_learner
import comparison
import comparison_program
import nets
import numpy
import paper_plots
import rival_settings


@dataclasses.dataclass(frozen=True)
class Plan:
    """`every`: batches between tests. `tested`: number of test samples used, the same for all; 0: all.
    `first`: only so many batches of the stream; 0: all. `halve`: PyTorch's rates are halved every so many epochs."""

    epochs: int = 1
    every: int = 1
    tested: int = 0
    first: int = 0
    halve: int = 0

    def __str__(self):
        return "epochs {epochs}, test every {every} on {tested}, first {first}, halved every {halve}".format_map(vars(self))


@dataclasses.dataclass(frozen=True)
class AltmindSetting:
    """`words` override altmind's default; `name` is a label. It has a start, as PyTorch's settings do."""

    learner: str
    name: str = "default"
    words: tuple = ()
    start: str = "He"

    def __str__(self):
        return self.name


# docs/algorithm.md, "The paper's AM-mem, literally".
LITERAL = AltmindSetting(
    "altmind-literal",
    "as in docs/algorithm.md",
    (
        "learning.code_rate=0.5", 'learning.norm="exact"', 'learning.output_rule="sgd"', "learning.output_rate=0.05",
        'learning.output_at="updated"', 'memory.horizon="infinite"', 'memory.gain="none"', "memory.damping=0.0",
        'memory.regressors="updated"', "memory.rows=1.0",
    ),
)  # fmt: skip


def am_adam(rates):
    """AM without memory: a local Adam step per layer, including the output layer."""
    return [
        AltmindSetting(
            "altmind-am-adam",
            f"rate {rate:g}",
            ('learning.rule="am-adam"', f"learning.local_rate={rate}", f"learning.output_rate={rate}"),
        )
        for rate in rates
    ]


def am_sgd(rates):
    """The same by SGD. The output layer tolerates, and needs, steps 30 times as long."""
    return [
        AltmindSetting(
            "altmind-am-sgd",
            f"rate {rate:g}",
            (
                'learning.rule="am-sgd"', f"learning.local_rate={rate}", 'learning.output_rule="sgd"',
                f"learning.output_rate={30 * rate:g}",
            ),
        )
        for rate in rates
    ]  # fmt: skip


def am_adam_normalised(rates):
    """AM-Adam with batch normalisation of the hidden layers, as in the authors' published code."""
    words = 'learning.rule="am-adam"', "learning.code_rate=0.1", 'learning.output_at="updated"', "model.layer=batch_norm = true"
    return [
        AltmindSetting(
            "altmind-am-adam-bn",
            f"rate {rate:g}",
            (*words, f"learning.local_rate={rate}", f"learning.output_rate={rate}"),
        )
        for rate in rates
    ]


def dropout(shares):
    """The default with dropout of the hidden units."""
    return [AltmindSetting("altmind-dropout", f"dropout {share:g}", (f"model.layer=dropout = {share}",)) for share in shares]


def one_arm():
    """AM-mem as a single learner whose step length adapts."""
    return [AltmindSetting("altmind-one-arm", "one arm", ("learning.arms=1",))]


def without_memory():
    return [*am_adam((0.001, 0.003, 0.008)), *am_sgd((0.001, 0.003, 0.006, 0.01))]


def adam(rates, averages=False):
    return [rival_settings.Setting("adam", rate, averages=averages) for rate in rates]


def sgd(rates):
    return [rival_settings.Setting("sgd", rate) for rate in rates]


def altmind_learner_of(server, stream, seed, words=()):
    kind = nets.AltmindLearner if isinstance(stream, nets.Net) else altmind_learner.AltmindLearner
    return kind(server, stream, seed, words)


@functools.lru_cache
def first_weights(server, stream, seed):
    with altmind_learner_of(server, stream, seed) as learner:
        return learner.weights()


def torch_learner(server, stream, seed, setting):
    if isinstance(stream, nets.Net):
        import torch_nets

        return torch_nets.learner(stream, seed, first_weights(server, stream, seed), setting)
    import rivals  # imported here, because running altmind alone needs no PyTorch

    result = rivals.TorchLearner(stream, seed, setting)
    with rivals.torch.no_grad():
        for number, weight in enumerate(first_weights(server, stream, seed)):
            result.weights[2 * number].copy_(rivals.torch.from_numpy(weight[:, :-1]))
            result.weights[2 * number + 1].copy_(rivals.torch.from_numpy(weight[:, -1]))
    if setting.averages:
        result.averages = rivals.Averages(result.weights)
    return result


def passes(stream, seed, plan):
    """Yields (x, y) of every epoch. The first has the stream's order, later ones a new random order each."""
    (part,) = stream.parts(seed)
    count = plan.first * stream.batch if plan.first else len(part.y)
    x, y = part.x[:count], part.y[:count]
    yield x, y
    for epoch in range(1, plan.epochs):
        order = numpy.random.default_rng([seed, epoch]).permutation(len(y))
        yield x[order], y[order]


def follow(learner, stream, seed, plan):
    """Returns {name: {batches: [...], test: [...], pass: prequential accuracy by epoch, final: whole test set}}."""
    all_x, all_y = stream.test(seed, 0)
    tested = numpy.random.default_rng(0).permutation(len(all_y))[: plan.tested or None]
    test_x, test_y = all_x[tested], all_y[tested]
    found = {name: {"batches": [], "test": [], "pass": []} for name in learner.serves}
    batches = 0
    for epoch, (x, y) in enumerate(passes(stream, seed, plan), 1):
        right = dict.fromkeys(learner.serves, 0)
        size = plan.every * stream.batch
        for first in range(0, len(y), size):
            x_part, y_part = x[first : first + size], y[first : first + size]
            for name, (correct, _) in learner.learn(x_part, y_part).items():
                right[name] += int(sum(correct))
            batches += -(-len(y_part) // stream.batch)
            for name, labels in learner.predict(test_x).items():
                found[name]["batches"].append(batches)
                found[name]["test"].append(float((labels == test_y).mean()))
        for name, count in right.items():
            found[name]["pass"].append(count / len(y))
        if plan.halve and epoch % plan.halve == 0 and hasattr(learner, "optimiser"):
            for group in learner.optimiser.param_groups:
                group["lr"] /= 2
    for name, labels in learner.predict(all_x).items():
        found[name]["final"] = float((labels == all_y).mean())
    return found


class Candidate:
    """One setting of one learner under a plan, as comparison.py expects it. `metrics(found)`: the compared figures."""

    def __init__(self, server, setting, plan, metrics):
        self.server, self.setting, self.plan, self.metrics = server, setting, plan, metrics
        self.altmind = isinstance(setting, AltmindSetting)
        self.names = (setting.learner,) if self.altmind else setting.names()
        build = altmind_learner.fingerprint(server)  # also for rivals: their first weights come from the build
        self.revision = f"{comparison.REVISION}, {build}, {plan}"

    def results(self, store, stream, seed):
        keys = {
            name: {
                "stream": stream.name, "learner": name, "setting": str(self.setting), "revision": self.revision,
                "seed": seed,
            }
            for name in self.names
        }  # fmt: skip
        if not all(store.find(**key) for key in keys.values()):
            if self.altmind:
                learner = altmind_learner_of(self.server, stream, seed, self.setting.words)
                learner.serves = self.names
                learn, predict = learner.learn, learner.predict
                learner.learn = lambda x, y: {self.names[0]: learn(x, y)["altmind"]}
                learner.predict = lambda x: {self.names[0]: predict(x)["altmind"]}
            else:
                learner = torch_learner(self.server, stream, seed, self.setting)
            with learner:
                for name, found in follow(learner, stream, seed, self.plan).items():
                    store.add({**keys[name], "metrics": self.metrics(found), **found})
        return [store.find(**key) for key in keys.values()]


def parser(name, description):
    result = experiment.parser(name, description)
    result.add_argument("--learner", action="append", metavar="NAME", help="only this one; repeatable (default: all)")
    result.add_argument("--server", help="a built learning_server (default: build one with preset bench)")
    return result


class Runs:
    """The measurements of an experiment: `add` runs and prints one stream after the other."""

    def __init__(self, options):
        self.options = options
        self.server = options.server or altmind_learner.build()
        path = pathlib.Path(options.output) / f"{options.name}.jsonl"
        if options.quick:
            path.unlink(missing_ok=True)  # a smoke test has to run, not to reuse results
        self.store = comparison.Store(path)
        self.found, self.tables, self.plan = {}, {}, None

    def add(self, stream, settings, plan, metrics):
        """`settings`: those of the rivals; altmind's default is added. --quick runs only the first of each learner."""
        default = AltmindSetting("altmind")
        if self.options.quick:
            settings = [next(of) for _, of in itertools.groupby(settings, key=learner_of)]
        candidates = [Candidate(self.server, setting, plan, metrics) for setting in [default, *settings]]
        self.plan = plan
        candidates = comparison_program.wanted(self.options, candidates)
        altmind = [candidate for candidate in candidates if candidate.setting == default]
        rivals = [candidate for candidate in candidates if candidate.setting != default]
        found = comparison_program.records(self.options, self.store, stream, altmind, rivals, True)
        self.found[stream.name] = found
        self.tables[stream.name] = comparison.rows(found)
        print("\n".join(comparison.table_lines(stream, self.tables[stream.name])), flush=True)

    def by_learner(self, stream):
        """Returns {learner: its runs, one a seed}: among settings with all seeds, the best by the first figure."""
        grouped = {}
        for record in self.found[stream]:
            runs = grouped.setdefault(record["learner"], {}).setdefault(record["setting"], {})
            runs[record["seed"]] = record
        reach = lambda runs: numpy.mean([next(iter(run["metrics"].values())) for run in runs.values()])
        result = {}
        for learner, settings in grouped.items():
            most = max(map(len, settings.values()))
            result[learner] = list(max((runs for runs in settings.values() if len(runs) == most), key=reach).values())
        return result

    def mean(self, stream, learner, metric):
        """Returns the mean for the learner's best setting by that metric; None if it did not run."""
        rows = {row["learner"]: row for row in self.tables[stream]}
        return rows[learner][metric]["mean"] if learner in rows else None

    def summary(self, missed, offline=None):
        """Returns the summary for the JSON. `offline`: {stream: {learner: (seeds, iterations)}}."""
        last = {
            stream: {learner: experiment.summary(tests[:, -1]) for learner, tests in found.items()}
            for stream, found in (offline or {}).items()
        }
        return {
            "plan": dataclasses.asdict(self.plan), "seeds": self.options.seeds, "streams": self.tables, "offline": last,
            "missed": missed,
        }  # fmt: skip

    def rows(self):
        """Returns the rows for the CSV."""
        unique = {
            (stream, record["learner"], record["setting"], record["seed"]): record
            for stream, records in self.found.items()
            for record in records
        }
        return [
            {
                "stream": stream, "learner": learner, "setting": setting, "seed": seed, "batches": batches,
                "test": test,
            }
            for (stream, learner, setting, seed), record in unique.items()
            for batches, test in zip(record["batches"], record["test"])
        ]  # fmt: skip


def learner_of(setting):
    return setting.learner if isinstance(setting, AltmindSetting) else setting.learner()


def draw(runs, streams, along, unit, offline=None, errors=False):
    """Plots one panel per stream: test accuracy against batches / unit[stream]. `offline`: {stream: {learner: (seeds,
    iterations)}}; `errors`: test error in place of accuracy."""
    figure, axes = paper_plots.panels(len(streams), 2)
    shown = {}
    for axis, stream in zip(axes, streams):
        lines = {
            learner: (numpy.array(of[0]["batches"]) / unit[stream], numpy.array([run["test"] for run in of]))
            for learner, of in runs.by_learner(stream).items()
        }
        for learner, tests in (offline or {}).get(stream, {}).items():
            lines[learner] = numpy.arange(1, tests.shape[1] + 1), tests
        for learner, (x, tests) in lines.items():
            paper_plots.learner(axis, learner, x, 1 - tests if errors else tests)
        shown.update(lines)
        paper_plots.titles(axis, stream, along, "test error" if errors else "test accuracy")
    return figure, axes, shown
