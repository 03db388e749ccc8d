#!/usr/bin/env bash
# Install what the tests need from Debian where it is missing and we may; else say how to get it.
# usage: install_servers.sh PROGRAM=PACKAGE...
set -euo pipefail
missing=()
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
command="apt-get install -y --no-install-recommends ${missing[*]}"
run=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || { echo "Missing for the tests: ${missing[*]}. Run: sudo $command" >&2; exit 1; }
  run=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" $command >/dev/null
