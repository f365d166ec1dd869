#!/usr/bin/env bash
# Fetches the pinned binary dependencies into a cache outside the checkout and prints the folder: LibTorch and the icon
# set, or with --parquet the Parquet reader, which is optional and has a folder of its own. The package index that pip
# is configured for says where each file lies; fetch_file.sh fetches it with progress, resuming and its SHA-256 checked;
# the unpacked folder appears under its final name only when it is complete.
#   fetch_dependencies.sh [--device cpu|cuda | --parquet]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${RECOSCOPE_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/recoscope}
device= # of LibTorch; empty for the Parquet reader
if [ "${1:-}" = --parquet ]; then
  locks=("$here/parquet.lock")
  target=$cache/parquet-$(sha256sum <"${locks[0]}" | cut -c1-12)
  need_mib=300
else
  device=cpu need_mib=2600
  [ "${1:-}" = --device ] && device=$2
  locks=("$here/dependencies.lock")
  [ "$device" = cuda ] && { locks+=("$here/dependencies-cuda.lock"); need_mib=12000; }
  target=$cache/deps-$(cat "${locks[@]}" "$here/unpack_dependencies.py" | sha256sum | cut -c1-12)-$device
fi
say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $1"; say "hint: $2"; exit 6; }
unpack() {
  if [ -n "$device" ]; then
    python3 "$here/unpack_dependencies.py" --device "$device" --out "$target.partial" "$@" >&2
  else
    unzip -q "$1" 'pyarrow/include/*' 'pyarrow/libarrow.so.*' 'pyarrow/libparquet.so.*' '*/licenses/*' -d "$target.partial" >&2
  fi
}

if [ -f "$target/complete" ]; then printf '%s\n' "$target"; exit 0; fi
mkdir -p "$cache/downloads"
# Two set-ups at the same time must not unpack into one folder.
exec 9>"$cache/fetch.lock"
flock 9
if [ -f "$target/complete" ]; then printf '%s\n' "$target"; exit 0; fi

free_mib=$(df -Pm "$cache" | awk 'NR == 2 {print $4}')
[ "$free_mib" -ge "$need_mib" ] || fail "$cache has $free_mib MiB free; $need_mib MiB are needed" "free space, or set RECOSCOPE_DEPS to a folder on a larger disk"

# pip matches these tags exactly, so every one that a pinned wheel carries is named.
platforms=(--platform any --platform manylinux2014_x86_64 --platform manylinux1_x86_64)
for glibc in 5 12 17 18 24 25 26 27 28; do platforms+=(--platform "manylinux_2_${glibc}_x86_64"); done
report=$(mktemp)
trap 'rm -f "$report"' EXIT
say "Looking up the pinned packages…"
python3 -m pip install --dry-run --ignore-installed --quiet --report "$report" --target "$cache/none" --no-deps \
  --only-binary=:all: --implementation cp --python-version 3.11 "${platforms[@]}" --require-hashes \
  "${locks[@]/#/--requirement=}" >&2 ||
  fail "the package index could not be asked" "check the network and pip's configuration, then run the same command again"

python3 - "$report" <<'PY' | while IFS=$'\t' read -r name sha url; do
import json, sys
for entry in json.load(open(sys.argv[1]))["install"]:
    info = entry["download_info"]
    print(entry["metadata"]["name"], info["archive_info"]["hashes"]["sha256"], info["url"], sep="\t")
PY
  file=$cache/downloads/$sha.whl
  "$here/fetch_file.sh" "$name" "$sha" "$url" "$file" || exit 6
done

rm -rf "$target.partial"
mapfile -t wheels < <(sed -n "s#.*sha256:\(.*\)#$cache/downloads/\1.whl#p" "${locks[@]}")
unpack "${wheels[@]}" ||
  fail "unpacking into $target.partial failed" "delete $cache/downloads and run the same command again"
rm -rf "$target"
mv "$target.partial" "$target"
touch "$target/complete"
printf '%s\n' "$target"
