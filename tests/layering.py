"""Checks that rooms include only rooms below them. Exits with 1 on a forbidden #include, direct or transitive.

layering.py ROOT
"""

import functools
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])

# Headers that no file of a room may include directly.
forbidden = {
    "core": "adapters/|config/|daemon/|boost/|nlohmann/|simdjson|spdlog/|prometheus/|toml|CLI/|openssl/|thread>|iostream>|"
    "fstream>|filesystem>|chrono>",
    "adapters": "config/|daemon/|toml|CLI/|Eigen/",
    "config": "daemon/|boost/|prometheus/|CLI/|thread>|Eigen/",
    "daemon": "Eigen/|simdjson|openssl/|toml",
}

# A folder of core may include those before it; learner_options.hpp, outside the folders, only samples.
core_order = ["samples", "linalg", "evaluate", "features", "model", "codes", "weights", "continual", "step", "serve"]

# Which other folders a folder of adapters may include. Sibling folders do not include each other, except the formats.
parsers = ["formats/json", "formats/csv", "formats/sparse"]
formats = ["formats", "formats/framing", *parsers]
adapters_may = {
    "ingest": [],
    "telemetry": ["ingest"],
    "formats/framing": [],
    "formats/json": ["ingest"],
    "formats/csv": ["ingest", "formats/framing"],
    "formats/sparse": ["ingest"],
    "formats": ["ingest", *parsers],
    "sources/tcp": ["ingest", "telemetry", *formats],
    "sources/file": ["ingest", "telemetry", *formats],
    "sources/generator": ["ingest", "telemetry", *formats],
    "http": [],
    "http/wire": ["telemetry", "http"],
    "http/routes": ["ingest", "telemetry", *formats, "http"],
    "store": [],
    "store/journal": ["store"],
    "store/checkpoint": ["store"],
}

# Files that may include Eigen transitively: checkpoints store the state itself, which consists of matrices.
with_eigen = "adapters/store/checkpoint/"

files = [path for room in forbidden for path in sorted((root / room).rglob("*")) if path.suffix in (".hpp", ".cpp")]


@functools.cache
def includes(name):
    path = root / name
    return re.findall(r'^#include ["<]([^">]+[">])', path.read_text(), re.MULTILINE) if path.exists() else []


def way_to_eigen(name, seen):
    """Returns the include chain from `name` to the first Eigen header; empty if there is none."""
    for include in includes(name):
        target = include[:-1]
        if target.startswith("Eigen/"):
            return [name, target]
        if target not in seen:
            seen.add(target)
            way = way_to_eigen(target, seen)
            if way:
                return [name, *way]
    return []


def folder_of_adapters(name):
    """Returns `http/wire` for `adapters/http/wire/head.hpp`; empty outside the folders of `adapters`."""
    return "/".join(name.split("/")[1:-1]) if name.startswith("adapters/") else ""


def folder_of_core(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "core" and len(parts) == 3 else None


problems = []
for path in files:
    name = path.relative_to(root).as_posix()
    parts = name.split("/")
    for include in includes(name):
        if re.match(forbidden[parts[0]], include):
            problems.append(f"{name}: {include}")
        target = include[:-1]
        if parts[0] == "core":
            mine = folder_of_core(name) or "samples"
            its = folder_of_core(target)
            if its and core_order.index(its) > core_order.index(mine):
                problems.append(f"{name}: {target}, but {its} stands on {mine}")
        if parts[0] == "adapters":
            mine, its = folder_of_adapters(name), folder_of_adapters(target)
            if its and its not in [mine, *adapters_may.get(mine, [])]:
                problems.append(f"{name}: {target}")
    if parts[0] == "adapters" and not name.startswith(with_eigen):
        way = way_to_eigen(name, set())
        if way:
            problems.append(f"{name} reaches Eigen: " + " -> ".join(way[1:]))

if problems:
    sys.exit("forbidden includes:\n  " + "\n  ".join(problems))
