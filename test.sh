#!/usr/bin/env bash
# Sets up, builds and runs every test; the last line is "N passed, N failed, N skipped".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/scripts/setup.sh"

usage() {
  cat <<'TEXT'
./test.sh                            every test, then each fuzz harness for a few seconds
./test.sh --sanitize address|thread  the tests under AddressSanitizer + UBSan, or ThreadSanitizer
./test.sh --fuzz SECONDS             each fuzz harness for that long
./test.sh --bench [NAME...]          the benchmarks, each beside its baseline
TEXT
}

preset=ci
fuzz_seconds=3
case ${1:-} in
  "") ;;
  --help | -h) usage; exit 0 ;;
  --sanitize)
    case ${2:-} in
      address) preset=asan ;;
      thread) preset=tsan ;;
      *) usage >&2; die "--sanitize takes address or thread" "see the list above" 2 ;;
    esac
    fuzz_seconds=0 ;;
  --fuzz) preset=none; fuzz_seconds=${2:?seconds} ;;
  --bench) preset=bench; shift ;;
  *) usage >&2; die "unknown argument: $1" "see the list above" 2 ;;
esac

ensure_packages
ensure_libtorch
ensure_parquet
export QT_QPA_PLATFORM=offscreen LC_ALL=C.UTF-8 TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1}

if [ "$preset" = bench ]; then
  build ci recoscope-cli
  exec "$root/build/ci/app/cli/recoscope-cli" bench "$@"
fi

passed=0 failed=0 skipped=0
if [ "$preset" != none ]; then
  say "Building (preset $preset)…"
  build "$preset"
  results=$root/build/$preset/results.xml
  rm -f "$results"
  (cd "$root" && ctest --preset "$preset" --output-junit "$results") || true
  [ -f "$results" ] || die "CTest wrote no results" "run: ctest --preset $preset" 1
  read -r passed failed skipped < <(python3 "$root/scripts/count_results.py" "$results")
fi
if [ "$fuzz_seconds" -gt 0 ]; then
  read -r fuzz_passed fuzz_failed < <("$root/scripts/fuzz.sh" "$fuzz_seconds")
  passed=$((passed + fuzz_passed)) failed=$((failed + fuzz_failed))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
