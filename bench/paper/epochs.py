"""What the experiments over many epochs share: their options, figures, and what is compared."""

import online
import paper_plots


def parser(name, description):
    result = online.parser(name, description)
    result.add_argument("--epochs", type=int, help="over the training set (50; with --quick 2)")
    return result


def plan(options, quick_batches):
    """Tested after every epoch; PyTorch's rates are halved every 8 epochs. Quick: epochs of `quick_batches`."""
    epochs = options.epochs or (2 if options.quick else 50)
    first = quick_batches if options.quick else 0
    return online.Plan(epochs=epochs, every=1_000_000, first=first, halve=8)


def metrics(found):
    """Test accuracy after some epochs, as many as there were, and the best."""
    tests = found["test"]
    at = [epoch for epoch in (1, 5, 20, 50) if epoch <= len(tests)]
    return {"best": max(tests), **{f"epoch {epoch}": tests[epoch - 1] for epoch in at}}


def draw(runs, streams, offline=None, detail=None):
    """Test accuracy against epochs; `detail`, (lowest, highest) accuracy: all panels once more from there to there."""
    per_epoch = {stream: runs.found[stream][0]["batches"][0] for stream in streams}
    shown = streams * 2 if detail else streams
    figure, axes, lines = online.draw(runs, shown, "epochs", per_epoch, offline)
    for axis in axes[len(streams) :]:
        axis.set_ylim(*detail)
        axis.set_title(axis.get_title() + ", in detail")
    paper_plots.legend_below(figure, lines)
    return figure
