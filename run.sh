#!/usr/bin/env bash
# Sets everything up, then opens the workbench on the sample data. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/scripts/setup.sh"

usage() {
  cat <<'TEXT'
./run.sh                    open the workbench (without a display: the tour, as --headless)
./run.sh --headless [DIR]   the tour: import, train, compare, inspect; report and pictures in DIR (build/tour)
./run.sh --build-only       set up and build, nothing more
./run.sh cli ARGS...        run recoscope-cli, e.g. ./run.sh cli doctor
TEXT
}

mode=window
out=$root/build/tour
case ${1:-} in
  --help | -h) usage; exit 0 ;;
  --build-only) mode=build ;;
  --headless) mode=tour; [ -z "${2:-}" ] || out=$2 ;;
  cli) mode=cli; shift ;;
  "") if [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then mode=tour; fi ;;
  *) usage >&2; die "unknown argument: $1" "see the list above" 2 ;;
esac

ensure_packages
ensure_libtorch
ensure_parquet
targets=(recoscope recoscope-cli)
[ "$mode" = cli ] && targets=(recoscope-cli)
bin=$root/build/release
# On a terminal ninja counts its steps.
[ -t 2 ] || [ -x "$bin/app/cli/recoscope-cli" ] || say "Building: some 15 minutes on 2 cores…"
build release "${targets[@]}"

case $mode in
  build) say "Built: ${bin#"$root"/}/app/recoscope and ${bin#"$root"/}/app/cli/recoscope-cli" ;;
  cli) exec "$bin/app/cli/recoscope-cli" "$@" ;;
  tour) exec python3 "$root/scripts/tour.py" --bin "$bin" --sample "$root/sample_data" --out "$out" ;;
  window) exec "$bin/app/recoscope" --sample ;;
esac
