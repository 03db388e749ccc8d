#!/usr/bin/env bash
# Install what the tests need from Debian where it is missing and we may; else say how to get it.
# usage: install_servers.sh PROGRAM=PACKAGE...     (PROGRAM: a name on the PATH or a pattern of paths)
set -euo pipefail
missing=()
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null || compgen -G "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
command="apt-get install -y --no-install-recommends ${missing[*]}"
run=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || { echo "Missing for the tests: ${missing[*]}. Run: sudo $command" >&2; exit 1; }
  run=(sudo)
fi
# The tests start servers of their own: a package that starts one at once is told not to.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '"${run[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${run[@]}" tee "$policy" >/dev/null
  "${run[@]}" chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" $command >/dev/null
