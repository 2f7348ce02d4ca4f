"""Shared by the benchmarks of the whole program: building it, configurations, a daemon, `altmind learn`, HTTP.

Uses only the standard library. A daemon started here ends with the script, even if the script is killed.
"""

import contextlib
import ctypes
import gzip
import http.client
import json
import multiprocessing
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "daemon" / "altmind"
START_SECONDS = 60  # for a daemon to become ready
STOP_SECONDS = 30  # for a daemon to exit after SIGTERM, before it is killed


def data_folder():
    """Returns $ALTMIND_DATA, or else ../shared/data beside the repository."""
    folder = pathlib.Path(os.environ.get("ALTMIND_DATA") or ROOT.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        sys.exit(f"{folder}: not found; set ALTMIND_DATA to the folder that holds mnist/, higgs/ and streams/")
    return folder


def add_options(parser):
    parser.add_argument("--program", help="a built altmind (default: build one with preset release)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def program(options):
    """Returns the program to measure, building it if needed. The build's output goes to stderr."""
    if options.program:
        return str(pathlib.Path(options.program).resolve())
    commands = ["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release", "--target", "altmind"]
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return str(PROGRAM)


def load():
    """Returns the load averages, to be printed with every figure."""
    return "load average %.1f %.1f %.1f, %d cores" % (*os.getloadavg(), os.cpu_count())


def environment():
    return {**os.environ, "ALTMIND_DATA": str(data_folder())}


def temporary(parent=None):
    """Returns a temporary folder that is removed afterwards; `parent` selects another disk than that of $TMPDIR."""
    return tempfile.TemporaryDirectory(prefix="altmind-bench-", dir=parent)


def mnist_file(part, what):
    path = data_folder() / "mnist" / f"{part}-{what}-ubyte.gz"
    if not path.exists():
        sys.exit(f"{path}: not found; set ALTMIND_DATA to the folder that holds mnist/")
    return path


def mnist(part):
    """Returns (pixels, 784 bytes an image; labels, a byte each) of part "train" or "t10k"."""
    pixels = gzip.open(mnist_file(part, "images-idx3")).read()[16:]
    return pixels, gzip.open(mnist_file(part, "labels-idx1")).read()[8:]


def mnist_config(folder, source):
    """Writes config/mnist.toml with other sources and no [test] into `folder`; returns its path."""
    shipped = (ROOT / "config" / "mnist.toml").read_text()
    learning = re.split(r"^\[\[source\]\]", shipped, maxsplit=1, flags=re.MULTILINE)[0]
    path = pathlib.Path(folder) / "mnist.toml"
    path.write_text(learning + source)
    return path


def mnist_source(**keys):
    """Returns a [[source]] that reads the MNIST training file in file order, with additional `keys`."""
    table = {
        "type": "file",
        "format": "idx",
        "path": str(mnist_file("train", "images-idx3")),
        "labels_path": str(mnist_file("train", "labels-idx1")),
        **keys,
    }
    return "[[source]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


def settings(values):
    """Returns `values` as --set arguments."""
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


def learn(altmind, config, *arguments, seconds=600):
    """Runs `altmind learn` and returns its report."""
    command = [altmind, "learn", "-c", str(config), "--report", "json", *arguments]
    try:
        done = subprocess.run(
            command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=seconds, preexec_fn=end_with_parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        sys.exit(f"{' '.join(command)}: not within {seconds} s")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def end_with_parent():
    """In the child: sends SIGKILL when this script dies, so that no child is left running."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def in_process(seconds, function, *arguments):
    """Returns function(*arguments), run in its own process and session; exits the script if that takes too long."""
    ours, theirs = multiprocessing.Pipe(False)

    def run():
        os.setsid()
        end_with_parent()
        try:
            theirs.send((function(*arguments), None))
        except SystemExit as failure:
            theirs.send((None, str(failure)))
        except Exception as failure:
            theirs.send((None, f"{type(failure).__name__}: {failure}"))

    process = multiprocessing.get_context("fork").Process(target=run, daemon=True)
    process.start()
    if not ours.poll(seconds):
        sys.exit(f"the client did not end within {seconds} s")
    result, failure = ours.recv()
    process.join()
    if failure is not None:
        sys.exit(f"the client failed: {failure}")
    return result


class Daemon:
    """`altmind serve` on free ports. Its log, JSON lines, is in `log_path`.

    It gets its own session, like in_process() and like a service: the kernel's scheduler makes each session a task
    group, and processes that share one are charged for each other's work.
    """

    def __init__(self, altmind, config, directory, **values):
        self.log_path = pathlib.Path(str(directory) + ".log")
        self.directory = pathlib.Path(directory)
        self.command = [altmind, "serve", "-c", str(config)]
        self.command += settings(
            {"http.listen": "127.0.0.1:0", "log.format": "json", "store.directory": self.directory, **values}
        )
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                self.command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=end_with_parent, start_new_session=True,
            )  # fmt: skip
        self.pid = self.process.pid

    def __enter__(self):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (port := self.logged("HTTP listens")) or not self.logged("ready"):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{' '.join(self.command)}: not ready:\n{self.log_path.read_text()}")
                time.sleep(0.01)
            self.port = int(port["port"])
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log_path.unlink(missing_ok=True)

    def logged(self, event):
        """Returns the first line of the log about `event`."""
        for line in self.log_path.read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                entry = json.loads(line)
                if entry.get("event") == event:
                    return entry
        return None

    def model(self):
        """Returns GET /v1/model."""
        self.connection.request("GET", "/v1/model")
        return json.loads(self.connection.getresponse().read())

    def wait_for_samples(self, count, seconds, pause=0.005):
        """Waits until `count` samples are learned; returns time.monotonic() at that moment."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.model()
            if status["samples"] >= count:
                return time.monotonic()
            failure = next((source["failure"] for source in status["sources"] if "failure" in source), None)
            if failure or time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"{status['samples']} of {count} samples learned after {seconds} s; {failure or ''}")
            time.sleep(pause)

    def resident(self):
        """Returns the daemon's resident memory in bytes."""
        return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def thread_seconds(self):
        """Returns the processor seconds of every thread by name."""
        result = {}
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            name = thread_name(self.pid, task)
            result[name] = result.get(name, 0.0) + int((task / "schedstat").read_text().split()[0]) / 1e9
        return result


def thread_name(pid, task):
    """Returns the thread's own name; if it only has the program's name, identifies it as main or by nice value."""
    line = (task / "stat").read_text()
    name, fields = line[line.index("(") + 1 : line.rindex(")")], line[line.rindex(")") + 2 :].split()
    nice = int(fields[16])
    if int(task.name) == pid:
        return "io (main)"
    if name != (task.parent.parent / "comm").read_text().strip():
        return name
    return f"unnamed, nice {nice}"


def used(before, after):
    """Returns the differences of two thread_seconds(), largest first, without threads that did nothing."""
    taken = {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}
    return dict(sorted(((n, s) for n, s in taken.items() if s >= 0.0005), key=lambda item: -item[1]))


def quantile(values, share):
    """Returns the value that a fraction `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def median(values):
    return statistics.median(values)


def finish(options, result, lines):
    """Prints the result as JSON or as lines; returns the exit code."""
    print(json.dumps(result, indent=2) if options.json else "\n".join(lines))
    return 0 if result["passed"] else 1
