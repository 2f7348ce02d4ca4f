#!/bin/bash
# unit.sh UNIT PROGRAM: systemd accepts the unit, and a service of it is exposed to at most 2.0 of 10.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
copy=$directory/altmind.service

# systemd asks for the program, which is not installed here: name the one just built.
sed "s#^ExecStart=/usr/bin/altmind #ExecStart=$2 #" "$1" > "$copy"
grep -q "^ExecStart=$2 serve " "$copy"

# It also writes warnings, on unknown keys for instance, and then ends with 0.
said=$(systemd-analyze verify --man=no "$copy" 2>&1) || { echo "$said"; exit 1; }
if [[ -n $said ]]; then
  echo "$said"
  exit 1
fi
systemd-analyze security --offline=true --no-pager --threshold=20 "$copy" | tail -n 1
