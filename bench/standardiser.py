"""Running mean and deviation, by which the rivals standardise features and targets as altmind does."""

import numpy


class Standardiser:
    """altmind's `standardise`: by mean and deviation of all samples before the batch; the first batch by its own."""

    def __init__(self, inputs):
        self.samples = 0
        self.mean, self.squares = numpy.zeros(inputs), numpy.zeros(inputs)
        self.used = numpy.ones(inputs)  # the deviations of the last `apply`

    def add(self, x):
        """Adds samples by pooled sums of squares (Chan, Golub, LeVeque 1983)."""
        x = x.astype(numpy.float64)
        mean, squares = x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).sum(axis=0)
        total = self.samples + len(x)
        away = mean - self.mean
        self.mean = self.mean + away * len(x) / total
        self.squares = self.squares + squares + away**2 * self.samples * len(x) / total
        self.samples = total

    def apply(self, x):
        self.used = numpy.sqrt(self.squares / self.samples)
        self.used[self.used <= 1e-30] = 1.0
        return ((x - self.mean) / self.used).astype(numpy.float32)

    def learn(self, x):
        """Returns x standardised for a step; x counts from the next batch on."""
        if self.samples == 0:
            self.add(x)
            return self.apply(x)
        result = self.apply(x)
        self.add(x)
        return result
