"""Shared by the Python benchmarks: the digits, the resident learner (step_server), PyTorch on one thread.

Import this before torch or numpy: it sets the number of BLAS threads and the kernel, which both read only once.
"""

import os
import pathlib

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

# As altmind does (docs/adr/0020-a-sound-blas-kernel.md): OpenBLAS itself may take the processor for one of 2004.
AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
KERNELS = {"Cooperlake": AVX512 | {"avx512_bf16"}, "SkylakeX": AVX512, "Haswell": {"avx2", "fma"}}
flags = set(pathlib.Path("/proc/cpuinfo").read_text().split())
for kernel, needs in KERNELS.items():
    if needs <= flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", kernel)

import gzip
import lzma
import statistics
import subprocess
import sys
import time
import tomllib

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
BATCH = 200
INPUTS = 784


def data_folder():
    """Returns $ALTMIND_DATA, or else ../shared/data beside the repository."""
    return pathlib.Path(os.environ.get("ALTMIND_DATA") or ROOT.parent / "shared" / "data")


def mnist(part):
    """Returns (images (n, 784) uint8, labels (n) uint8) of part "train" or "t10k"."""
    folder = data_folder() / "mnist"

    def read(name, header):
        path = folder / f"{part}-{name}.gz"
        if not path.exists():
            sys.exit(f"{path}: not found; set ALTMIND_DATA to the folder that holds mnist/")
        return numpy.frombuffer(gzip.open(path).read(), dtype=numpy.uint8, offset=header)

    return read("images-idx3-ubyte", 16).reshape(-1, INPUTS), read("labels-idx1-ubyte", 8)


def cifar10():
    """Returns (images (10000, 3072) uint8, labels (10000) uint8); random ones if there is no data."""
    path = data_folder() / "cifar10" / "data_batch_1.bin.xz"
    if not path.exists():
        random = numpy.random.RandomState(1)
        return random.randint(0, 256, (10000, 3072)).astype(numpy.uint8), random.randint(0, 10, 10000).astype(numpy.uint8)
    records = numpy.frombuffer(lzma.open(path).read(), dtype=numpy.uint8).reshape(-1, 3073)
    return numpy.ascontiguousarray(records[:, 1:]), records[:, 0].copy()


def normalised(images):
    """Applies the fixed normaliser of the shipped setting."""
    return ((images.astype(numpy.float32) / 255.0) - 0.1307) / 0.3081


def shipped():
    """Describes the memory settings of config/paper/mnist.toml, for labels; step_server reads the same file."""
    with open(ROOT / "config" / "paper" / "mnist.toml", "rb") as file:
        memory = tomllib.load(file)["memory"]
    return f"rows {memory.get('rows', 1.0)}, sweep_parts {memory.get('sweep_parts', 1)}"


def build(target="step_server"):
    """Builds a program of bench/ (preset bench) and returns its path. The build's output goes to stderr."""
    for command in (["cmake", "--preset", "bench"], ["cmake", "--build", "--preset", "bench", "--target", target]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return ROOT / "build" / "bench" / "bench" / target


class Altmind:
    """A resident altmind learner; the protocol is at the top of step_server.cpp."""

    def __init__(self, server):
        self.process = subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, line, payload=b""):
        self.process.stdin.write(line.encode() + b"\n" + payload)
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode().strip()
        if not answer:
            sys.exit(f"step_server ended at: {line}")
        return answer

    def data(self, images, labels):
        payload = images.tobytes() + labels.tobytes()
        self.ask(f"data {len(images)} {images.shape[1]}", payload)

    def new(self, seed, **options):
        """Starts a fresh learner at the first sample: the shipped setting with `options` changed, or for rule="default"
        the built-in defaults with the shipped normaliser. Returns the BLAS kernel's name."""
        return self.ask(" ".join([f"new {seed}", *(f"{key}={value}" for key, value in options.items())])).split()[1]

    def steps(self, count):
        """Learns the next batches; returns [(wall ms, processor ms)]."""
        numbers = [float(word) for word in self.ask(f"steps {count} {BATCH}").split()]
        return list(zip(numbers[0::2], numbers[1::2]))

    def test(self, first, count):
        return float(self.ask(f"test {first} {count}"))


def one_thread_torch():
    import torch

    torch.set_num_threads(1)
    return torch


def torch_net(torch, seed, initialisation="default", inputs=INPUTS):
    """inputs-100-100-10 with ReLU. "default": PyTorch's start; "he": altmind's, N(0, 2/fan_in), biases 0, output halved."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(inputs, 100), torch.nn.ReLU(), torch.nn.Linear(100, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10)
    )
    if initialisation == "he":
        with torch.no_grad():
            for layer in net[0], net[2], net[4]:
                layer.weight.normal_(0.0, (2.0 / layer.in_features) ** 0.5)
                layer.bias.zero_()
            net[4].weight.mul_(0.5)
    return net


def torch_steps(net, optimiser, loss, x, y, batches):
    """Runs one training step for each batch number; returns [(wall ms, processor ms)]."""
    times = []
    for k in batches:
        xs, ys = x[k * BATCH : (k + 1) * BATCH], y[k * BATCH : (k + 1) * BATCH]
        wall, cpu = time.perf_counter(), time.process_time()
        optimiser.zero_grad()
        loss(net(xs), ys).backward()
        optimiser.step()
        times.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    return times


def torch_blas():
    """Returns the BLAS libraries mapped into this process, for the report."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "blas" in line}
    return sorted(paths)


def median(times, clock):
    """Returns the median of [(wall, cpu)] by clock 0 (wall) or 1 (cpu)."""
    return statistics.median(t[clock] for t in times)
