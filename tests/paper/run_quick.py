"""Runs an experiment of bench/paper in its short form, and checks that it ends with 0 and writes its results.

run_quick.py EXPERIMENT OUTPUT [--data FOLDER...] [--figure] -- OPTIONS

OUTPUT is emptied first. OPTIONS are passed on to the experiment. --data: folders that it needs of $ALTMIND_DATA
(default: ../shared/data beside the project); if one is missing, exits with 77, or with 1 if CI=true. --figure: it draws
one.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def missing_data(folders):
    """Returns the first of the folders that is missing, or None."""
    data = pathlib.Path(os.environ.get("ALTMIND_DATA") or ROOT.parent / "shared" / "data")
    return next((data / folder for folder in folders if not (data / folder).is_dir()), None)


def faults(output, name, figure):
    """Yields what is wrong with the results of the experiment."""

    def read(path):
        if path.suffix == ".csv":
            with open(path, newline="") as file:
                return list(csv.DictReader(file))
        if path.suffix == ".json":
            return json.loads(path.read_text())
        if path.suffix == ".svg":
            return len(xml.etree.ElementTree.parse(path).getroot())
        content = path.read_bytes()
        return content.startswith(b"\x89PNG") and b"IEND" in content[-12:]

    for kind in ("csv", "json", "png", "svg") if figure else ("csv", "json"):
        path = output / f"{name}-quick.{kind}"
        try:
            if not read(path):
                yield f"{path}: is empty or incomplete"
        except (OSError, ValueError, xml.etree.ElementTree.ParseError) as error:
            yield f"{path}: {error}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--data", nargs="*", default=[])
    parser.add_argument("--figure", action="store_true")
    split = sys.argv.index("--")
    options, words = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]

    missing = missing_data(options.data)
    if missing:
        print(f"no {missing} (set ALTMIND_DATA)")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    shutil.rmtree(options.output, ignore_errors=True)
    status = subprocess.run([options.experiment, "--quick", "--output", options.output, *words]).returncode
    if status != 0:
        print(f"{options.experiment} ended with {status}")
        return 1
    found = list(faults(options.output, options.experiment.name, options.figure))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
