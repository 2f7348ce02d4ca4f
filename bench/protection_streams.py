"""Streams that protection is not designed for: `bench/protection_cost` learns them with and without it.

A stream is rows of numbers, the label last, and how they are learned. Generated streams depend only on the seed; the
others are files of the data folder, in their order or shuffled. None consists of consecutive tasks whose old ones
would be missed: `bench/continual` measures that.
"""

import csv
import dataclasses
import gzip
import typing

import altmind_daemon
import numpy


@dataclasses.dataclass(frozen=True)
class Stream:
    """`rows(random)` returns (x (n, inputs), y (n)); classes 0: a regression."""

    name: str
    rows: typing.Callable
    classes: int = 0
    batch: int = 200
    hidden: tuple = (100, 100)


STREAMS = []


def stream(classes=0, batch=200, hidden=(100, 100), name=None):
    """Registers a function of a random generator as a stream with its name."""

    def listed(function):
        STREAMS.append(Stream(name or function.__name__.replace("_", "-"), function, classes, batch, hidden))
        return function

    return listed


# --- regressions in an order ----------------------------------------------------------------------------------------


def price_list(random, count):
    """Sizes, two grades and four measures; prices over two decades, with proportional noise."""
    size = numpy.maximum(numpy.round(numpy.exp(random.normal(-0.4, 0.55, count)), 2), 0.2)
    grade, clarity = random.integers(0, 5, count), random.integers(0, 7, count)
    length = 6.5 * numpy.cbrt(size) * (1 + random.normal(0, 0.006, count))
    width, depth = length * (1 + random.normal(0, 0.003, count)), 61.7 + random.normal(0, 1.4, count)
    height = (length + width) / 2 * depth / 100
    table = 57 + random.normal(0, 2, count)
    price = 4200 * size**1.65 * (0.75 + 0.08 * grade) * (0.7 + 0.08 * clarity) * numpy.exp(random.normal(0, 0.08, count))
    x = [size, depth, table, length, width, height]
    x += [grade == value for value in range(5)] + [clarity == value for value in range(7)]
    return numpy.column_stack(x).astype(float), price


def ordered(x, y, order):
    return x[order], y[order]


@stream(batch=10)
def sorted_by_target(random):
    x, y = price_list(random, 30_000)
    return ordered(x, y, numpy.argsort(y))


@stream(batch=10)
def sorted_from_the_middle(random):
    """The expensive part first, ascending, then the cheap part, ascending."""
    x, y = price_list(random, 30_000)
    order = numpy.argsort(y)
    return ordered(x, y, numpy.roll(order, -numpy.searchsorted(y[order], 2757)))


@stream(batch=10)
def sorted_downwards(random):
    x, y = price_list(random, 20_000)
    return ordered(x, y, numpy.argsort(-y))


@stream(batch=10)
def sorted_by_a_feature(random):
    x, y = price_list(random, 20_000)
    return ordered(x, y, numpy.argsort(x[:, 0], kind="stable"))


@stream(batch=10)
def sorted_by_a_grade(random):
    x, y = price_list(random, 20_000)
    return ordered(x, y, numpy.argsort(x[:, 6:11] @ numpy.arange(5), kind="stable"))


def hours(count):
    """Returns hour of the day, day of the week and of the year, for `count` consecutive hours."""
    hour = numpy.arange(count)
    return hour % 24, hour // 24 % 7, hour / 24 % 365


@stream(batch=24)
def seasons(random):
    """Two and a half years of hourly demand."""
    hour, day, year = hours(21_900)
    warmth = 12 - 10 * numpy.cos(2 * numpy.pi * year / 365) + 3 * numpy.sin(2 * numpy.pi * (hour - 9) / 24)
    warmth += numpy.convolve(random.normal(0, 1, len(hour) + 47), numpy.ones(48) / 6, "valid")
    damp = numpy.clip(0.6 - 0.01 * warmth + random.normal(0, 0.15, len(hour)), 0, 1)
    rush = numpy.exp(-((hour - 8) ** 2) / 4) + 1.3 * numpy.exp(-((hour - 18) ** 2) / 6)
    demand = (40 + 160 * rush * (day < 5) + 90 * numpy.exp(-((hour - 14) ** 2) / 18) * (day >= 5)) * (0.3 + warmth / 25)
    demand = numpy.maximum(demand * (1.2 - damp / 2) * numpy.exp(random.normal(0, 0.2, len(hour))), 0)
    return numpy.column_stack([hour, day, year, warmth, damp]), demand


@stream(batch=10)
def rising_trend(random):
    """Inputs and target both increase, the target faster."""
    time = numpy.linspace(0, 1, 20_000)
    x = random.normal(0, 1, (20_000, 6)) + numpy.outer(time, [4, 2, 0, 0, 1, 0])
    return x, x @ [1, -2, 0.5, 0, 1, 0] + 3 * time + 6 * time**2 * x[:, 0] + random.normal(0, 0.5, 20_000)


@stream(batch=10)
def exponential_growth(random):
    time = numpy.linspace(0, 5, 20_000)
    x = numpy.column_stack([numpy.exp(time / 2) * random.lognormal(0, 0.2, 20_000), random.normal(0, 1, (20_000, 4))])
    return x, numpy.exp(time) * (1 + 0.2 * x[:, 1] + 0.1 * x[:, 2] * x[:, 3]) * random.lognormal(0, 0.1, 20_000)


@stream(batch=10)
def level_steps(random):
    """Every 4,000 samples the levels of the target and of one input jump."""
    x = random.normal(0, 1, (20_000, 5))
    level = numpy.repeat([0.0, 5.0, -3.0, 8.0, 2.0], 4_000)
    x[:, 4] += level
    return x, 2 * level + x[:, 0] - numpy.abs(x[:, 1]) + x[:, 2] * x[:, 3] + random.normal(0, 0.3, 20_000)


@stream(batch=50)
def bursts_of_noise(random):
    """Heteroscedastic: the noise grows and shrinks with autocorrelated volatility."""
    x = random.normal(0, 1, (20_000, 5))
    volatility = numpy.zeros(20_000)
    for i in range(1, 20_000):
        volatility[i] = 0.995 * volatility[i - 1] + random.normal(0, 0.12)
    x[:, 4] = numpy.exp(volatility) * numpy.abs(x[:, 4])
    return x, x[:, 0] + numpy.sin(2 * x[:, 1]) + x[:, 2] * x[:, 3] + numpy.exp(volatility) * random.normal(0, 1, 20_000)


@stream(batch=20)
def walking_inputs(random):
    """Inputs are random walks: they drift away without returning."""
    x = numpy.cumsum(random.normal(0, 0.05, (20_000, 6)), axis=0)
    return x, numpy.sin(x[:, 0]) + 0.5 * x[:, 1] * numpy.tanh(x[:, 2]) + random.normal(0, 0.2, 20_000)


@stream(batch=100)
def machines_in_turn(random):
    """Six settings of a machine, a thousand rows each, three rounds: old settings come back."""
    x = random.normal(0, 1, (18_000, 8))
    setting = numpy.arange(18_000) // 1_000 % 6
    x[:, :4] += 3 * random.normal(0, 1, (6, 4))[setting]
    weight = random.normal(0, 1, (6, 8))
    return x, (x * weight[setting]).sum(axis=1) + random.normal(0, 0.3, 18_000)


# --- classes --------------------------------------------------------------------------------------------------------


def objects(random, count, classes, when):
    """Blobs of `classes` in 20 inputs, two per class; when(i, random): the possible classes of sample i."""
    centres = random.normal(0, 1, (classes, 2, 20))
    y = numpy.array([random.choice(when(i)) for i in range(count)])
    return centres[y, random.integers(0, 2, count)] + random.normal(0, 0.9, (count, 20)), y


def late(batch):
    @stream(classes=20, batch=batch, name=f"late-classes-batch-{batch}")
    def late_classes(random):
        """Twelve classes, and from the 1,500th sample on another one every 300 samples."""
        every = numpy.arange(20)
        return objects(random, 6_000, 20, lambda i: every[: 12 + max(0, min(8, (i - 1_200) // 300))])


for size in 1, 10, 50, 200:
    late(size)


@stream(classes=40, batch=1, name="approaches-batch-1")
def approaches(random):
    """Forty objects, ten pictures of one per approach; early approaches show only thirty-two, later ones all."""
    centres = random.normal(0, 1, (40, 21))
    shown = [random.permutation(numpy.arange(40))[:40] for _ in range(10)]
    early = [label for turn in shown[:4] for label in turn if label < 32]
    y = numpy.repeat(numpy.concatenate([early, *shown[4:]]), 10)
    place = numpy.repeat(random.normal(0, 0.6, (len(y) // 10, 21)), 10, axis=0)
    return centres[y] + place + random.normal(0, 0.3, (len(y), 21)), y


@stream(classes=6, batch=50)
def classes_by_a_feature(random):
    """A table sorted by one of its inputs."""
    every = numpy.arange(6)
    x, y = objects(random, 15_000, 6, lambda i: every)
    return ordered(x, y, numpy.argsort(x[:, 3]))


@stream(classes=5, batch=50)
def recurring_concepts(random):
    """Three places with their own inputs and answers, 2,000 samples each, in turn, three times."""
    centres = random.normal(0, 1.5, (3, 5, 12))
    y = random.integers(0, 5, 18_000)
    return centres[numpy.arange(18_000) // 2_000 % 3, y] + random.normal(0, 1, (18_000, 12)), y


@stream(classes=2, batch=50)
def sea(random):
    """Street and Kim 2001: the threshold changes every 5,000 samples, 10 % of the labels are wrong."""
    x = random.uniform(0, 10, (20_000, 3))
    y = x[:, 0] + x[:, 1] <= numpy.repeat([8, 9, 7, 9.5], 5_000)
    return x, y ^ (random.random(20_000) < 0.1)


@stream(classes=2, batch=50)
def hyperplane(random):
    x = random.uniform(0, 1, (20_000, 10)) - 0.5
    weight = numpy.cumsum(random.normal(0, 0.01, (20_000, 10)), axis=0) + random.normal(0, 1, 10)
    return x, ((x * weight).sum(axis=1) > 0) ^ (random.random(20_000) < 0.05)


# --- files ----------------------------------------------------------------------------------------------------------


def file(name, label, header, first=None):
    """Reads (x, y) from a CSV file of the data folder."""
    path = altmind_daemon.data_folder() / name
    with gzip.open(path, "rt") if name.endswith(".gz") else open(path) as lines:
        table = numpy.array([row for row in csv.reader(lines)][header:][:first], dtype=float)
    return numpy.delete(table, label, axis=1), table[:, label]


@stream(classes=2, batch=10, hidden=(64, 64))
def elec2(random):
    return file("streams/elec2.csv", -1, 1)


@stream(classes=2, batch=10, hidden=(64, 64))
def weather(random):
    return file("streams/weather.csv", -1, 1)


@stream(batch=10, hidden=(64, 64))
def elec2_demand(random):
    """The demand of the next half-hour."""
    x, _ = file("streams/elec2.csv", -1, 1)
    return x[:-1], x[1:, 4]


@stream(classes=2, hidden=(300,))
def higgs(random):
    return file("higgs/higgs_51k.csv.gz", 0, 0, 20_000)


@stream(classes=10)
def mnist(random):
    pixels, labels = altmind_daemon.mnist("train")
    x = numpy.frombuffer(pixels, dtype=numpy.uint8).reshape(-1, 784)
    order = random.permutation(len(x))[:10_000]
    return x[order], numpy.frombuffer(labels, dtype=numpy.uint8)[order]
