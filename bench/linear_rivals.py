"""Linear rivals in numpy: softmax regression, ridge regression on random features, linear discriminant analysis.

"memory" is the number of samples after which a sample counts 1 / e as much as a new one in the sums; "all": none fades.
"""

import batch_learner
import comparison
import numpy

RATES = 0.003, 0.01, 0.03, 0.1, 0.3, 1.0
MEMORIES = None, 10_000, 1_000, 100


def softmax(logits):
    chances = numpy.exp(logits - logits.max(1, keepdims=True))
    return chances / chances.sum(1, keepdims=True)


def with_ones(x):
    return numpy.hstack([x, numpy.ones((len(x), 1))])


def one_hot(y, classes):
    return numpy.eye(classes)[y]


class Softmax(batch_learner.BatchLearner):
    """Multinomial logistic regression; one step of gradient descent a batch, from zero weights. For a regression,
    linear least squares by the same steps."""

    name = "softmax"

    def __init__(self, stream, rate):
        super().__init__(stream)
        self.rate = rate
        self.weights = numpy.zeros((stream.inputs + 1, stream.outputs))

    def predict_batch(self, x):
        outputs = with_ones(x) @ self.weights
        return outputs[:, 0] if self.stream.regression else softmax(outputs)

    def learn_batch(self, x, y):
        error = self.predict_batch(x) - (y if self.stream.regression else one_hot(y, self.stream.outputs))
        self.weights -= self.rate / len(y) * with_ones(x).T @ error.reshape(len(y), -1)


class LinearSgd(Softmax):
    name = "linear-sgd"


class Ridge(batch_learner.BatchLearner):
    """Ridge regression of the one-hot classes, or of the target, on the inputs, a constant and random ReLU features
    max(0, W x + b), W ~ N(0, 2 / inputs), b ~ N(0, 1). Sums are exact; the weights solve them after every batch."""

    probabilities = False
    STRENGTH = 1.0

    def __init__(self, stream, seed, width, memory):
        self.name = f"ridge-{width}"
        super().__init__(stream)
        random = numpy.random.default_rng([seed, 600])
        self.first = random.normal(0.0, (2.0 / stream.inputs) ** 0.5, (stream.inputs, width))
        self.bias = random.normal(0.0, 1.0, width)
        self.keep = numpy.exp(-1.0 / memory) if memory else 1.0
        count = width + stream.inputs + 1
        self.sums, self.answers = numpy.zeros((count, count)), numpy.zeros((count, stream.outputs))
        self.weights = numpy.zeros((count, stream.outputs))

    def map(self, x):
        return with_ones(numpy.hstack([x, numpy.maximum(0.0, x @ self.first + self.bias)]))

    def predict_batch(self, x):
        outputs = self.map(x) @ self.weights
        return outputs[:, 0] if self.stream.regression else outputs

    def learn_batch(self, x, y):
        features, keep = self.map(x), self.keep ** len(y)
        answers = y[:, None] if self.stream.regression else one_hot(y, self.stream.outputs)
        self.sums = keep * self.sums + features.T @ features
        self.answers = keep * self.answers + features.T @ answers
        self.weights = numpy.linalg.solve(self.sums + self.STRENGTH * numpy.eye(len(self.sums)), self.answers)


class Discriminant(batch_learner.BatchLearner):
    """Linear discriminant analysis of the inputs: the class means, and one covariance within the classes, of running
    sums; priors by the counts plus one. A class not seen has the mean of all samples."""

    name = "lda"
    RIDGE = 1e-3  # added to the covariance's diagonal

    def __init__(self, stream, memory):
        super().__init__(stream)
        self.keep = numpy.exp(-1.0 / memory) if memory else 1.0
        self.counts, self.sums = numpy.zeros(stream.outputs), numpy.zeros((stream.outputs, stream.inputs))
        self.squares = numpy.zeros((stream.inputs, stream.inputs))

    def predict_batch(self, x):
        total = self.counts.sum()
        if total == 0:
            return numpy.full((len(x), len(self.counts)), 1.0 / len(self.counts))
        share = numpy.maximum(self.counts, 1e-12)[:, None]
        means = numpy.where(self.counts[:, None] > 1e-6, self.sums / share, self.sums.sum(0) / total)
        within = (self.squares - (self.counts[:, None] * means).T @ means) / total
        directions = numpy.linalg.solve(within + self.RIDGE * numpy.eye(len(within)), means.T)
        priors = numpy.log((self.counts + 1) / (total + len(self.counts)))
        return softmax(x @ directions - 0.5 * (means.T * directions).sum(0) + priors)

    def learn_batch(self, x, y):
        keep, of_class = self.keep ** len(y), one_hot(y, len(self.counts))
        self.counts = keep * self.counts + of_class.sum(0)
        self.sums = keep * self.sums + of_class.T @ x
        self.squares = keep * self.squares + x.T @ x


def text(memory):
    return f"memory {memory or 'all'}"


def rivals():
    """Returns every setting of every linear rival."""
    mean = lambda stream, _: batch_learner.RunningMean(stream)
    found = [comparison.NumpyRival("running-mean", "default", mean, "regression")]
    for rate in RATES:
        for learner, kind in (Softmax, "drifting"), (LinearSgd, "regression"):
            make = lambda stream, _, learner=learner, rate=rate: learner(stream, rate)
            found.append(comparison.NumpyRival(learner.name, f"rate {rate:g}", make, kind))
    for memory in MEMORIES:
        make = lambda stream, _, memory=memory: Discriminant(stream, memory)
        found.append(comparison.NumpyRival("lda", text(memory), make, "drifting"))
    for width in 128, 512:
        for memory in MEMORIES:
            make = lambda stream, seed, width=width, memory=memory: Ridge(stream, seed, width, memory)
            found.append(comparison.NumpyRival(f"ridge-{width}", text(memory), make))
    return found
