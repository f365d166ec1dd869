#!/usr/bin/env bash
# The set-up's downloads against a local server: whole, cut and resumed, damaged on disk, wrong content, no server.
set -euo pipefail
root=$1
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
export RECOSCOPE_RETRY_SECONDS=0
python3 "$root/tests/house/range_server.py" "$work" >"$work/port" 2>"$work/server.log" &
server=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
base=http://127.0.0.1:$(cat "$work/port")
fetch=$root/scripts/fetch_file.sh
check() { if "$@"; then :; else echo "FAILED: $*"; exit 1; fi; }

head -c 300000 /dev/urandom >"$work/good"
sha=$(sha256sum <"$work/good" | cut -d' ' -f1)

"$fetch" whole "$sha" "$base/good" "$work/out1" 2>/dev/null
check cmp "$work/good" "$work/out1"

head -c 100000 "$work/good" >"$work/out2.part"
"$fetch" resumed "$sha" "$base/good" "$work/out2" 2>"$work/log2"
check cmp "$work/good" "$work/out2"
check grep -q 'resuming at 100000 bytes' "$work/log2"
check grep -q 'bytes=100000-' "$work/server.log"

# The server cuts the connection once after half of the file.
"$fetch" cut "$sha" "$base/good?cut=150000" "$work/out3" 2>/dev/null
check cmp "$work/good" "$work/out3"

# A part of another file, and a file damaged on disk, are noticed and fetched again.
head -c 100000 /dev/zero >"$work/out4.part"
"$fetch" foreign "$sha" "$base/good" "$work/out4" 2>/dev/null
check cmp "$work/good" "$work/out4"
head -c 1000 /dev/zero >"$work/out5"
"$fetch" damaged "$sha" "$base/good" "$work/out5" 2>/dev/null
check cmp "$work/good" "$work/out5"

wrong=$(printf wrong | sha256sum | cut -d' ' -f1)
code=0
"$fetch" wrong "$wrong" "$base/good" "$work/out6" 2>"$work/log6" || code=$?
check test "$code" -eq 6
check test ! -e "$work/out6"
check grep -q '^hint: ' "$work/log6"

kill "$server"
code=0
"$fetch" unreachable "$sha" "$base/good" "$work/out7" 2>"$work/log7" || code=$?
check test "$code" -eq 6
check test ! -e "$work/out7"
echo "the set-up's downloads behave"
