"""Shared by the figures of bench/paper, in the style of learning_plots.py."""

import learning_plots
from matplotlib.ticker import FuncFormatter, MaxNLocator

COLOURS = "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#999999"  # safe for all kinds of colour vision
learning_plots.LOOKS.update(
    {
        "altmind-one-arm": ("altmind, one arm", "#D55E00", "-."),
        "altmind-dropout": ("altmind, dropout 0.1", "#D55E00", "--"),
        "altmind-am-adam": ("altmind, AM-Adam", "#E69F00", "-"),
        "altmind-am-adam-bn": ("altmind, AM-Adam, batch norm", "#E69F00", "--"),
        "altmind-am-sgd": ("altmind, AM-SGD", "#E69F00", ":"),
        "altmind-literal": ("the paper's AM-mem, literally", "#000000", ":"),
        "offline-am": ("offline AM", "#CC79A7", "-"),
        "admm": ("ADMM, Gaussian start", "#56B4E9", "--"),
        "admm-forward": ("ADMM, forward start", "#56B4E9", "-"),
        "ste": ("STE", "#0072B2", "-"),
        "ste-averaged": ("STE, served by averages", "#0072B2", "--"),
        "ste-batch-norm": ("STE with batch-norm", "#009E73", "-"),
        "dtp": ("difference target propagation", "#CC79A7", "-"),
    }
)
learning_plots.TITLES.update(
    {"lenet5": "LeNet-5, MNIST", "rnn15": "RNN-15, MNIST row by row", "rnn15-long": "RNN-15, 4 pixels a step", "binary": "Sign net, 2 x 500, MNIST"}
)
panels = learning_plots.panels
legend_below = learning_plots.legend_below
learner = learning_plots.draw


def band(axis, x, lines, colour, label):
    """Draws the mean of `lines` and their range."""
    axis.plot(x, lines.mean(axis=0), color=colour, linewidth=1.8, label=label)
    axis.fill_between(x, lines.min(axis=0), lines.max(axis=0), color=colour, alpha=0.15, linewidth=0)


def titles(axis, stream, along, measured):
    axis.set_title(learning_plots.TITLES[stream])
    axis.set_xlabel(along)
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.set_ylabel(measured)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
