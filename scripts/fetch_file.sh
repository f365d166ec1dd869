#!/usr/bin/env bash
# fetch_file.sh NAME SHA256 URL FILE: fetches URL to FILE unless it is there; shows progress, resumes FILE.part, and
# gives FILE its name only when its SHA-256 is the expected one. Exit 6 with error and hint when it cannot.
set -euo pipefail
name=$1 sha=$2 url=$3 file=$4
part=$file.part
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 6; }

if [ -f "$file" ]; then
  echo "$sha  $file" | sha256sum --check --status && exit 0
  printf '%s was damaged on disk; fetching it again\n' "$name" >&2
  rm -f "$file"
fi
for attempt in 1 2 3 4 5; do
  printf 'Fetching %s%s\n' "$name" "$([ -f "$part" ] && printf ' (resuming at %s bytes)' "$(stat -c %s "$part")")" >&2
  code=0
  curl --fail --location --continue-at - --progress-bar --connect-timeout 30 --speed-limit 1000 --speed-time 60 \
    --output "$part" "$url" >&2 || code=$?
  if [ "$code" -eq 0 ] && echo "$sha  $part" | sha256sum --check --status; then
    mv "$part" "$file"
    exit 0
  fi
  if [ "$code" -eq 0 ] || [ "$code" -eq 33 ] || [ "$code" -eq 22 ]; then
    # Complete but wrong, or the server refuses to resume this part: what is there is of no use.
    printf '%s is not the expected file (curl %s); throwing it away\n' "$name" "$code" >&2
    rm -f "$part"
  fi
  [ "$attempt" -eq 5 ] || sleep "${RECOSCOPE_RETRY_SECONDS:-$attempt}"
done
fail "$name could not be fetched with the expected SHA-256" "check the network and run the same command again: it resumes where the download stopped"
