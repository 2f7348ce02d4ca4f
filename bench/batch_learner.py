"""What the rivals in numpy share: they see standardised features, batch by batch, and are scored before they learn."""

import numpy
import standardiser

LEAST = 1e-15  # probability, in the log loss


class BatchLearner:
    """A learner that measuring.py can run. A subclass has `name`, and

    `predict_batch(x)`: of x (n, inputs) standardised, the probability of every class (n, classes), or scores of which
    the largest counts if `probabilities` is False, or for a regression the standardised targets (n);
    `learn_batch(x, y)`: labels (n) or standardised targets (n); called right after predict_batch of the same x.
    """

    probabilities = True
    raw = False  # x comes as it is; the learner scales it itself

    def __init__(self, stream):
        self.stream, self.serves = stream, (self.name,)
        self.features = standardiser.Standardiser(stream.inputs)
        self.targets = standardiser.Standardiser(1) if stream.regression else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def task_ended(self, x, y):
        """Does nothing."""

    def learn(self, x, y):
        """Returns {name: (correct predictions, mean loss of every batch)}, as predicted before it was learned."""
        size = self.stream.batch
        batches = range(0, len(y), size)
        scored = [self.step(x[first : first + size], y[first : first + size]) for first in batches]
        return {self.name: tuple(map(numpy.array, zip(*scored)))}

    def step(self, x, y):
        """Learns a batch; returns (correct predictions, mean loss): log loss, or squared error in the target's unit."""
        standardised = self.features.learn(x)
        x = (x if self.raw else standardised).astype(numpy.float64)
        if self.targets:
            y = self.targets.learn(y[:, None])[:, 0]
            result = 0, float(((self.predict_batch(x) - y) ** 2).mean() * self.targets.used[0] ** 2)
        else:
            found = self.predict_batch(x)
            chances = found[numpy.arange(len(y)), y]
            loss = float(-numpy.log(numpy.maximum(chances, LEAST)).mean()) if self.probabilities else numpy.nan
            result = int((found.argmax(1) == y).sum()), loss
        self.learn_batch(x, y)
        return result


class RunningMean(BatchLearner):
    """Predicts the mean of all targets so far."""

    name = "running-mean"

    def predict_batch(self, x):
        return numpy.zeros(len(x))

    def learn_batch(self, x, y):
        """Does nothing: the standardised targets have mean 0."""
