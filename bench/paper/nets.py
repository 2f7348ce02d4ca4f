"""The paper's nets that are not plain dense ReLU nets, as in config/NAME.toml, on MNIST."""

import dataclasses

import experiment
import altmind_bench
import altmind_learner
import rival_settings
import streams


@dataclasses.dataclass(frozen=True)
class Net(streams.Stream):
    """A stream for the net of config/`config`.toml, with `changed` (old, new) replaced in it; `hidden` is a label."""

    config: str = ""
    changed: tuple = ("", "")


def net(name, hidden, first=None, config=None, changed=("", "")):
    return Net(**vars(streams.one_pass(name, hidden, first=first)), config=config or name, changed=changed)


LENET5 = net("lenet5", ("6@5x5", "16@5x5", 120, 84))
RNN15 = net("rnn15", ("15 x 28 steps",))
RNN15_LONG = net("rnn15-long", ("15 x 196 steps",), 20_000, "rnn15", ("steps = 28\n", "steps = 196\n"))
BINARY = net("binary", (500, 500), 20_000)


@dataclasses.dataclass(frozen=True)
class StraightThrough(rival_settings.Setting):
    """Sign units with the gradient of the code where the code is within -1 and 1 (Hubara and others 2016)."""

    batch_norm: bool = False

    def learner(self):
        return "ste-batch-norm" if self.batch_norm else "ste"


@dataclasses.dataclass(frozen=True)
class TargetPropagation(rival_settings.Setting):
    """Difference target propagation with one discrete transition, by RMSprop (Lee and others 2015, section 3.3)."""

    optimiser: str = "rmsprop"

    def learner(self):
        return "dtp"


class AltmindLearner(altmind_learner.AltmindLearner):
    """altmind on a `Net`, its default or with settings of [learning]; pixels are already normalised."""

    def __init__(self, server, net, seed, settings=()):
        learning = [setting.removeprefix("learning.").replace("=", " = ", 1) for setting in settings]
        if any(not setting.startswith("learning.") for setting in settings):
            raise ValueError(f"the nets of config/ take settings of [learning] only, got {settings}")
        super().__init__(server, dataclasses.replace(net, hidden=(1,)), seed)
        shipped = (altmind_bench.ROOT / "config" / f"{net.config}.toml").read_text()
        model = shipped.partition("[features]")[0].replace(*net.changed).replace("[model]\n", f"[model]\nseed = {seed}\n")
        rule = "\n".join([f"batch_size = {net.batch}", *learning])
        text = model + f'[learning]\n{rule}\n\n[features]\nnormaliser = "none"\n'
        self.ask(f"new {len(text)}", text.encode())
