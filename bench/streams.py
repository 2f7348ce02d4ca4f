"""The streams that learners are compared on: their samples, order and tests.

A stream is the same numbers in the same order for every learner; only numpy's default_rng(seed) determines order,
permutations and relabellings. Pictures are already normalised by fixed constants. Tables are raw if the stream says
"standardise": then every learner standardises by the running statistics of the samples it has seen.

Classes keep their index from the first sample on. Where classes arrive one after the other, the learners have all
logits from the start, and logits of classes not seen yet are not masked.
"""

import dataclasses
import functools
import gzip
import lzma
import subprocess
import sys
import typing

import altmind_bench
import numpy


@dataclasses.dataclass(frozen=True)
class Part:
    """Samples to learn, x (n, inputs) float32 and y (n) int64, or float32 for a regression, and the numbers of the
    tests after them."""

    name: str
    x: numpy.ndarray
    y: numpy.ndarray
    tests: tuple = ()
    ends_task: bool = False  # for learners that must be told
    measured: bool = True  # whether it counts in the prequential metrics


@dataclasses.dataclass(frozen=True)
class Stream:
    """`parts(seed)` yields the parts in order; `test(seed, number)` returns one (x, y) to test on.

    `kind` selects the metrics: "static" (prequential, and test at the end), "tasks" (accuracy of every task after
    every task), "drift" (prequential after the change, and tests along the way), "drifting" (prequential accuracy and
    log loss) or "regression" (prequential root of the mean squared error).
    """

    name: str
    kind: str
    inputs: int
    outputs: int
    hidden: tuple
    batch: int
    parts: typing.Callable
    test: typing.Callable = None
    normaliser: str = "none"

    @property
    def regression(self):
        return self.kind == "regression"


# --- data: read once ------------------------------------------------------------------------------------------------


def found(path):
    if not path.exists():
        sys.exit(f"{path}: not found; set ALTMIND_DATA to the folder that holds mnist/, higgs/, cifar10/ and streams/")
    return path


@functools.lru_cache
def mnist(part):
    images, labels = altmind_bench.mnist(part)
    return altmind_bench.normalised(images), labels.astype(numpy.int64)


@functools.lru_cache
def cifar_bytes(number):
    path = found(altmind_bench.data_folder() / "cifar10" / f"data_batch_{number}.bin.xz")
    records = numpy.frombuffer(lzma.open(path).read(), dtype=numpy.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(numpy.int64)


def cifar(*numbers):
    """Colour pictures: each channel scaled by the mean and deviation of all training pixels."""
    images, labels = (numpy.concatenate(parts) for parts in zip(*(cifar_bytes(number) for number in numbers)))
    mean = numpy.array([0.4914, 0.4822, 0.4465], dtype=numpy.float32).reshape(3, 1, 1)
    deviation = numpy.array([0.2470, 0.2435, 0.2616], dtype=numpy.float32).reshape(3, 1, 1)
    return ((images.astype(numpy.float32) / 255 - mean) / deviation).reshape(len(images), -1), labels


@functools.lru_cache
def grey_cifar(number):
    """16 x 16 grey: mean of the channels and of 2 x 2 pixels, then scaled by the mean and deviation of batch 1."""
    images, labels = cifar_bytes(number)
    grey = images.reshape(-1, 3, 16, 2, 16, 2).mean(axis=(1, 3, 5), dtype=numpy.float32).reshape(-1, 256)
    return (grey / 255 - numpy.float32(0.4734)) / numpy.float32(0.2275), labels


def table(name, label, **options):
    """Returns (x float32, y) of a CSV file whose column `label` is the class."""
    path = found(altmind_bench.data_folder() / name)
    with gzip.open(path, "rt") if name.endswith(".gz") else open(path) as file:
        rows = numpy.loadtxt(file, delimiter=",", dtype=numpy.float32, **options)
    y = rows[:, label].astype(numpy.int64)
    return numpy.delete(rows, label, axis=1), y


@functools.lru_cache
def higgs():
    """Returns ((x, y) to learn, (x, y) of the last 10,000 rows)."""
    x, y = table("higgs/higgs_51k.csv.gz", 0)
    return (x[:-10_000], y[:-10_000]), (x[-10_000:], y[-10_000:])


@functools.lru_cache
def scaled_higgs():
    """The same scaled by mean and deviation of the first 12,000 rows: columns must share a scale to be permuted."""
    (x, y), (test_x, test_y) = higgs()
    mean, deviation = x[:12_000].mean(axis=0, dtype=numpy.float64), x[:12_000].std(axis=0, dtype=numpy.float64)
    scale = lambda values: ((values - mean) / deviation).astype(numpy.float32)
    return (scale(x), y), (scale(test_x), test_y)


@functools.lru_cache
def letters():
    """Returns ((x, y) of the first 16,000, (x, y) of the last 4,000): capital letters as 16 integers from 0 to 15 (Frey
    and Slate 1991), from the R package mlbench; scaled by the mean and deviation of uniform integers of that range."""
    script = (
        "data(LetterRecognition, package = 'mlbench');"
        "LetterRecognition$lettr <- as.integer(LetterRecognition$lettr) - 1L;"
        "write.table(LetterRecognition, sep = ',', row.names = FALSE, col.names = FALSE)"
    )
    try:
        done = subprocess.run(["Rscript", "-e", script], check=True, stdout=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"letters: {error}; scripts/setup --bench installs r-cran-mlbench")
    rows = numpy.loadtxt(done.stdout.splitlines(), delimiter=",", dtype=numpy.float32)
    x, y = (rows[:, 1:] - 7.5) / numpy.float32(4.61), rows[:, 0].astype(numpy.int64)
    return (x[:16_000], y[:16_000]), (x[16_000:], y[16_000:])


# --- one concept, one pass ------------------------------------------------------------------------------------------


def shuffled(name, train, test, inputs, outputs, hidden, batch, first=None):
    """One shuffled pass, or its first `first` samples, then the test."""

    def parts(seed):
        x, y = train()
        order = numpy.random.default_rng(seed).permutation(len(x))[:first]
        yield Part(name, x[order], y[order], (0,))

    return Stream(name, "static", inputs, outputs, hidden, batch, parts, lambda seed, number: test())


def in_order(name, train, inputs, hidden, batch, test=None):
    """One pass in the order of the file."""

    def parts(seed):
        x, y = train()
        yield Part(name, x, y, (0,) if test else ())

    return Stream(
        name, "static", inputs, 2, hidden, batch, parts, test and (lambda seed, number: test()), "standardise"
    )


def one_pass(name, hidden, batch=200, first=None):
    return shuffled(name, lambda: mnist("train"), lambda: mnist("t10k"), 784, 10, hidden, batch, first)


STATIC = [
    one_pass("mnist", (100, 100)),
    one_pass("mnist-wide", (500, 500)),
    in_order("higgs", lambda: higgs()[0], 28, (300,), 200, lambda: higgs()[1]),
    shuffled("cifar", lambda: cifar(1, 2), lambda: cifar(5), 3072, 10, (100, 100), 200),
    in_order("elec2", lambda: table("streams/elec2.csv", -1, skiprows=1), 8, (64, 64), 10),
    in_order("weather", lambda: table("streams/weather.csv", -1, skiprows=1), 8, (64, 64), 10),
    shuffled("letters", lambda: letters()[0], lambda: letters()[1], 16, 26, (100, 100), 50),
    one_pass("mnist-1-layer", (100,)),
    one_pass("mnist-4-layers", (100,) * 4),
    one_pass("mnist-6-layers", (100,) * 6),
    one_pass("mnist-first-2000", (100, 100), 50, 2000),
    one_pass("mnist-first-8000", (100, 100), 50, 8000),
]


# --- tasks ----------------------------------------------------------------------------------------------------------


def permuted(name, tasks, samples, train, test, inputs, outputs, hidden, batch, disjoint=False):
    """`tasks` tasks that differ by a fixed permutation of the inputs; the first has none.

    Each task draws its samples without replacement from all of `train`, or if `disjoint`, from the rest of it.
    """

    def permutation(seed, number):
        return numpy.random.default_rng([seed, number]).permutation(inputs) if number else numpy.arange(inputs)

    def parts(seed):
        x, y = train()
        random = numpy.random.default_rng(seed)
        order = random.permutation(len(x))
        for number in range(tasks):
            if disjoint:
                drawn = order[number * samples : (number + 1) * samples]
            else:
                drawn = random.permutation(len(x))[:samples]
            columns = permutation(seed, number)
            yield Part(f"permutation {number + 1}", x[drawn][:, columns], y[drawn], tuple(range(number + 1)), True)

    def tested(seed, number):
        x, y = test()
        return x[:, permutation(seed, number)], y

    return Stream(name, "tasks", inputs, outputs, hidden, batch, parts, tested)


def split(name, size, train, test, inputs, hidden, batch, outputs=10):
    """All classes, `size` at a time in order of their indices, each with all its samples, shuffled."""

    def chosen(data, number):
        x, y = data()
        return x, y, numpy.flatnonzero(y // size == number)

    def parts(seed):
        random = numpy.random.default_rng(seed)
        for number in range(outputs // size):
            x, y, rows = chosen(train, number)
            rows = random.permutation(rows)
            classes = "-".join(str(label) for label in range(number * size, (number + 1) * size))
            yield Part(f"classes {classes}", x[rows], y[rows], tuple(range(number + 1)), True)

    def tested(seed, number):
        x, y, rows = chosen(test, number)
        return x[rows], y[rows]

    return Stream(name, "tasks", inputs, outputs, hidden, batch, parts, tested)


def permuted_mnist(name, tasks, samples=20_000):
    return permuted(name, tasks, samples, lambda: mnist("train"), lambda: mnist("t10k"), 784, 10, (256, 256), 200)


def split_mnist(name, size, hidden):
    return split(name, size, lambda: mnist("train"), lambda: mnist("t10k"), 784, hidden, 50)


# --- labels that change their meaning -------------------------------------------------------------------------------


def relabelling(seed):
    """Returns a permutation of the ten labels without a fixed point."""
    random = numpy.random.default_rng([seed, 10])
    while True:
        labels = random.permutation(10)
        if not (labels == numpy.arange(10)).any():
            return labels


def relabelled(name, before, length, batch):
    """The parts of `before(seed)`, then `length` MNIST images with new labels, tested after 1k, 4k and 20k."""

    def parts(seed):
        yield from before(seed)
        x, y = mnist("train")
        order = numpy.random.default_rng([seed, 1]).permutation(len(x))[:length]
        cuts = [0, 1000, 4000, 20_000] + ([length] if length > 20_000 else [])
        for first, end in zip(cuts, cuts[1:]):
            rows = order[first:end]
            yield Part(f"relabelled, to {end}", x[rows], relabelling(seed)[y[rows]], (0,) if end <= 20_000 else ())

    def tested(seed, number):
        x, y = mnist("t10k")
        return x, relabelling(seed)[y]

    return Stream(name, "drift", 784, 10, (256, 256), batch, parts, tested)


def half_of_mnist(seed):
    x, y = mnist("train")
    order = numpy.random.default_rng(seed).permutation(len(x))[:30_000]
    yield Part("first labels", x[order], y[order], ends_task=True, measured=False)


def pairs_of_mnist(seed):
    """Split-MNIST as one part, without its tests."""
    for part in split_mnist("", 2, ()).parts(seed):
        yield dataclasses.replace(part, tests=(), measured=False)


CONTINUAL = [
    permuted_mnist("permuted-mnist-5", 5),
    permuted_mnist("permuted-mnist-10", 10),
    permuted_mnist("permuted-mnist-20", 20, 10_000),
    split_mnist("split-mnist", 2, (256, 256)),
    split_mnist("split-mnist-wide", 2, (1000,)),
    split_mnist("single-mnist", 1, (256, 256)),
    split("split-cifar", 2, lambda: grey_cifar(1), lambda: grey_cifar(5), 256, (100, 100), 50),
    permuted("permuted-cifar", 3, 10_000, lambda: grey_cifar(1), lambda: grey_cifar(5), 256, 10, (100, 100), 50),
    permuted(
        "permuted-higgs", 3, 12_000, lambda: scaled_higgs()[0], lambda: scaled_higgs()[1], 28, 2, (300,), 200, True
    ),
    permuted("permuted-letters", 3, 8_000, lambda: letters()[0], lambda: letters()[1], 16, 26, (100, 100), 50),
    split("split-letters", 2, lambda: letters()[0], lambda: letters()[1], 16, (100, 100), 50, 26),
    relabelled("mnist-relabelled-half-way", half_of_mnist, 30_000, 200),
    relabelled("split-mnist-relabelled", pairs_of_mnist, 20_000, 50),
]


# --- streams of the literature that drift ---------------------------------------------------------------------------

LENGTH = 50_000


@functools.lru_cache
def stream_dump():
    return altmind_bench.build("stream_dump")


@functools.lru_cache(maxsize=4)
def generated_samples(name, seed, drift_every, noise, inputs, regression):
    """Returns (x, y) of the first LENGTH samples of a built-in stream of altmind."""
    words = [stream_dump(), name, LENGTH, seed, drift_every, noise, inputs]
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"stream_dump {name} failed")
    x = numpy.frombuffer(done.stdout, dtype=numpy.float32, count=LENGTH * inputs).reshape(-1, inputs)
    y = numpy.frombuffer(done.stdout, dtype=numpy.float32 if regression else numpy.uint32, offset=x.nbytes)
    return x.copy(), y.astype(numpy.float32 if regression else numpy.int64)


def generated(name, inputs, outputs, drift_every, noise=0.0, stream=None):
    """A built-in stream called `stream`, under a name of its own if it is used twice; outputs 0: a regression."""

    def parts(seed):
        yield Part(name, *generated_samples(stream or name, seed, drift_every, noise, inputs, outputs == 0))

    kind = "drifting" if outputs else "regression"
    return Stream(name, kind, inputs, max(1, outputs), (64, 64), 10, parts, normaliser="standardise")


def beginning(stream, length):
    """Returns the stream's first `length` samples as a stream; of streams with one part."""

    def parts(seed):
        for part in stream.parts(seed):
            yield dataclasses.replace(part, x=part.x[:length], y=part.y[:length])

    return dataclasses.replace(stream, parts=parts)


DRIFTING = [
    generated("sea", 3, 2, 12_500, 0.1),
    generated("stagger", 9, 2, 5_000),
    generated("led", 24, 10, 10_000, 0.1),
    generated("agrawal", 9, 2, 10_000),
    generated("hyperplane", 10, 2, 10_000, 0.05),
    generated("random-rbf", 10, 5, 0),
    generated("random-rbf-drift", 10, 5, 2_000, stream="random-rbf"),
    generated("interchanging-rbf", 2, 15, 3_000),
    generated("moving-squares", 2, 4, 2_840),
    generated("chessboard", 2, 8, 2_000),
    generated("mixed-drift", 2, 27, 3_000),
    *(dataclasses.replace(stream, kind="drifting") for stream in STATIC if stream.name in ("elec2", "weather")),
    generated("friedman", 10, 0, 10_000, 0.05),
    generated("planes", 10, 0, 10_000, 0.05),
]
