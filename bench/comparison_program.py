"""The command line shared by bench/streams_vs_rivals, bench/continual and bench/drifting_streams."""

import argparse
import json
import os

import altmind_learner
import comparison

# altmind's own candidates, name to settings; --variant adds others to a run.
VARIANTS = {"altmind": (), "altmind-unprotected": ("consolidation.enabled=false",)}


def arguments(description, streams, results, quick=None):
    """Returns the parsed command line; quick: adds --quick with this help, which has a file of results of its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [stream.name for stream in streams]
    parser.add_argument("--seeds", type=int, default=3, help="seeds 1 to N (3)")
    parser.add_argument("--only", action="append", choices=names, metavar="STREAM", help=f"of {', '.join(names)}")
    parser.add_argument("--learner", action="append", metavar="NAME", help="only this one; repeatable (default: all)")
    parser.add_argument(
        "--variant", action="append", nargs="+", default=[], metavar=("NAME", "SETTING"),
        help="also altmind-NAME, with settings section.key=VALUE over the defaults",
    )  # fmt: skip
    default = str(comparison.RESULTS / results)
    parser.add_argument("--json", metavar="FILE", help=f"results, kept and reused ({default})")
    parser.add_argument("--server", help="a built learning_server (default: build one with preset bench)")
    parser.add_argument("--summary", metavar="FILE", help="also write the tables as JSON")
    parser.add_argument("--csv", metavar="FILE", help="also write the tables as CSV")
    if quick:
        parser.add_argument("--quick", action="store_true", help=quick)
    options = parser.parse_args()
    if not options.json:
        options.json = default.replace(".jsonl", "-quick.jsonl") if quick and options.quick else default
    if options.seeds < 1:
        parser.error(f"--seeds: must be at least 1, got {options.seeds}")
    return options


def altminds(options):
    """Returns the requested altmind learners."""
    variants = {**VARIANTS, **{f"altmind-{name}": settings for name, *settings in options.variant}}
    wanted = {name: settings for name, settings in variants.items() if not options.learner or name in options.learner}
    if not wanted:
        return []
    server = options.server or altmind_learner.build()
    return [comparison.Altmind(name, server, settings) for name, settings in wanted.items()]


def wanted(options, rivals):
    """Returns the requested rivals: all of them unless --learner is given."""
    if not options.learner:
        return rivals
    return [rival for rival in rivals if set(rival.names) & set(options.learner)]


def records(options, store, stream, altmind, rivals, search):
    """Runs what is missing; returns every record of this stream for the table.

    `search`: all settings of the rivals are tried with seed 1, then the best with the other seeds.
    """
    seeds = range(1, options.seeds + 1)
    found = []
    for learner in altmind:
        for seed in seeds:
            found += learner.results(store, stream, seed)
    for rival in rivals:
        for seed in (1,) if search else seeds:
            found += rival.results(store, stream, seed)
    if search:
        for name in dict.fromkeys(name for rival in rivals for name in rival.names):
            for rival in comparison.best_settings(store, stream, rivals, name):
                for seed in seeds[1:]:
                    found += [record for record in rival.results(store, stream, seed) if record["learner"] == name]
    if options.learner:
        found = [record for record in found if record["learner"] in options.learner]
    return found


def run(options, streams, rivals, search, check=None, beside=lambda stream: {}):
    """Runs, prints and checks every requested stream; returns the exit code. `check(stream, table, records)` yields
    sentences about missed bounds, None if there are no bounds; `beside(stream)` returns further columns, as
    comparison.table_lines takes them."""
    store = comparison.Store(options.json)
    altmind, rivals = altminds(options), wanted(options, rivals)
    tables, missed = {}, []
    for stream in streams:
        if options.only and stream.name not in options.only:
            continue
        found = records(options, store, stream, altmind, [rival for rival in rivals if rival.suits(stream)], search)
        if not found:
            continue
        tables[stream.name] = comparison.rows(found)
        print("\n".join(comparison.table_lines(stream, tables[stream.name], beside(stream))), flush=True)
        for sentence in check(stream, tables[stream.name], found) if check else ():
            missed.append(f"{stream.name}: {sentence}")
            print(f"  missed: {sentence}")
        print(flush=True)
    print("seeds 1 to %d; mean (smallest to largest); load average %.1f %.1f %.1f" % (options.seeds, *os.getloadavg()))
    if altmind and check:
        print(f"missed {len(missed)}" if missed else "every bound is held")
    if options.summary:
        with open(options.summary, "w") as file:
            json.dump({"seeds": options.seeds, "streams": tables, "missed": missed}, file, indent=1)
    if options.csv:
        with open(options.csv, "w") as file:
            file.writelines(line + "\n" for line in comparison.csv_lines(tables))
    return 1 if missed else 0


def below(table, bounds, learner="altmind"):
    """Yields a sentence for each figure of `learner` that is below its bound."""
    for row in table:
        if row["learner"] == learner:
            for metric, bound in bounds.items():
                if row[metric]["mean"] < bound:
                    yield f"{learner}, {metric}: {row[metric]['mean']:.4f} is below {bound}"


def behind(table, metric, learner, other, allowed):
    """Yields a sentence if `learner` is more than `allowed` behind `other` in `metric`."""
    means = {row["learner"]: row[metric]["mean"] for row in table}
    if learner in means and other in means and means[learner] < means[other] - allowed:
        yield f"{learner}, {metric}: {means[learner]:.4f} is more than {allowed} behind {other}, {means[other]:.4f}"
