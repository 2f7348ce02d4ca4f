"""Offline learners on the rows of a stream, tested after every iteration."""

import experiment
import altmind_learner
import numpy
import offline_learners

STARTS = "admm", "admm-forward"


def rows_of(stream, seed, count=None):
    """Returns (x, y) to learn, `count` rows drawn by the seed, or all; and (x, y) to test on. Both are scaled by the
    mean and deviation of the former if the stream says so."""
    (part,) = stream.parts(seed)
    test_x, test_y = stream.test(seed, 0)
    chosen = numpy.random.default_rng([seed, 7]).permutation(len(part.y))[:count]
    x, y = part.x[chosen], part.y[chosen]
    if stream.normaliser == "standardise":
        mean, deviation = x.mean(axis=0), x.std(axis=0)
        x, test_x = (x - mean) / deviation, (test_x - mean) / deviation
    return (x, y), (test_x, test_y)


def learners(server, stream, seed, x, y):
    """Returns altmind's first weights, for learners that start from weights."""
    with altmind_learner.AltmindLearner(server, stream, seed) as altmind:
        weights = altmind.weights()
    random = numpy.random.default_rng([seed, 8])
    return {
        "admm": offline_learners.Admm(weights, x, y, stream.outputs, random),
        "admm-forward": offline_learners.Admm(weights, x, y, stream.outputs),
        "offline-am": offline_learners.OfflineAm(weights, x, y, stream.outputs),
    }


def run(server, stream, seed, count, iterations):
    """Returns {learner: test accuracy after every iteration}."""
    (x, y), (test_x, test_y) = rows_of(stream, seed, count)
    result = {}
    for name, learner in learners(server, stream, seed, x, y).items():
        tests = []
        for _ in range(iterations):
            learner.iterate()
            tests.append(float((learner.predict(test_x) == test_y).mean()))
        result[name] = tests
    return result


def seeds(server, stream, number, count, iterations):
    """Returns {learner: (seeds 1 to number, iterations)}."""
    runs = [run(server, stream, seed, count, iterations) for seed in range(1, number + 1)]
    return {learner: numpy.array([of_seed[learner] for of_seed in runs]) for learner in runs[0]}


def report(found, iterations):
    at = [after for after in (5, 10, 20) if after < iterations] + [iterations]
    print(f"  test accuracy after {', '.join(map(str, at))} iterations")
    for learner, tests in found.items():
        print(f"  {learner:16}" + "  ".join(experiment.spread(tests[:, after - 1]) for after in at), flush=True)


def rows(stream, found):
    """Returns the rows for the CSV; an iteration is written to the column of batches."""
    return [
        {"stream": stream, "learner": learner, "setting": "", "seed": seed, "batches": after, "test": value}
        for learner, tests in found.items()
        for seed, of_seed in enumerate(tests, 1)
        for after, value in enumerate(of_seed, 1)
    ]
