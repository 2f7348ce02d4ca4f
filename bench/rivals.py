"""The learners that altmind is compared with: nets trained by back-propagation in PyTorch, on one thread.

Softmax and cross-entropy over all outputs, or squared error of one standardised target; ReLU, one step a batch,
test-then-train. Two starts: "He" is altmind's
(normal with variance 2 / fan-in, output layer halved, biases 0), "library" PyTorch's (uniform, +-1 / sqrt(fan-in)).
"""

import altmind_bench
import numpy
import standardiser

torch = altmind_bench.one_thread_torch()
functional = torch.nn.functional


class Reservoir:
    """A uniform sample of all added samples (Vitter 1985, algorithm R)."""

    def __init__(self, size, inputs, seed):
        self.random = numpy.random.default_rng([seed, 500])
        self.x, self.y = numpy.empty((size, inputs), dtype=numpy.float32), numpy.empty(size, dtype=numpy.int64)
        self.seen = 0

    def add(self, x, y):
        for sample, label in zip(x, y):
            place = self.seen if self.seen < len(self.y) else self.random.integers(self.seen + 1)
            if place < len(self.y):
                self.x[place], self.y[place] = sample, label
            self.seen += 1

    def draw(self, count):
        held = min(self.seen, len(self.y))
        rows = self.random.choice(held, min(count, held), replace=False)
        return self.x[rows], self.y[rows]


class Averages:
    """Three sets of weights, of which the recently best is served: the live ones, a moving average over 10 steps, and
    one over about the last quarter of the stream. Recently: prequential loss over about 4,000 samples."""

    def __init__(self, weights):
        self.sets = [[weight.detach().clone() for weight in weights] for _ in range(2)]
        self.scores = numpy.zeros(3)
        self.step = 0
        self.best = 0

    def score(self, losses, count):
        self.step += 1
        share = max(1 / self.step, min(1.0, count / 4000))
        self.scores += share * (numpy.array(losses) - self.scores)
        self.best = int(numpy.nanargmin(self.scores)) if not numpy.isnan(self.scores).all() else 0

    def update(self, weights):
        for average, share in zip(self.sets, (max(1 / self.step, 0.1), 1 / (1 + self.step / 4))):
            for mean, weight in zip(average, weights):
                mean.lerp_(weight, share)


def first_weights(stream, start, seed):
    """Returns [W, b, W, b, ...], each W (outputs, inputs)."""
    widths = [stream.inputs, *stream.hidden, stream.outputs]
    torch.manual_seed(seed)
    weights = []
    for number, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = torch.nn.Linear(inputs, outputs)
        if start == "He":
            half = 0.5 if number == len(widths) - 2 else 1.0
            with torch.no_grad():
                layer.weight.normal_(0.0, half * (2.0 / inputs) ** 0.5)
                layer.bias.zero_()
        weights += [layer.weight, layer.bias]
    return weights


def activations(weights, x):
    """Returns the inputs of every layer, and the logits."""
    result = [x]
    for layer in range(0, len(weights), 2):
        code = functional.linear(result[-1], weights[layer], weights[layer + 1])
        result.append(code if layer + 2 == len(weights) else torch.relu(code))
    return result


def score(loss, weights, x, y):
    """Returns (correct predictions, mean loss) without learning."""
    with torch.no_grad():
        return scored(loss, activations(weights, x)[-1], y)


def scored(loss, logits, y):
    return 0 if loss is squared_error else int((logits.argmax(1) == y).sum()), float(loss(logits, y))


def squared_error(outputs, y):
    return functional.mse_loss(outputs[:, 0], y)


class TorchLearner:
    """Learns the given samples batch by batch. With averages it serves two predictions, under two names."""

    def __init__(self, stream, seed, setting):
        self.batch = stream.batch
        self.setting = setting
        self.weights = first_weights(stream, setting.start, seed)
        if setting.optimiser == "adam":
            self.optimiser = torch.optim.Adam(self.weights, lr=setting.rate, betas=(setting.momentum, 0.999))
        else:
            self.optimiser = torch.optim.SGD(self.weights, lr=setting.rate, momentum=setting.momentum)
        self.loss = squared_error if stream.regression else functional.cross_entropy
        self.standardiser = standardiser.Standardiser(stream.inputs) if stream.normaliser == "standardise" else None
        self.targets = standardiser.Standardiser(1) if stream.regression else None
        self.averages = Averages(self.weights) if setting.averages else None
        self.reservoir = Reservoir(setting.replay, stream.inputs, seed) if setting.replay else None
        self.random = torch.Generator().manual_seed(seed)
        self.importance, self.anchor = None, None
        self.serves = setting.names()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def learn(self, x, y):
        """Returns {name: (correct predictions, mean loss) of every batch}, as served before it was learned."""
        scored = {name: [] for name in self.serves}
        for first in range(0, len(y), self.batch):
            for name, result in self.step(x[first : first + self.batch], y[first : first + self.batch]).items():
                scored[name].append(result)
        return {name: tuple(map(numpy.array, zip(*results))) for name, results in scored.items()}

    def step(self, x, y):
        count = len(y)
        x = self.standardiser.learn(x) if self.standardiser else x
        unit = 1.0
        if self.targets:
            y = self.targets.learn(y[:, None])[:, 0]
            unit = self.targets.used[0] ** 2  # of the losses
        stored = self.reservoir.draw(count) if self.reservoir and self.reservoir.seen else None
        if self.reservoir:
            self.reservoir.add(x, y)
        if stored:
            x, y = numpy.concatenate([x, stored[0]]), numpy.concatenate([y, stored[1]])
        x, y = torch.from_numpy(x), torch.from_numpy(y)

        logits = activations(self.weights, x)[-1]
        with torch.no_grad():
            live = scored(self.loss, logits[:count], y[:count])
        served = {self.serves[0]: live}
        if self.averages:
            of_sets = [live, *(score(self.loss, weights, x, y) for weights in self.averages.sets)]
            served[self.serves[1]] = of_sets[self.averages.best]
            self.averages.score([loss for _, loss in of_sets], count)

        self.optimiser.zero_grad()
        self.loss(logits, y).backward()
        if self.anchor:
            for weight, importance, anchor in zip(self.weights, self.importance, self.anchor):
                weight.grad += self.setting.ewc * importance * (weight.detach() - anchor)
        self.optimiser.step()
        if self.averages:
            with torch.no_grad():
                self.averages.update(self.weights)
        return {name: (correct, loss * unit) for name, (correct, loss) in served.items()}

    def task_ended(self, x, y):
        """Online elastic weight consolidation (Schwarz and others 2018) without decay.

        The penalty is strength / 2 times sum F (w - w*)^2: w* the weights at the end of the last task, F the sum over
        tasks of the Fisher information's diagonal there, from 2,000 samples with labels drawn from the net.
        """
        if not self.setting.ewc:
            return
        rows = torch.randperm(len(y), generator=self.random)[:2000].numpy()
        with torch.no_grad():
            inputs = activations(self.weights, torch.from_numpy(x[rows]))
            chances = torch.softmax(inputs.pop(), 1)
            labels = torch.multinomial(chances, 1, generator=self.random).squeeze(1)
            delta = chances - functional.one_hot(labels, chances.shape[1])
            fisher = [None] * len(self.weights)
            for layer in reversed(range(len(inputs))):
                fisher[2 * layer] = (delta**2).T @ inputs[layer] ** 2 / len(rows)
                fisher[2 * layer + 1] = (delta**2).mean(0)
                delta = (delta @ self.weights[2 * layer]) * (inputs[layer] > 0)
            self.importance = [old + new for old, new in zip(self.importance, fisher)] if self.importance else fisher
            self.anchor = [weight.detach().clone() for weight in self.weights]

    def predict(self, x):
        """Returns {name: label of every sample}; of classifications only."""
        x = torch.from_numpy(self.standardiser.apply(x) if self.standardiser else x)
        sets = {self.serves[0]: self.weights}
        if self.averages:
            sets[self.serves[1]] = [self.weights, *self.averages.sets][self.averages.best]
        with torch.no_grad():
            return {
                name: torch.cat([activations(weights, part)[-1].argmax(1) for part in x.split(2000)]).numpy()
                for name, weights in sets.items()
            }
