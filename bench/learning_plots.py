"""The figures of plot_learning. Every function returns a matplotlib figure, or None if there are no measurements."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import numpy
from matplotlib.ticker import FuncFormatter, MaxNLocator

# Names, and colours safe for all kinds of colour vision (Okabe, Ito 2008); averaged learners are dashed.
LOOKS = {
    "altmind": ("altmind, default", "#D55E00", "-"),
    "altmind-unprotected": ("altmind without protection", "#D55E00", ":"),
    "adam": ("Adam", "#0072B2", "-"),
    "adam-averaged": ("Adam, served by averages", "#0072B2", "--"),
    "adam-no-momentum": ("Adam, beta1 = 0", "#009E73", "-"),
    "adam-no-momentum-averaged": ("Adam, beta1 = 0, averages", "#009E73", "--"),
    "sgd": ("SGD, momentum 0.9", "#999999", "-"),
    "sgd-no-momentum": ("SGD", "#999999", "-"),
    "replay-500": ("replay, 500 stored", "#CC79A7", "--"),
    "replay-2000": ("replay, 2,000 stored", "#CC79A7", "-"),
    "ewc-100": ("online EWC, strength 100", "#56B4E9", "-"),
    "ewc-1000": ("online EWC, strength 1,000", "#56B4E9", "--"),
}
TITLES = {
    "mnist": "MNIST, 2 x 100",
    "mnist-wide": "MNIST, 2 x 500",
    "higgs": "HIGGS, 28-300-2",
    "cifar": "CIFAR-10, 2 x 100",
    "elec2": "Elec2, 2 x 64, in order",
    "weather": "Weather, 2 x 64, in order",
    "letters": "Letters, 2 x 100",
    "mnist-1-layer": "1 hidden layer of 100",
    "mnist-4-layers": "4 hidden layers of 100",
    "mnist-6-layers": "6 hidden layers of 100",
    "mnist-first-2000": "MNIST, first 2,000, batch 50",
    "mnist-first-8000": "MNIST, first 8,000, batch 50",
    "permuted-mnist-5": "Permuted MNIST, 5 tasks",
    "permuted-mnist-10": "Permuted MNIST, 10 tasks",
    "permuted-mnist-20": "Permuted MNIST, 20 tasks",
    "split-mnist": "Split MNIST, two digits at a time",
    "split-mnist-wide": "Split MNIST, 784-1000-10",
    "single-mnist": "MNIST, one digit at a time",
    "split-cifar": "Split CIFAR-10, two classes at a time",
    "permuted-cifar": "Permuted CIFAR-10, 3 tasks",
    "permuted-higgs": "Permuted HIGGS, 3 tasks",
    "permuted-letters": "Permuted letters, 3 tasks",
    "split-letters": "Letters, two classes at a time",
    "mnist-relabelled-half-way": "MNIST, labels permuted half-way",
    "split-mnist-relabelled": "Split MNIST, then all ten relabelled",
}
MATRICES = "altmind", "altmind-unprotected", "adam", "ewc-100", "replay-2000"

pyplot.rcParams.update(
    {
        "font.size": 10, "axes.titlesize": 11, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#E5E5E5", "legend.frameon": False,
    }
)  # fmt: skip


def best_runs(records):
    """Returns {stream: {learner: its records, one a seed}}: rivals with their best setting, altmind's newest build."""
    grouped = {}
    for record in records:
        by_learner = grouped.setdefault(record["stream"], {})
        key = record["setting"], record["revision"]
        settings = by_learner.setdefault(record["learner"], {})
        settings[key] = [*settings.pop(key, []), record]  # keeps the most recently appended key last

    def best(learner, settings):
        if learner.startswith("altmind"):
            return list(settings.values())[-1]
        most = max(map(len, settings.values()))
        reach = lambda runs: numpy.mean([next(iter(run["metrics"].values())) for run in runs])
        return max((runs for runs in settings.values() if len(runs) == most), key=reach)

    return {
        stream: {learner: best(learner, by_learner[learner]) for learner in LOOKS if learner in by_learner}
        for stream, by_learner in grouped.items()
    }


def so_far(run):
    """Returns (samples, prequential accuracy from the first sample to there) along a run."""
    samples = numpy.array(run["curve"]["samples"])
    return samples, numpy.array(run["curve"]["correct"]) / samples


def windowed(run, width):
    """Returns (samples, accuracy over about the last `width` samples) along a run."""
    samples = numpy.array([0, *run["curve"]["samples"]])
    correct = numpy.array([0, *run["curve"]["correct"]])
    first = numpy.searchsorted(samples, samples[1:] - width, side="left").clip(max=numpy.arange(len(samples) - 1))
    return samples[1:], (correct[1:] - correct[first]) / (samples[1:] - samples[first])


def panels(count, columns, height=3.0, width=3.9):
    """Returns a figure of `count` panels with room for a legend below, and the used axes."""
    columns = min(columns, count)
    lines = -(-count // columns)
    size = max(8.0, width * columns), height * lines + 0.8  # a narrower figure has no room for the legend
    figure, axes = pyplot.subplots(lines, columns, figsize=size, squeeze=False)
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    return figure, axes.flat[:count]


def legend_below(figure, learners):
    """Adds one legend for all panels."""
    lines = [
        pyplot.Line2D([], [], color=LOOKS[name][1], linestyle=LOOKS[name][2], linewidth=width_of(name))
        for name in learners
    ]
    columns = min(len(lines), 3 if figure.get_figwidth() < 12 else 4)
    rows = -(-len(lines) // columns)
    room = (0.1 + 0.22 * rows) / figure.get_figheight()
    figure.tight_layout(rect=(0, room, 1, 1))
    figure.legend(lines, [LOOKS[name][0] for name in learners], loc="lower center", ncol=columns, borderaxespad=0.3)
    return figure


def width_of(name):
    return 2.4 if name.startswith("altmind") else 1.4


def draw(axis, name, x, lines):
    """Draws the mean of `lines` and their range."""
    _, colour, dash = LOOKS[name]
    lines = numpy.array(lines)
    order = 3 if name.startswith("altmind") else 2
    axis.plot(x, lines.mean(axis=0), color=colour, linestyle=dash, linewidth=width_of(name), zorder=order)
    axis.fill_between(x, lines.min(axis=0), lines.max(axis=0), color=colour, alpha=0.15, linewidth=0, zorder=order - 1)


def thousands(axis, label="samples learned"):
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.set_xlabel(label)


def used(runs, names):
    return [learner for learner in LOOKS if any(learner in runs[name] for name in names)]


def curves(runs, names):
    """Plots the prequential accuracy so far along each stream."""
    names = [name for name in names if name in runs]
    if not names:
        return None
    figure, axes = panels(len(names), 3 if len(names) != 4 else 2)
    for axis, name in zip(axes, names):
        shown = []
        for learner, of_learner in runs[name].items():
            lines = [so_far(run) for run in of_learner]
            draw(axis, learner, lines[0][0], [accuracy for _, accuracy in lines])
            shown.append(numpy.mean([accuracy for _, accuracy in lines], axis=0))
        # The climb from chance would flatten the rest: start the axis at the level that the lines reach after a third.
        low = numpy.median([accuracy[len(accuracy) // 3] for accuracy in shown])
        settled = numpy.array([accuracy[len(accuracy) // 3 :] for accuracy in shown])
        low, high = min(low, numpy.quantile(settled, 0.1)), numpy.quantile(settled, 0.999)
        ends = min(accuracy[-1] for accuracy in shown)  # keep every end visible, unless it is far below the others
        low = min(low, max(ends, 2 * low - high))
        axis.set_ylim(low - 0.08 * (high - low), high + 0.05 * (high - low))
        axis.set_title(TITLES[name])
        axis.set_ylabel("prequential accuracy so far")
        thousands(axis)
    return legend_below(figure, used(runs, names))


def seen_so_far(runs, names):
    """Plots the mean accuracy over the tasks seen, after every task."""
    names = [name for name in names if name in runs]
    if not names:
        return None
    figure, axes = panels(len(names), 3)
    for axis, name in zip(axes, names):
        for learner, of_learner in runs[name].items():
            lines = [[numpy.mean(row) for row in run["tests"]] for run in of_learner]
            draw(axis, learner, range(1, len(lines[0]) + 1), lines)
        axis.set_title(TITLES[name])
        axis.set_xlabel("tasks learned")
        axis.set_ylabel("mean accuracy, tasks so far")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return legend_below(figure, used(runs, names))


def around_change(runs, names):
    """Plots the prequential accuracy from shortly before the labels change their meaning."""
    names = [name for name in names if name in runs]
    if not names:
        return None
    figure, axes = panels(len(names), 2, width=5.5)
    for axis, name in zip(axes, names):
        for learner, of_learner in runs[name].items():
            before = sum(part["samples"] for part in of_learner[0]["parts"] if not part["measured"])
            lines = [windowed(run, 500) for run in of_learner]
            x = lines[0][0] - before
            chosen = x >= -5000
            draw(axis, learner, x[chosen], [accuracy[chosen] for _, accuracy in lines])
        axis.axvline(0, color="#444444", linewidth=1, zorder=1)
        axis.set_ylim(0, 1)
        axis.set_title(TITLES[name])
        axis.set_ylabel("accuracy, last 500 samples")
        thousands(axis, "samples since the labels changed")
    return legend_below(figure, used(runs, names))


def matrices(runs, name):
    """Plots the accuracy on task j after task i, mean over seeds, one panel per learner."""
    learners = [learner for learner in MATRICES if learner in runs.get(name, {})]
    if not learners:
        return None
    count = len(runs[name][learners[0]][0]["tests"])
    side = max(2.6, 0.46 * count)
    figure, axes = pyplot.subplots(
        1, len(learners), figsize=(side * len(learners) + 1.4, side + 1.3), squeeze=False, constrained_layout=True
    )
    for axis, learner in zip(axes[0], learners):
        matrix = numpy.full((count, count), numpy.nan)
        for after in range(count):
            rows = [run["tests"][after] for run in runs[name][learner]]
            matrix[after, : after + 1] = numpy.mean(rows, axis=0)
        image = axis.imshow(matrix, vmin=0, vmax=1, cmap="cividis")
        for after in range(count):
            for task in range(after + 1):
                value = matrix[after, task]
                colour = "black" if value > 0.55 else "white"
                axis.text(task, after, f"{100 * value:.0f}", ha="center", va="center", size=9, color=colour)
        axis.set_title(f"{LOOKS[learner][0]}\nmean of the last row {numpy.mean(matrix[-1]):.3f}")
        axis.set_xticks(range(count), range(1, count + 1))
        axis.set_yticks(range(count), range(1, count + 1))
        axis.set_xlabel("tested on task")
        axis.grid(False)
    axes[0][0].set_ylabel("after learning task")
    bar = figure.colorbar(image, ax=axes[0].tolist(), shrink=0.8, format=FuncFormatter(lambda value, _: f"{value:.0%}"))
    bar.set_label("accuracy")
    figure.suptitle(f"{TITLES[name]}: accuracy in percent")
    return figure
