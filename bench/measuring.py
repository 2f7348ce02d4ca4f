"""Runs one learner over one stream and collects the results.

A learner has `serves` (the names it predicts under), `learn(x, y)`, `predict(x)` and `task_ended(x, y)`; see
altmind_learner.py, rivals.py and batch_learner.py.
"""

import time

import numpy

CHUNK = 20  # batches per call
POINTS = 300  # of a stored curve
SMALL_IS_GOOD = "log loss", "rmse"  # of the metrics


def measure(stream, seed, learner):
    """Returns {name: {metrics, parts, tests, curve, seconds}} for every name that `learner` serves under.

    parts: samples, correct predictions and summed loss of each part, before learning; tests: the accuracies on each
    part's tests after that part; seconds: processor time of this process.
    """
    start = time.process_time()
    parts, sizes = [], []
    tests = {name: [] for name in learner.serves}
    scored = {name: ([], []) for name in learner.serves}
    for part in stream.parts(seed):
        first_batch = len(sizes)
        for first in range(0, len(part.y), CHUNK * stream.batch):
            x, y = (values[first : first + CHUNK * stream.batch] for values in (part.x, part.y))
            for name, (correct, loss) in learner.learn(x, y).items():
                scored[name][0].extend(correct)
                scored[name][1].extend(loss)
            sizes += [min(stream.batch, len(y) - at) for at in range(0, len(y), stream.batch)]
        parts.append((part.name, part.measured, slice(first_batch, len(sizes))))
        if part.ends_task:
            learner.task_ended(part.x, part.y)
        for name, row in accuracies(stream, seed, part.tests, learner).items():
            tests[name].append(row)
    seconds = round(time.process_time() - start, 2)

    sizes, results = numpy.array(sizes), {}
    for name, (correct, loss) in scored.items():
        correct, loss = numpy.array(correct), numpy.array(loss) * sizes
        sums = [
            {
                "name": part, "measured": measured, "samples": int(sizes[batches].sum()),
                "correct": int(correct[batches].sum()), "loss": float(loss[batches].sum()),
            }
            for part, measured, batches in parts
        ]  # fmt: skip
        results[name] = {
            "metrics": metrics(stream.kind, sums, tests[name], bool(numpy.isnan(loss).all())),
            "parts": sums, "tests": tests[name],
            "curve": curve(sizes, correct, loss), "seconds": seconds,
        }  # fmt: skip
    return results


def accuracies(stream, seed, numbers, learner):
    """Returns {name: accuracy on each of the tests}."""
    rows = {name: [] for name in learner.serves}
    for number in numbers:
        x, y = stream.test(seed, number)
        for name, labels in learner.predict(x).items():
            rows[name].append(float((labels == y).mean()))
    return rows


def metrics(kind, parts, tests, never_scored):
    """Returns the compared figures by name. tests: for every part, the accuracies after it; never_scored: the learner
    has no probabilities, and therefore no loss."""
    measured = [part for part in parts if part["measured"]]
    prequential = sum(part["correct"] for part in measured) / sum(part["samples"] for part in measured)
    if kind in ("drifting", "regression"):
        loss = sum(part["loss"] for part in measured) / sum(part["samples"] for part in measured)
        if kind == "regression":
            return {"rmse": loss**0.5}
        return {"accuracy": prequential, **({} if never_scored else {"log loss": loss})}
    if kind == "static":
        return {"prequential": prequential, **({"test": tests[-1][0]} if tests[-1] else {})}
    if kind == "tasks":  # mean accuracy and backward transfer of Lopez-Paz, Ranzato 2017
        last, own = tests[-1], [row[-1] for row in tests]
        back = [after - then for after, then in zip(last[:-1], own[:-1])]
        return {"accuracy": sum(last) / len(last), "transfer": sum(back) / len(back), "prequential": prequential}
    found = {f"test {part['name'].split()[-1]}": row[0] for part, row in zip(parts, tests) if row}
    return {"after": prequential, **found}


def curve(sizes, correct, loss):
    """Returns running sums at about POINTS places: samples, correct predictions, summed loss."""
    every = max(1, len(sizes) // POINTS)
    at = numpy.unique([*range(every - 1, len(sizes), every), len(sizes) - 1])
    return {
        "samples": numpy.cumsum(sizes)[at].tolist(), "correct": numpy.cumsum(correct)[at].tolist(),
        "loss": [round(value, 4) for value in numpy.cumsum(loss)[at].tolist()],
    }  # fmt: skip
