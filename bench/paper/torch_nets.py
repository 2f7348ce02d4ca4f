"""The nets of nets.py in PyTorch, trained by back-propagation; they start from altmind's weights."""

import nets
import rivals
from torch.nn.utils.stateless import functional_call

torch, functional = rivals.torch, rivals.functional


def dense(weight):
    """Builds a layer from weights (outputs, inputs + 1), the bias last."""
    layer = torch.nn.Linear(weight.shape[1] - 1, weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight[:, :-1]))
        layer.bias.copy_(torch.from_numpy(weight[:, -1]))
    return layer


class Lenet5(torch.nn.Module):
    KERNEL = 5

    def __init__(self, weights, _):
        super().__init__()
        self.maps = torch.nn.ModuleList(map(self.convolution, weights[:2]))
        self.dense = torch.nn.ModuleList(map(dense, weights[2:]))

    def convolution(self, weight):
        """Columns of `weight` run over kernel rows, then kernel columns, then channels, the last the fastest."""
        outputs, kernel = len(weight), self.KERNEL
        values = torch.from_numpy(weight[:, :-1]).reshape(outputs, kernel, kernel, -1).permute(0, 3, 1, 2)
        layer = torch.nn.Conv2d(values.shape[1], outputs, kernel)
        with torch.no_grad():
            layer.weight.copy_(values)
            layer.bias.copy_(torch.from_numpy(weight[:, -1]))
        return layer

    def forward(self, x):
        x = x.reshape(-1, 1, 28, 28)
        for layer in self.maps:
            x = functional.max_pool2d(torch.relu(layer(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # pixel by pixel, channels side by side, as in altmind
        for layer in self.dense[:-1]:
            x = torch.relu(layer(x))
        return self.dense[-1](x)


class Rnn15(torch.nn.Module):
    """Reads an image a few pixels a step: h = ReLU(W [pixels; h; 1]), the last h to the output layer. altmind's W
    begins with an identity on h (Le and others 2015)."""

    def __init__(self, weights, _):
        super().__init__()
        self.block, self.output = map(dense, weights)

    def forward(self, x):
        units = self.block.out_features
        state = torch.zeros(len(x), units)
        for pixels in x.split(self.block.in_features - units, 1):
            state = torch.relu(self.block(torch.cat([pixels, state], 1)))
        return self.output(state)


def sign(code):
    """The sign as in altmind: never 0."""
    return torch.where(code < 0, -1.0, 1.0)


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(context, code):
        context.save_for_backward(code)
        return sign(code)

    @staticmethod
    def backward(context, gradient):
        (code,) = context.saved_tensors
        return gradient * (code.abs() <= 1)


class Binary(torch.nn.Module):
    def __init__(self, weights, setting):
        super().__init__()
        self.layers = torch.nn.ModuleList(map(dense, weights))
        norm = torch.nn.BatchNorm1d if setting.batch_norm else torch.nn.Identity
        self.norms = torch.nn.ModuleList(norm(len(weight)) for weight in weights[:-1])

    def forward(self, x):
        for layer, norm in zip(self.layers, self.norms):
            x = Sign.apply(norm(layer(x)))
        return self.layers[-1](x)


MODULES = {"lenet5": Lenet5, "rnn15": Rnn15, "binary": Binary}


class Learner(rivals.TorchLearner):
    """Adam on one of the nets, like rivals.TorchLearner on dense ones."""

    def __init__(self, net, weights, setting):
        self.batch = net.batch
        self.module = MODULES[net.config](weights, setting)
        self.names, parameters = zip(*self.module.named_parameters())
        self.optimiser = torch.optim.Adam(parameters, lr=setting.rate)
        self.averages = rivals.Averages(parameters) if setting.averages else None
        self.serves = setting.names()

    def logits(self, number, x):
        """Returns the logits of the live weights, or of one of the averages."""
        if number == 0:
            return self.module(x)
        return functional_call(self.module, dict(zip(self.names, self.averages.sets[number - 1])), x)

    def step(self, x, y):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        self.module.train()
        logits = self.module(x)
        loss = functional.cross_entropy(logits, y)
        with torch.no_grad():
            scored = [(int((logits.argmax(1) == y).sum()), float(loss))]
            if self.averages:
                for number in 1, 2:
                    averaged = self.logits(number, x)
                    right = int((averaged.argmax(1) == y).sum())
                    scored.append((right, float(functional.cross_entropy(averaged, y))))
        served = {self.serves[0]: scored[0]}
        if self.averages:
            served[self.serves[1]] = scored[self.averages.best]
            self.averages.score([of_set for _, of_set in scored], len(y))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        if self.averages:
            with torch.no_grad():
                self.averages.update(list(self.module.parameters()))
        return served

    def predict(self, x):
        self.module.eval()
        sets = {self.serves[0]: 0, **({self.serves[1]: self.averages.best} if self.averages else {})}
        with torch.no_grad():
            return {
                name: torch.cat([self.logits(number, part).argmax(1) for part in torch.from_numpy(x).split(2000)]).numpy()
                for name, number in sets.items()
            }


class TargetPropagation(rivals.TorchLearner):
    """h1 = tanh(W1 x), h2 = tanh(W2 sign(h1)), softmax on W3 h2; the inverse of the second layer is g(h) = tanh(V sign(h)).

    A step: V by ||g(f2(h1 + noise)) - (h1 + noise)||^2; then targets t2 = h2 - 0.5 dl/dh2, l the loss of the sample, and
    t1 = h1 + g(t2) - g(h2); then W1 and W2 by the squared distance of h to t, W3 by its gradient.
    """

    TARGET_STEP, NOISE = 0.5, 0.1

    def __init__(self, net, seed, weights, setting):
        self.batch = net.batch
        self.serves = setting.names()
        self.first, self.second, self.output = map(dense, weights)
        torch.manual_seed(seed)
        self.inverse = torch.nn.Linear(self.second.out_features, self.second.in_features)
        self.random = torch.Generator().manual_seed(seed)
        self.inverse_optimiser = torch.optim.RMSprop(self.inverse.parameters(), lr=setting.rate)
        forward = torch.nn.ModuleList([self.first, self.second, self.output])
        self.optimiser = torch.optim.RMSprop(forward.parameters(), lr=setting.rate)

    def hidden(self, x):
        h1 = torch.tanh(self.first(x))
        return h1, torch.tanh(self.second(sign(h1)))  # the sign stops the gradient

    def back(self, h2):
        return torch.tanh(self.inverse(sign(h2)))

    def learn_inverse(self, h1):
        noisy = h1 + self.NOISE * torch.randn(h1.shape, generator=self.random)
        with torch.no_grad():
            above = torch.tanh(self.second(sign(noisy)))
        self.inverse_optimiser.zero_grad()
        (self.back(above) - noisy).square().sum(1).mean().backward()
        self.inverse_optimiser.step()

    def step(self, x, y):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        h1, h2 = self.hidden(x)
        self.learn_inverse(h1.detach())
        top = h2.detach().requires_grad_()
        logits = self.output(top)
        loss = functional.cross_entropy(logits, y)
        served = int((logits.argmax(1) == y).sum()), float(loss)
        self.optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            target2 = top - self.TARGET_STEP * len(y) * top.grad  # the loss is the mean over the batch
            target1 = h1 + self.back(target2) - self.back(top)
        sum((h - target).square().sum(1).mean() for h, target in ((h1, target1), (h2, target2))).backward()
        self.optimiser.step()
        return {self.serves[0]: served}

    def predict(self, x):
        with torch.no_grad():
            parts = [self.output(self.hidden(part)[1]).argmax(1) for part in torch.from_numpy(x).split(2000)]
        return {self.serves[0]: torch.cat(parts).numpy()}


def learner(net, seed, weights, setting):
    if isinstance(setting, nets.TargetPropagation):
        return TargetPropagation(net, seed, weights, setting)
    return Learner(net, weights, setting)
