"""Arrows between rooms only go down. Ends with 1 on an #include that a room must not have, itself or by way of others.

layering.py ROOT
"""

import functools
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])

# What no file of a room includes itself.
forbidden = {
    "core": "adapters/|config/|daemon/|boost/|nlohmann/|simdjson|spdlog/|prometheus/|toml|CLI/|openssl/|thread>|iostream>|"
    "fstream>|filesystem>|chrono>",
    "adapters": "config/|daemon/|toml|CLI/|Eigen/",
    "config": "daemon/|boost/|prometheus/|CLI/|thread>|Eigen/",
    "daemon": "Eigen/|simdjson|openssl/|toml",
}

# A folder of core may include those before it; learner_options.hpp, beside them, only samples.
core_order = ["samples", "linalg", "evaluate", "features", "model", "codes", "weights", "continual", "step", "serve"]

# Folders of adapters do not know each other, except for what all sources share.
shared_adapters = {"ingest", "telemetry", "framing", "json", "csv", "sparse"}

# Files whose includes do not lead to Eigen by any way. The store has the state itself, of matrices.
without_eigen = [f"adapters/{folder}/" for folder in "csv file framing generator http ingest json sparse tcp telemetry".split()]

files = [path for room in forbidden for path in sorted((root / room).rglob("*")) if path.suffix in (".hpp", ".cpp")]


@functools.cache
def includes(name):
    path = root / name
    return re.findall(r'^#include ["<]([^">]+[">])', path.read_text(), re.MULTILINE) if path.exists() else []


def way_to_eigen(name, seen):
    """The files from `name` to the first header of Eigen; nothing if there is no way."""
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
        if parts[0] == "adapters" and len(parts) == 3 and target.startswith("adapters/") and target.count("/") == 2:
            its = target.split("/")[1]
            if its != parts[1] and its not in shared_adapters:
                problems.append(f"{name}: {target}")
    if name.startswith(tuple(without_eigen)):
        way = way_to_eigen(name, set())
        if way:
            problems.append(f"{name} reaches Eigen: " + " -> ".join(way[1:]))

if problems:
    sys.exit("forbidden includes:\n  " + "\n  ".join(problems))
