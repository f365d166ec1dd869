#!/usr/bin/env bash
# The set-up's packages on machines that have few of them, with stand-ins for dpkg-query and apt-get.
set -euo pipefail
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
check() { if "$@"; then :; else echo "FAILED: $*"; exit 1; fi; }

# Knows git alone; like the real one it leaves with 1 when a package was never heard of.
cat >"$work/bin/dpkg-query" <<'TEXT'
#!/bin/sh
echo "ii  git"
exit 1
TEXT
cat >"$work/bin/apt-get" <<'TEXT'
#!/bin/sh
echo "$*" >>"$SETUP_LOG"
case $1 in install) exit "${SETUP_CODE:-0}" ;; esac
TEXT
printf '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin"/*
export PATH=$work/bin:$PATH SETUP_LOG=$work/log

set_up() { bash -c "set -euo pipefail; root=$root; . \"\$root/scripts/setup.sh\"; ensure_packages; echo went on" 2>"$work/said"; }
check grep -q '^went on$' <(set_up)
check grep -q '^update' "$SETUP_LOG"
check grep -q '^install .* cmake .* qt6-base-dev ' "$SETUP_LOG"
check test -z "$(grep -o '^install .* git ' "$SETUP_LOG")"
check grep -q '^Installing ' "$work/said"

# What cannot be installed ends the set-up with the command to type.
code=0
SETUP_CODE=100 set_up >"$work/out" || code=$?
check test "$code" -eq 6
check test ! -s "$work/out"
check grep -q '^error: apt-get could not install ' "$work/said"
check grep -q '^hint: run: apt-get update && apt-get install ' "$work/said"

# Nothing is asked of apt-get where everything is there.
rm "$SETUP_LOG"
{ echo '#!/bin/sh'; sed -n 's/^\([^#].*\)/echo "ii  \1"/p' "$root/scripts/packages.debian"; } >"$work/bin/dpkg-query"
check grep -q '^went on$' <(set_up)
check test ! -e "$SETUP_LOG"
echo "the set-up's packages behave"
