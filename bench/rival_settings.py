"""The PyTorch learners that altmind is compared with, and their rates; rivals.py implements them. Those in numpy bring
their own settings as text."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Setting:
    """`momentum` is Adam's beta1. `averages`: also served by averaged weights. `replay`: number of stored samples.
    `ewc`: strength of online elastic weight consolidation, which is told where a task ends."""

    optimiser: str = "adam"
    rate: float = 0.001
    momentum: float = 0.9
    start: str = "He"
    averages: bool = False
    replay: int = 0
    ewc: float = 0.0

    def learner(self):
        """Returns the name of what is served live: the learner, without the parameters that are searched."""
        if self.replay:
            return f"replay-{self.replay}"
        if self.ewc:
            return f"ewc-{self.ewc:g}"
        return self.optimiser + ("" if self.momentum else "-no-momentum")

    def names(self):
        """Returns the names that it serves under."""
        return (self.learner(),) + ((self.learner() + "-averaged",) if self.averages else ())

    def __str__(self):
        return f"rate {self.rate:g}, {self.start}"


@dataclasses.dataclass(frozen=True)
class NumpySetting:
    text: str
    start = ""

    def __str__(self):
        return self.text


def grid():
    """Returns every setting tried on a stream of one concept."""
    settings = []
    for start in ("He", "library"):
        for momentum in (0.9, 0.0):
            settings += [Setting("adam", rate, momentum, start, True) for rate in (0.001, 0.003, 0.008, 0.02)]
        settings += [Setting("sgd", rate, 0.9, start) for rate in (0.01, 0.03, 0.05, 0.1)]
    return settings


def continual():
    """Returns one setting per learner, for streams that change. SGD has no momentum here."""
    return [
        Setting("adam"), Setting("sgd", 0.1, 0.0), Setting(replay=500), Setting(replay=2000), Setting(ewc=100.0),
        Setting(ewc=1000.0),
    ]  # fmt: skip


def drifting():
    """Returns every setting tried on a stream of the literature that drifts: from altmind's start only."""
    settings = []
    for momentum in (0.9, 0.0):
        settings += [Setting("adam", rate, momentum, averages=True) for rate in (0.001, 0.003, 0.008, 0.02)]
    settings += [Setting("sgd", rate, 0.9) for rate in (0.01, 0.03, 0.05, 0.1)]
    return settings + [Setting("sgd", rate, 0.0) for rate in (0.03, 0.1, 0.2, 0.5)]
