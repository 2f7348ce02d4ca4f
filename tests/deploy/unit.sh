#!/bin/bash
# unit.sh UNIT PROGRAM: checks that systemd accepts the unit, and that its exposure level is at most 2.0 of 10.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
copy=$directory/altmind.service

# systemd checks that the program exists, and it is not installed here: use the one just built.
sed "s#^ExecStart=/usr/bin/altmind #ExecStart=$2 #" "$1" > "$copy"
grep -q "^ExecStart=$2 serve " "$copy"

# verify also exits with 0 when it only warns, for instance about unknown keys.
said=$(systemd-analyze verify --man=no "$copy" 2>&1) || { echo "$said"; exit 1; }
if [[ -n $said ]]; then
  echo "$said"
  exit 1
fi
systemd-analyze security --offline=true --no-pager --threshold=20 "$copy" | tail -n 1
