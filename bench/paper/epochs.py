"""Shared by the experiments over many epochs: their options, figures, and compared metrics."""

import experiment
import online
import paper_plots


def parser(name, description):
    result = online.parser(name, description)
    result.add_argument("--epochs", type=int, help="over the training set (50; with --quick 2)")
    return result


def plan(options, quick_batches):
    """Tests after every epoch; PyTorch's rates are halved every 8 epochs. Quick: epochs of `quick_batches`."""
    epochs = options.epochs or (2 if options.quick else 50)
    first = quick_batches if options.quick else 0
    return online.Plan(epochs=epochs, every=1_000_000, first=first, halve=8)


def metrics(found):
    """Returns the test accuracy after selected epochs, as far as the run went, and the best."""
    tests = found["test"]
    at = [epoch for epoch in (1, 5, 20, 50) if epoch <= len(tests)]
    return {"best": max(tests), **{f"epoch {epoch}": tests[epoch - 1] for epoch in at}}


def metrics_at(epochs):
    """Returns metrics(found): the test accuracy after these epochs, as far as the run went."""

    def result(found):
        tests = len(found["test"]) // len(found["pass"])
        return {f"epoch {at}": found["test"][at * tests - 1] for at in epochs if at <= len(found["pass"])}

    return result


def draw(runs, streams, offline=None, detail=None, errors=False):
    """Plots test accuracy against epochs, or against mini-batches if there is only one epoch. `detail`, (lowest,
    highest) accuracy, draws all panels again over that range."""
    first = {stream: runs.found[stream][0] for stream in streams}
    along, unit = "epochs", {stream: run["batches"][-1] / len(run["pass"]) for stream, run in first.items()}
    if all(len(run["pass"]) == 1 for run in first.values()):
        along, unit = "mini-batches of 200", dict.fromkeys(first, 1)
    shown = streams * 2 if detail else streams
    figure, axes, lines = online.draw(runs, shown, along, unit, offline, errors)
    for axis in axes[len(streams) :]:
        axis.set_ylim(*detail)
        axis.set_title(axis.get_title() + ", in detail")
    paper_plots.legend_below(figure, lines)
    return figure


def run_net(name, description, net, settings, count, tests, missed, detail, errors=False):
    """Runs an experiment on a net of nets.py: `count` epochs, `tests` tests in each; `missed(at)` yields missed bounds.

    `at(learner, epoch)` is the mean test accuracy of the learner's best setting at that epoch. Quick: two epochs of 10
    mini-batches, nothing checked. Returns the exit code.
    """
    options = experiment.parse(online.parser(name, description))
    runs = online.Runs(options)
    if options.quick:
        plan = online.Plan(epochs=2, every=5, first=10)
    else:
        (part,) = net.parts(1)
        plan = online.Plan(epochs=count, every=len(part.y) // net.batch // tests)
    runs.add(net, settings, plan, metrics_at(range(1, count + 1)))
    sentences = None
    if not options.quick and not options.learner:
        sentences = list(missed(lambda learner, epoch: runs.mean(net.name, learner, f"epoch {epoch}")))
    figure = draw(runs, [net.name], detail=None if options.quick else detail, errors=errors)
    experiment.write(options, runs.rows(), runs.summary(sentences), figure)
    return experiment.end(sentences)
