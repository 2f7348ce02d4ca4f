"""What the figures of bench/paper share, in the looks of learning_plots.py."""

import learning_plots

COLOURS = "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#999999"  # differ for all kinds of colour vision


def panels(count, columns):
    return learning_plots.panels(count, columns)


def band(axis, x, lines, colour, label, dash="-", width=1.8):
    """Mean of `lines` and their range."""
    axis.plot(x, lines.mean(axis=0), color=colour, linestyle=dash, linewidth=width, label=label)
    axis.fill_between(x, lines.min(axis=0), lines.max(axis=0), color=colour, alpha=0.15, linewidth=0)
