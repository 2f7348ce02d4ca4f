"""Shared by the programs of bench/paper: the command line, and results as CSV, JSON, PNG and SVG.

Import this before anything else of bench/.
"""

import argparse
import csv
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import altmind_bench
import comparison

FOLDER = comparison.RESULTS / "paper"


def parser(name, description):
    """Returns a parser with --quick, --seeds and --output, which every experiment has; results are called `name`."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--quick", action="store_true", help="a short run that shows that it works; not for figures")
    result.add_argument("--seeds", type=int, help="seeds 1 to N (3; with --quick 1)")
    result.add_argument("--output", default=str(FOLDER), metavar="FOLDER", help=f"where results go ({FOLDER})")
    result.set_defaults(name=name)
    return result


def parse(of):
    """Returns the options. Files of a quick run are called NAME-quick, to keep them apart from the full run's."""
    options = of.parse_args()
    if options.seeds is None:
        options.seeds = 1 if options.quick else 3
    if options.seeds < 1:
        of.error(f"--seeds: must be at least 1, got {options.seeds}")
    if options.quick:
        options.name += "-quick"
    return options


def write(options, rows, summary, figure):
    """Writes NAME.csv of `rows` (dicts with the same keys), NAME.json of `summary`, and NAME.png and NAME.svg of the
    figure, if there is one."""
    folder = pathlib.Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{options.name}.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (folder / f"{options.name}.json").write_text(json.dumps(summary, indent=1) + "\n")
    kinds = (".png", ".svg") if figure else ()
    for kind in kinds:
        figure.savefig(folder / (options.name + kind), dpi=120, facecolor="white")
    print(f"{folder / options.name}.csv", ".json", *kinds)


def summary(values):
    """Returns mean and range over the seeds, one value each."""
    return {"mean": float(sum(values) / len(values)), "min": float(min(values)), "max": float(max(values)), "seeds": len(values)}


def spread(values):
    """Returns the same as text."""
    return comparison.cell(summary(values))


def end(missed):
    """Prints the missed bounds (None: nothing was checked); returns the exit code."""
    for sentence in missed or []:
        print(f"missed: {sentence}")
    print("this run has no requirements" if missed is None else f"missed {len(missed)}" if missed else "every demand is met")
    return 1 if missed else 0
