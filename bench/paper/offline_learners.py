"""Learners that use the whole training set in every iteration, in numpy: Taylor's ADMM, offline AM.

Rows are samples; a weight is (inputs + 1, outputs), the bias last; ReLU between layers; float32, solves in double.
"""

import numpy


def with_ones(activation):
    return numpy.hstack([activation, numpy.ones((len(activation), 1), dtype=numpy.float32)])


def forward(weights, x):
    """Returns (input of every layer with its column of ones, code of every layer); the last code is the logits."""
    inputs, codes = [], []
    for weight in weights:
        inputs.append(with_ones(numpy.maximum(codes[-1], 0) if codes else x))
        codes.append(inputs[-1] @ weight)
    return inputs, codes


def one_hot(y, outputs):
    return numpy.eye(outputs, dtype=numpy.float32)[y]


class OfflineAm:
    """altmind's default with the whole set as its batch: the same codes, damping, solve and share of each layer, one
    masked gradient per lower layer. A is exact, nothing is averaged.

    A step goes half of the way to the point on its line that is nearest to the codes. altmind's own gain would go
    further where the weights can follow little of the requested codes, which on a whole set of noisy labels (HIGGS)
    overshoots.

    docs/algorithm.md, "Self-tuned steps", defines the letters.
    """

    CODE_STEPS, MOMENTUM, DAMPING, FRACTION = 5, 0.9, 0.1, 0.5

    def __init__(self, weights, x, y, outputs):
        self.weights = [weight.T.copy() for weight in weights]
        self.x, self.y = x, one_hot(y, outputs)
        self.memory_of_x = self.memory(with_ones(x))  # never changes

    @staticmethod
    def memory(a):
        return (a.T @ a).astype(numpy.float64) / len(a)

    def error(self, logits):
        """Returns dl/dz of every sample: softmax - y."""
        result = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return result / result.sum(axis=1, keepdims=True) - self.y

    def moves(self, codes):
        """Returns d: the requested move of the codes of every layer, the logits' last."""
        logits, top = codes[-1].copy(), codes[-2].copy()
        for _ in range(self.CODE_STEPS):
            logits -= 2 * self.error(logits)
        upper = self.weights[-1]
        rate, velocity = 3.6 / numpy.linalg.norm(upper[:-1], 2) ** 2, 0
        for _ in range(self.CODE_STEPS):
            gradient = (self.error(with_ones(numpy.maximum(top, 0)) @ upper) @ upper[:-1].T) * (top > 0)
            velocity = self.MOMENTUM * velocity + gradient
            top -= rate * (gradient + self.MOMENTUM * velocity)
        result = [top - codes[-2], logits - codes[-1]]
        for code, weight in zip(codes[-3::-1], self.weights[-2:0:-1]):
            above = result[0]
            move = (above @ weight[:-1].T) * (code > 0)
            move *= min(100, numpy.linalg.norm(above) / max(numpy.linalg.norm(move), 1e-30))
            result.insert(0, move)
        return result

    def iterate(self):
        inputs, codes = forward(self.weights, self.x)
        moved = None  # the input of the next layer under the weights that have already moved
        for layer, move in enumerate(self.moves(codes)):
            a, weight = inputs[layer], self.weights[layer]
            memory = self.memory(a) if layer else self.memory_of_x.copy()
            memory.flat[:: len(memory) + 1] += self.DAMPING * (memory**2).sum() / numpy.trace(memory)
            unscaled = numpy.linalg.solve(memory, (a.T @ move).astype(numpy.float64) / len(a)).astype(numpy.float32)
            reached = a @ unscaled
            asked = (move**2).sum(dtype=numpy.float64)
            nearest = (reached * move).sum(dtype=numpy.float64) / (reached**2).sum(dtype=numpy.float64)
            now = a @ weight if moved is None else moved @ weight
            done = max(0.0, ((now - codes[layer]) * move).sum(dtype=numpy.float64) / asked)
            share = 1 / (1 + done / self.FRACTION)
            weight += numpy.float32(share * self.FRACTION * nearest) * unscaled
            moved = with_ones(numpy.maximum((a if moved is None else moved) @ weight, 0))

    def predict(self, x):
        return forward(self.weights, x)[1][-1].argmax(axis=1)


class Admm:
    """G. Taylor and others, "Training Neural Networks Without Gradients: A Scalable ADMM Approach", ICML 2016.

    Codes z and activations a of all layers are variables; each is minimised exactly in turn, weights by least squares.
    Hinge loss on every output (a single output for two classes), beta = 1, gamma = 10, no multiplier during the first
    10 iterations. Start: z and a as N(0, 1), as Taylor, or by a forward pass of `weights`.
    """

    BETA, GAMMA, WARM, RIDGE = 1.0, 10.0, 10, 1e-4

    def __init__(self, weights, x, y, outputs, random=None):
        """`random`: a generator for the Gaussian start; None: the forward pass."""
        weights = [weight.T.copy() for weight in weights]
        if outputs == 2:  # one output instead of two: the difference of their logits decides
            weights[-1] = weights[-1][:, 1:] - weights[-1][:, :1]
            outputs = 1
        self.weights = weights
        self.positive = y[:, None] == (numpy.arange(outputs) if outputs > 1 else 1)
        self.input = with_ones(x)
        self.input_gram = self.ridged(self.input)  # never changes
        _, self.z = forward(weights, x)
        if random:
            self.z = [random.standard_normal(z.shape, dtype=numpy.float32) for z in self.z]
            self.a = [random.standard_normal(z.shape, dtype=numpy.float32) for z in self.z[:-1]]
        else:
            self.a = [numpy.maximum(z, 0) for z in self.z[:-1]]
        self.multiplier = numpy.zeros_like(self.z[-1])
        self.step = 0

    def ridged(self, inputs):
        gram = (inputs.T @ inputs).astype(numpy.float64)
        gram.flat[:: len(gram) + 1] += self.RIDGE * numpy.trace(gram) / len(gram)
        return gram

    def fit(self, layer, inputs, gram):
        """Solves z = [a; 1] W for W by least squares; returns the layer's response to the inputs."""
        solved = numpy.linalg.solve(gram, (inputs.T @ self.z[layer]).astype(numpy.float64))
        self.weights[layer] = solved.astype(numpy.float32)
        return inputs @ self.weights[layer]

    def iterate(self):
        self.step += 1
        inputs, gram = self.input, self.input_gram
        for layer in range(len(self.z) - 1):
            w = self.fit(layer, inputs, gram)
            self.a[layer] = self.activation(layer)
            self.z[layer] = self.code(self.a[layer], w)
            inputs = with_ones(self.a[layer])
            gram = self.ridged(inputs)
        w = self.fit(len(self.z) - 1, inputs, gram)
        self.z[-1] = self.output(w)
        if self.step > self.WARM:
            self.multiplier += self.BETA * (self.z[-1] - w)

    def activation(self, layer):
        """argmin_a  beta ||z_above - W_above a||^2 + gamma ||a - max(0, z)||^2."""
        above = self.weights[layer + 1]
        weight, bias = above[:-1].astype(numpy.float64), above[-1]
        system = self.BETA * weight @ weight.T + self.GAMMA * numpy.eye(len(weight))
        wanted = self.BETA * (self.z[layer + 1] - bias) @ above[:-1].T + self.GAMMA * numpy.maximum(self.z[layer], 0)
        return (wanted @ numpy.linalg.inv(system).astype(numpy.float32)).astype(numpy.float32)

    def code(self, a, w):
        """argmin_z  gamma (a - max(0, z))^2 + beta (z - w)^2, entry by entry: the better of its two branches."""
        objective = lambda z: self.GAMMA * (a - numpy.maximum(z, 0)) ** 2 + self.BETA * (z - w) ** 2
        above = numpy.maximum(0, (self.GAMMA * a + self.BETA * w) / (self.GAMMA + self.BETA))
        below = numpy.minimum(0, w)
        return numpy.where(objective(above) < objective(below), above, below)

    def output(self, w):
        """argmin_z  hinge(z, y) + multiplier z + beta (z - w)^2; hinge: max(1 - z, 0) if y, else max(z, 0)."""
        free = w - self.multiplier / (2 * self.BETA)  # where the hinge is 0
        slope = 1 / (2 * self.BETA)
        yes = numpy.where(free >= 1, free, numpy.minimum(1, free + slope))
        no = numpy.where(free <= 0, free, numpy.maximum(0, free - slope))
        return numpy.where(self.positive, yes, no).astype(numpy.float32)

    def predict(self, x):
        logits = forward(self.weights, x)[1][-1]
        return logits.argmax(axis=1) if logits.shape[1] > 1 else (logits[:, 0] > 0.5).astype(numpy.int64)
