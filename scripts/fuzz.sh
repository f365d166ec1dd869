#!/usr/bin/env bash
# Builds the fuzz harnesses with clang and runs each for SECONDS; prints "passed failed". Findings stay in build/fuzz/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/setup.sh"
seconds=$1
[ -n "${RECOSCOPE_DEPS_DIR:-}" ] || ensure_libtorch
say "Building the fuzz harnesses…"
build fuzz fuzz_harnesses
passed=0 failed=0
for harness in "$root"/build/fuzz/tests/fuzz/fuzz_*; do
  [ -x "$harness" ] && [ -f "$harness" ] || continue
  name=$(basename "$harness")
  work=$root/build/fuzz/corpus/$name
  mkdir -p "$work"
  seeds=$root/tests/fuzz/seeds/${name#fuzz_}
  [ -d "$seeds" ] || seeds=
  words=$root/tests/fuzz/dictionaries/${name#fuzz_}.dict
  [ -f "$words" ] && words=-dict=$words || words=
  if "$harness" $words -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/" "$work" $seeds \
    >"$work.log" 2>&1; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    say "fuzz: $name failed; see build/fuzz/corpus/$name.log"
    tail -20 "$work.log" >&2
  fi
done
[ $((passed + failed)) -gt 0 ] || die "no fuzz harness was built" "see build/fuzz/build.log" 1
echo "$passed $failed"
