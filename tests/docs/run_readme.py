#!/usr/bin/python3
"""Runs the examples of a Markdown document and compares their output.

    run_readme.py DOCUMENT ALTMIND CONFIG_DIRECTORY

Fenced blocks whose info string contains the word "test" run in order, in one bash in one temporary directory:

    toml test=NAME     written to the file NAME
    sh test            run; must exit with 0
    console test       "$ " begins a command, the lines below are its stdout; must exit with 0

A block with the word "data" needs $ALTMIND_DATA/mnist (default: ../shared/data beside the project). Without the data it
is skipped, or with CI=true a failure.

Output is compared line by line. Numbers with a point or exponent and whole numbers of five digits or more may differ; a
64-digit hash may differ too, but equal hashes in the document must be equal hashes in the run.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+) +(test[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(
    r"(?P<hash>\b[0-9a-f]{64}\b)"
    r"|(?P<number>(?<![\w.])-?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d{5,})(?![\w.]))")
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
TIME_LIMIT = 240  # seconds in all: machines may be busy; on an idle one it takes less than ten


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parse_console(body):
    """Returns [(command, [printed lines])]."""
    commands = []
    for line in body.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif not commands:
            raise ValueError(f"output before the first command: {line}")
        else:
            commands[-1][1].append(line)
    return commands


def difference(expected, printed, hashes):
    """Returns what is wrong with the printed lines, or None. `hashes` maps the document's to those of this run."""
    if len(expected) != len(printed):
        return f"{len(expected)} lines expected, {len(printed)} printed"
    for want, got in zip(expected, printed):
        pattern, names, at = "", [], 0
        for token in TOKEN.finditer(want):
            pattern += re.escape(want[at:token.start()])
            if token.group("hash"):
                names.append(token.group("hash"))
                pattern += "([0-9a-f]{64})"
            else:
                pattern += NUMBER
            at = token.end()
        match = re.fullmatch(pattern + re.escape(want[at:]), got)
        if not match:
            return f"expected {want!r}"
        for name, found in zip(names, match.groups()):
            if hashes.setdefault(name, found) != found:
                return f"hash {name} was {hashes[name]} before, now {found}"
    return None


def script_of(blocks, directory):
    """Returns a bash script that records status and stdout of every command; [(number, command, lines or None)]."""
    steps, script = [], ["cd work"]
    for language, words, body in blocks:
        name = next((word[5:] for word in words if word.startswith("test=")), None)
        if name is not None:
            with open(os.path.join(directory, "work", name), "w", encoding="utf-8") as file:
                file.write(body)
            continue
        commands = parse_console(body) if language == "console" else [(body, None)]
        for command, lines in commands:
            number = len(steps)
            steps.append((number, command, lines))
            script.append(f"{{ {command}\n}} > ../{number}.out\necho $? > ../{number}.status")
    return "\n".join(script) + "\n", steps


def main():
    document, program, config = sys.argv[1:4]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    # The document's ports may be in use: HTTP and the TCP source get free ones.
    http, tcp = str(free_port()), str(free_port())
    text = re.sub(r"(127\.0\.0\.1[:/])8080\b", r"\g<1>" + http, text)
    text = re.sub(r"(127\.0\.0\.1[:/])9000\b", r"\g<1>" + tcp, text)
    blocks = [(language, words.split(), body) for language, words, body in BLOCK.findall(text)]

    data = os.environ.get("ALTMIND_DATA") or os.path.join(os.path.dirname(os.path.abspath(config)), "../shared/data")
    if not os.path.exists(os.path.join(data, "mnist", "train-images-idx3-ubyte.gz")):
        if os.environ.get("CI") == "true":
            sys.exit(f"missing data: {data}/mnist (set ALTMIND_DATA)")
        print(f"left out what needs data: no {data}/mnist (set ALTMIND_DATA)")
        blocks = [block for block in blocks if "data" not in block[1]]

    with tempfile.TemporaryDirectory(prefix="altmind-docs-") as directory:
        os.mkdir(os.path.join(directory, "work"))
        os.symlink(os.path.abspath(config), os.path.join(directory, "work", "config"))
        script, steps = script_of(blocks, directory)
        if not steps:
            sys.exit(f"{document}: no block is marked as a test")
        environment = {name: value for name, value in os.environ.items()
                       if not (name.startswith("ALTMIND_") and "__" in name)}
        environment["PATH"] = os.path.dirname(os.path.abspath(program)) + ":" + environment["PATH"]
        environment["ALTMIND_DATA"] = os.path.abspath(data)
        environment["ALTMIND_HTTP__LISTEN"] = f"127.0.0.1:{http}"  # its default is also 8080
        shell = subprocess.Popen(["bash", "-c", script], cwd=directory, env=environment, start_new_session=True,
                                 stdin=subprocess.DEVNULL)
        late = False
        try:
            shell.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            late = True
        finally:  # kill daemons that a failed example left running
            try:
                os.killpg(shell.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            shell.wait()

        hashes, failures = {}, 0
        for number, command, lines in steps:
            try:
                with open(os.path.join(directory, f"{number}.status"), encoding="utf-8") as file:
                    status = int(file.read())
            except (FileNotFoundError, ValueError):
                print(f"$ {command}\n  did not end" + (f" within {TIME_LIMIT} s" if late else ""))
                failures += 1
                break
            with open(os.path.join(directory, f"{number}.out"), encoding="utf-8", errors="replace") as file:
                printed = file.read().splitlines()
            problem = f"exit status {status}" if status != 0 else None
            if problem is None and lines is not None:
                problem = difference(lines, printed, hashes)
            if problem is not None:
                print(f"$ {command}\n  {problem}; printed:")
                print("".join(f"  | {line}\n" for line in printed), end="")
                failures += 1
        if failures:
            for name in sorted(os.listdir(os.path.join(directory, "work"))):
                if name.endswith(".log"):
                    with open(os.path.join(directory, "work", name), encoding="utf-8", errors="replace") as file:
                        print(f"{name}:\n{file.read()}", end="")
            sys.exit(1)
        print(f"{len(steps)} examples of {os.path.basename(document)} print what it says")


if __name__ == "__main__":
    main()
