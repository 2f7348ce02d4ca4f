"""Runs learners over streams, stores every result, and tabulates them.

Results are lines of JSON in one file, one line per stream, learner, setting and seed, appended as they come: an
interrupted run resumes where it stopped. altmind's results are looked up by its build, those of the rivals by
REVISION.
"""

import json
import math
import os
import pathlib

import altmind_bench
import altmind_learner
import measuring
import numpy
import rival_settings

REVISION = 1  # part of every key: increment it if a change to streams.py or rivals.py may change results
RESULTS = altmind_bench.ROOT / "build" / "bench-results"


class Store:
    """The file of results. Several programs may append to it concurrently."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.records = {}
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                self.remember(json.loads(line))

    def remember(self, record):
        self.records[self.key(**record)] = record

    @staticmethod
    def key(stream, learner, setting, revision, seed, **_):
        return stream, learner, setting, str(revision), seed

    def find(self, **key):
        return self.records.get(self.key(**key))

    def add(self, record):
        self.remember(record)
        line = (json.dumps(record) + "\n").encode()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line)  # one write, so that lines do not interleave
        finally:
            os.close(file)


# --- what to run ----------------------------------------------------------------------------------------------------


class Altmind:
    """altmind under a name, with settings that override its defaults."""

    def __init__(self, name, server, settings=()):
        self.name, self.server, self.settings = name, server, tuple(settings)
        self.revision = f"{REVISION}-{altmind_learner.fingerprint(server)}"
        self.setting = " ".join(settings) or "default"

    def results(self, store, stream, seed):
        key = {
            "stream": stream.name, "learner": self.name, "setting": self.setting,
            "revision": self.revision, "seed": seed,
        }  # fmt: skip
        found = store.find(**key)
        if not found:
            with altmind_learner.AltmindLearner(self.server, stream, seed, self.settings) as learner:
                (result,) = measuring.measure(stream, seed, learner).values()
                result["step_ms"] = float(numpy.median(learner.ms))
                result["last_report"] = learner.reports[-1]
            found = {**key, **result}
            store.add(found)
        return [found]


class Rival:
    """One setting of a PyTorch learner."""

    def __init__(self, setting):
        self.setting, self.names = setting, setting.names()

    def suits(self, stream):
        return True

    def learner(self, stream, seed):
        import rivals  # imported here, because running altmind alone needs no PyTorch

        return rivals.TorchLearner(stream, seed, self.setting)

    def results(self, store, stream, seed):
        """Returns a record for each name that is served."""
        keys = {
            name: {
                "stream": stream.name, "learner": name, "setting": str(self.setting),
                "revision": REVISION, "seed": seed,
            }
            for name in self.names
        }  # fmt: skip
        if not all(store.find(**key) for key in keys.values()):
            with self.learner(stream, seed) as learner:
                for name, result in measuring.measure(stream, seed, learner).items():
                    store.add({**keys[name], **result})
        return [store.find(**key) for key in keys.values()]


class NumpyRival(Rival):
    """One setting of a learner in numpy: `make(stream, seed)` returns it. `kind`: of the streams that it learns."""

    def __init__(self, name, setting, make, kind=None):
        self.names, self.setting, self.make, self.kind = (name,), rival_settings.NumpySetting(setting), make, kind

    def suits(self, stream):
        return self.kind in (None, stream.kind)

    def learner(self, stream, seed):
        return self.make(stream, seed)


def best_settings(store, stream, rivals, name):
    """Returns, for each start, the settings that were best with seed 1, by prequential accuracy or by test."""
    candidates = [rival for rival in rivals if name in rival.names]
    chosen = set()
    for start in {rival.setting.start for rival in candidates}:
        reached = {
            rival: next(record for record in rival.results(store, stream, 1) if record["learner"] == name)["metrics"]
            for rival in candidates
            if rival.setting.start == start
        }
        for metric in next(iter(reached.values())):
            chosen.add(max(reached, key=lambda rival: merit(metric, reached[rival][metric])))
    return chosen


# --- tables ---------------------------------------------------------------------------------------------------------


def merit(metric, value):
    """Returns a number that is the larger the better."""
    if math.isnan(value):
        return -math.inf
    return -value if metric in measuring.SMALL_IS_GOOD else value


def summary(records, metric):
    """Returns mean and range over the seeds."""
    values = [record["metrics"][metric] for record in records]
    return {"mean": sum(values) / len(values), "min": min(values), "max": max(values), "seeds": len(values)}


def rows(records, start=None):
    """Returns [{learner, metric: {mean, min, max, setting}}]: for every learner and metric, the best of the settings
    that were run with the most seeds; `start` leaves out rivals with a different start."""
    by_learner = {}
    for record in records:
        if start is None or record["learner"].startswith("altmind") or record["setting"].endswith(start):
            by_learner.setdefault(record["learner"], {}).setdefault(record["setting"], []).append(record)
    table = []
    for learner, settings in by_learner.items():
        most = max(len(of_setting) for of_setting in settings.values())
        full = {setting: of_setting for setting, of_setting in settings.items() if len(of_setting) == most}
        row = {"learner": learner}
        for metric in next(iter(full.values()))[0]["metrics"]:
            found = {setting: summary(of_setting, metric) for setting, of_setting in full.items()}
            best = max(found, key=lambda setting: merit(metric, found[setting]["mean"]))
            row[metric] = {**found[best], "setting": best}
        table.append(row)
    return table


def cell(found):
    if found is None:
        return ""
    spread = f" ({found['min']:.4f} to {found['max']:.4f})" if found["seeds"] > 1 else ""
    return f"{found['mean']:.4f}{spread}" if math.isfinite(found["mean"]) else "diverged"


def table_lines(stream, table, beside=None):
    """Returns the rows of one stream as text. beside: {column: {learner: text}} of further columns."""
    shape = "-".join(str(width) for width in (stream.inputs, *stream.hidden, stream.outputs))
    metrics_shown = list(dict.fromkeys(metric for row in table for metric in row if metric != "learner"))
    lines = [f"{stream.name}: {shape}, batch {stream.batch}"]
    beside = beside or {}
    of_row = [[row[metric]["setting"] for metric in metrics_shown if metric in row] for row in table]
    several = any(setting != "default" for settings in of_row for setting in settings)
    head = [["", *metrics_shown, *beside] + (["best setting, by each figure that has its own"] if several else [])]
    for row, settings in zip(table, of_row):
        line = [row["learner"], *(cell(row.get(metric)) for metric in metrics_shown)]
        line += [texts.get(row["learner"], "") for texts in beside.values()]
        head.append(line + ([" / ".join(dict.fromkeys(settings))] if several else []))
    widths = [max(len(line[column]) for line in head) for column in range(len(head[0]))]
    lines += ["  " + "  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in head]
    return lines


def csv_lines(tables):
    """Returns the tables {stream name: rows} as lines of CSV; a diverged figure is "nan"."""
    yield "stream,learner,metric,mean,min,max,seeds,setting"
    for stream, table in tables.items():
        for row in table:
            for metric in row:
                if metric != "learner":
                    found = row[metric]
                    figures = ",".join(f"{found[key]:.6g}" for key in ("mean", "min", "max"))
                    yield f'{stream},{row["learner"]},{metric},{figures},{found["seeds"]},"{found["setting"]}"'
