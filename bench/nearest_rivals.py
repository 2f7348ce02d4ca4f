"""Rivals in numpy that keep samples: 5 nearest neighbours of a sliding window, and kNN with self-adjusting memory.

Distances are Euclidean, on the features as they are, or standardised by the running deviations at the time of the
prediction: where the scales of features mean something, as in moving squares, standardising them costs much. Among
equal distances newer samples come first.
"""

import batch_learner
import comparison
import numpy

NEIGHBOURS = 5
MEMORY = 5_000  # samples
CLOSEST = 1e-8  # squared distance: the weights of votes are bounded by 1e4
AGE = 1e-10  # added to the squared distance of the oldest sample


class Rows:
    """Samples in order of arrival: x (n, inputs) raw, y (n)."""

    def __init__(self, inputs):
        self.all_x, self.all_y = numpy.empty((2 * MEMORY + 1_000, inputs)), numpy.empty(2 * MEMORY + 1_000, dtype=int)
        self.first = self.end = 0

    def __len__(self):
        return self.end - self.first

    @property
    def x(self):
        return self.all_x[self.first : self.end]

    @property
    def y(self):
        return self.all_y[self.first : self.end]

    def append(self, x, y):
        if self.end + len(y) > len(self.all_y):
            count = len(self)
            self.all_x[:count], self.all_y[:count] = self.x.copy(), self.y.copy()
            self.first, self.end = 0, count
        self.all_x[self.end : self.end + len(y)], self.all_y[self.end : self.end + len(y)] = x, y
        self.end += len(y)

    def take(self, count):
        """Removes the oldest samples and returns copies (x, y)."""
        result = self.x[:count].copy(), self.y[:count].copy()
        self.first += count
        return result

    def replace(self, x, y):
        self.first = self.end = 0
        self.append(x, y)


def squared_distances(queries, samples, aged=False):
    """Returns (queries, samples); aged: plus at most AGE, the more the earlier a sample stands."""
    found = (queries**2).sum(1)[:, None] + (samples**2).sum(1) - 2.0 * queries @ samples.T
    numpy.maximum(found, 0.0, out=found)
    return found + numpy.linspace(AGE, 0.0, len(samples)) if aged else found


def nearest(distances, y):
    """Returns (distances, labels) of the NEIGHBOURS nearest of every query, in any order; infinite where missing."""
    missing = NEIGHBOURS - distances.shape[1]
    if missing > 0:
        distances = numpy.pad(distances, ((0, 0), (0, missing)), constant_values=numpy.inf)
        y = numpy.pad(y, (0, missing))
    columns = numpy.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return numpy.take_along_axis(distances, columns, 1), y[columns]


def merged(one, other):
    """Returns the nearest of two results of `nearest`."""
    distances, labels = (numpy.hstack(parts) for parts in zip(one, other))
    columns = numpy.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return numpy.take_along_axis(distances, columns, 1), numpy.take_along_axis(labels, columns, 1)


def votes(found, classes, weighted):
    """Returns (queries, classes), each neighbour's vote counting 1, or the inverse of its distance."""
    distances, labels = found
    weights = 1.0 / numpy.sqrt(numpy.maximum(distances, CLOSEST)) if weighted else numpy.isfinite(distances) * 1.0
    result = numpy.zeros((len(labels), classes))
    numpy.add.at(result, (numpy.arange(len(labels))[:, None], labels), weights)
    return result


class Keeper(batch_learner.BatchLearner):
    probabilities = False
    raw = True

    def __init__(self, stream, standardised):
        super().__init__(stream)
        self.standardised = standardised

    def unit(self):
        return self.features.used if self.standardised else 1.0

    def scaled(self, x):
        return (x - self.features.mean) / self.unit()


class Window(Keeper):
    """Majority of the NEIGHBOURS nearest of the last MEMORY samples."""

    name = "5nn-window"

    def __init__(self, stream, standardised):
        super().__init__(stream, standardised)
        self.rows = Rows(stream.inputs)

    def predict_batch(self, x):
        distances = squared_distances(self.scaled(x), self.scaled(self.rows.x), aged=True)
        return votes(nearest(distances, self.rows.y), self.stream.outputs, weighted=False)

    def learn_batch(self, x, y):
        self.rows.append(x, y)
        self.rows.take(max(0, len(self.rows) - MEMORY))


def disagreeing(to_short, y, short_y, to_others, other_y):
    """Returns which of the others are removed because of the samples of the short-term memory with labels y: of their
    nearest those with another label, no further away than the furthest neighbour in the short-term memory that agrees.

    to_short (samples, short-term memory), infinite to the sample itself; to_others (samples, others): distances."""
    removed = numpy.zeros(len(other_y), dtype=bool)
    if len(other_y) == 0 or to_short.shape[1] <= NEIGHBOURS:
        return removed
    distances, labels = nearest(to_short, short_y)
    agree = (labels == y[:, None]) & numpy.isfinite(distances)
    reach = numpy.where(agree, distances, -1.0).max(1)
    count = min(NEIGHBOURS, len(other_y))
    columns = numpy.argpartition(to_others, count - 1, axis=1)[:, :count]
    wrong = (other_y[columns] != y[:, None]) & (numpy.take_along_axis(to_others, columns, 1) <= reach[:, None])
    removed[columns[wrong]] = True
    return removed


def centres(x, count, random, rounds=10):
    """Returns `count` centres (count, inputs) by k-means++ (Arthur and Vassilvitskii 2007)."""
    chosen = [random.integers(len(x))]
    left = squared_distances(x[chosen], x)[0]
    while len(chosen) < count:
        total = left.sum()
        chosen.append(random.choice(len(x), p=left / total) if total > 0.0 else random.integers(len(x)))
        left = numpy.minimum(left, squared_distances(x[chosen[-1:]], x)[0])
    result = x[chosen]
    for _ in range(rounds):
        members = numpy.eye(count)[squared_distances(x, result).argmin(1)]
        sizes = members.sum(0)
        moved = numpy.where(sizes[:, None] > 0, members.T @ x / numpy.maximum(sizes, 1)[:, None], result)
        if numpy.allclose(moved, result):
            break
        result = moved
    return result


class SelfAdjustingMemory(Keeper):
    """SAM-kNN (Losing, Hammer, Wersing, "KNN classifier with self adjusting memory for heterogeneous concept drift",
    ICDM 2016), with the authors' parameters: 5 neighbours that vote by inverse distance, 5,000 samples of which the
    long-term memory has at most 0.4, a short-term memory of at least 50.

    Predictions come from the short-term memory, the long-term one or both, whichever predicted most of the samples in
    the short-term memory correctly. Its size is the best of its halvings by interleaved test-train accuracy; what
    leaves it enters the long-term memory unless it disagrees; a full long-term memory is compressed to half by
    k-means++, class by class. As in the authors' "maxACCApprox", a window's accuracy is not computed again when its
    beginning moves on. Unlike theirs, sizes and memories are adjusted once a batch, not once a sample.
    """

    name = "sam-knn"
    LONG, LEAST = int(0.4 * MEMORY), 50
    CHUNK = 100  # samples compared at a time

    def __init__(self, stream, seed, standardised):
        super().__init__(stream, standardised)
        self.random = numpy.random.default_rng([seed, 700])
        self.short, self.long = Rows(stream.inputs), Rows(stream.inputs)
        self.right = numpy.zeros((3, 0), dtype=bool)  # by short-term memory, long-term memory, both: its samples
        self.levels = []  # of the window of size n / 2^j, whether its last samples were predicted correctly

    def labels(self, found):
        return votes(found, self.stream.outputs, weighted=True).argmax(1)

    def predict_batch(self, x):
        queries = self.scaled(x)
        self.to_short = squared_distances(queries, self.scaled(self.short.x), aged=True)
        self.to_long = squared_distances(queries, self.scaled(self.long.x))
        near, far = nearest(self.to_short, self.short.y), nearest(self.to_long, self.long.y)
        self.predicted = numpy.array([self.labels(found) for found in (near, far, merged(near, far))])
        best = 0 if min(len(self.short), len(self.long)) < NEIGHBOURS else int(self.right.sum(1).argmax())
        return numpy.eye(self.stream.outputs)[self.predicted[best]]

    def learn_batch(self, x, y):
        queries, to_short = self.scaled(x), self.to_short
        among = squared_distances(queries, queries)
        numpy.fill_diagonal(among, numpy.inf)
        self.right = numpy.hstack([self.right, self.predicted == y])
        self.short.append(x, y)
        removed = disagreeing(numpy.hstack([to_short, among]), y, self.short.y, self.to_long, self.long.y)
        if removed.any():
            self.long.replace(self.long.x[~removed], self.long.y[~removed])
        among[numpy.triu_indices(len(y))] = numpy.inf  # a sample is tested on earlier ones only
        self.test_windows(numpy.hstack([to_short, among]), y)
        self.keep_best_window()
        self.check_sizes()

    def sizes(self):
        """Returns the sizes of the windows compared: n, n / 2, n / 4, ..., none below LEAST but the first."""
        found = [len(self.short)]
        while found[-1] // 2 >= self.LEAST:
            found.append(found[-1] // 2)
        return found

    def test_windows(self, distances, y):
        """Adds whether each window predicts the new samples. distances: to all of the short-term memory."""
        sizes, n = self.sizes(), len(self.short)
        found, end = None, n
        for level in reversed(range(len(sizes))):
            first = n - sizes[level]
            part = nearest(distances[:, first:end], self.short.y[first:end])
            found, end = merged(found, part) if found else part, first
            right = self.labels(found) == y
            if level < len(self.levels):
                self.levels[level] = numpy.append(self.levels[level], right)[-sizes[level] :]
            else:
                self.levels[level:] = [self.tested(sizes[level]), *self.levels[level:]]
        del self.levels[len(sizes) :]

    def tested(self, size):
        """Returns whether each of the last `size` samples is predicted by those before it."""
        x = self.scaled(self.short.x[-size:])
        distances = squared_distances(x, x, aged=True)
        distances[numpy.triu_indices(size)] = numpy.inf
        return self.labels(nearest(distances, self.short.y[-size:])) == self.short.y[-size:]

    def keep_best_window(self):
        accuracies = [right[NEIGHBOURS:].mean() if len(right) > NEIGHBOURS else 0.0 for right in self.levels]
        best = int(numpy.argmax(numpy.round(accuracies, 4)))
        if best == 0:
            return
        del self.levels[:best]
        size = self.sizes()[best]
        x, y = self.forget(len(self.short) - size)
        scaled = self.scaled(self.short.x)
        for first in range(0, size, self.CHUNK):
            rows = numpy.arange(first, min(first + self.CHUNK, size))
            to_short = squared_distances(scaled[rows], scaled, aged=True)
            to_short[numpy.arange(len(rows)), rows] = numpy.inf
            to_old = squared_distances(scaled[rows], self.scaled(x))
            kept = ~disagreeing(to_short, self.short.y[rows], self.short.y, to_old, y)
            x, y = x[kept], y[kept]
        self.long.append(x, y)

    def forget(self, count):
        """Removes and returns the oldest samples of the short-term memory."""
        self.right = self.right[:, count:]
        return self.short.take(count)

    def check_sizes(self):
        if len(self.short) + len(self.long) <= MEMORY:
            return
        if len(self.long) <= self.LONG:
            self.long.append(*self.forget(self.LONG - len(self.long) + 1))
            self.levels = [right[-size:] for right, size in zip(self.levels, self.sizes())]
        self.compress()

    def compress(self):
        x, y = self.scaled(self.long.x), self.long.y.copy()
        parts = []
        for label in numpy.unique(y):
            of_class = x[y == label]
            found = centres(of_class, max(1, len(of_class) // 2), self.random)
            parts.append((found * self.unit() + self.features.mean, numpy.full(len(found), label)))
        self.long.replace(*(numpy.concatenate(part) for part in zip(*parts)))


def rivals():
    """Returns every setting of both rivals."""
    found = []
    for text, standardised in ("standardised", True), ("as they are", False):
        window = lambda stream, _, standardised=standardised: Window(stream, standardised)
        memory = lambda stream, seed, standardised=standardised: SelfAdjustingMemory(stream, seed, standardised)
        found.append(comparison.NumpyRival("5nn-window", text, window, "drifting"))
        found.append(comparison.NumpyRival("sam-knn", text, memory, "drifting"))
    return found
