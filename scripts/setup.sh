# Shared by run.sh and test.sh: packages, LibTorch, the Parquet reader, configure, build. Sourced; needs bash, and $root.
say() { printf '%s\n' "$*" >&2; }
die() { say "error: $1"; say "hint: $2"; exit "${3:-6}"; }

# Installs what is missing where that is allowed, else stops with the exact command.
ensure_packages() {
  command -v dpkg-query >/dev/null 2>&1 || {
    ensure_tools_elsewhere
    return
  }
  local wanted missing=()
  mapfile -t wanted < <(grep -v '^#' "$root/scripts/packages.debian")
  # One query for all of them: a second start must not cost anything to speak of.
  local have
  have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^ii  *//p') || true
  local package
  for package in "${wanted[@]}"; do
    grep -qx "$package" <<<"$have" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || die "these packages are missing: ${missing[*]}" \
      "run: sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo -n)
  fi
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq >&2 || say "warning: the package lists could not be renewed; trying with the old ones"
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt-get could not install ${missing[*]}" "run: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
}

# On other systems nothing is installed; the list says what must be there.
ensure_tools_elsewhere() {
  local missing=() tool
  for tool in cmake ninja g++ python3 curl pkg-config unzip; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  [ "${#missing[@]}" -eq 0 ] || die "this is not Debian or Ubuntu, and these tools are missing: ${missing[*]}" \
    "install them, and the development files of Qt 6 (Widgets, PrintSupport, Svg, Test), QCustomPlot 2.1, nlohmann-json, CLI11, fast_float, simdjson, libarchive, libcurl, ICU, OpenSSL, SQLite 3.37 or newer, zlib, zstd and GoogleTest"
}

# The GPU part of LibTorch is fetched only where a driver could use it; its lock file lists the wheels.
device_set() {
  if [ "${RECOSCOPE_DEVICE:-auto}" = cuda ]; then echo cuda
  elif [ "${RECOSCOPE_DEVICE:-auto}" = auto ] && [ -e /dev/nvidiactl ] && command -v nvcc >/dev/null 2>&1; then echo cuda
  else echo cpu; fi
}

ensure_libtorch() {
  RECOSCOPE_DEPS_DIR=$("$root/scripts/fetch_dependencies.sh" --device "$(device_set)") || exit $?
  export RECOSCOPE_DEPS_DIR
}

# Optional: without it everything works but the import of Parquet files. RECOSCOPE_PARQUET=off asks for nothing.
ensure_parquet() {
  RECOSCOPE_ARROW_DIR=
  if [ "${RECOSCOPE_PARQUET:-auto}" != off ]; then
    RECOSCOPE_ARROW_DIR=$(PIP_DEFAULT_TIMEOUT=10 PIP_RETRIES=1 "$root/scripts/fetch_dependencies.sh" --parquet) ||
      say "warning: going on without the Parquet reader; RECOSCOPE_PARQUET=off keeps this from being tried"
  fi
  export RECOSCOPE_ARROW_DIR
}

# build PRESET TARGET...: configures once (CMake runs again by itself when its files change), then builds.
build() {
  local preset=$1
  shift
  local folder=$root/build/$preset deps= arrow=
  if [ -f "$folder/CMakeCache.txt" ]; then
    deps=$(sed -n 's/^RECOSCOPE_DEPS:PATH=//p' "$folder/CMakeCache.txt")
    arrow=$(sed -n 's/^RECOSCOPE_ARROW:PATH=//p' "$folder/CMakeCache.txt")
  fi
  if [ ! -f "$folder/build.ninja" ] || [ "$deps" != "$RECOSCOPE_DEPS_DIR" ] || [ "$arrow" != "$RECOSCOPE_ARROW_DIR" ]; then
    (cd "$root" && cmake --preset "$preset" >"$root/build-$preset.log" 2>&1) || {
      tail -30 "$root/build-$preset.log" >&2
      die "CMake could not configure the preset $preset" "the lines above say what is missing; the whole log is build-$preset.log" 1
    }
    rm -f "$root/build-$preset.log"
  fi
  if [ -t 2 ]; then ninja -C "$folder" "$@" >&2; else
    # Without a terminal only what went wrong is worth reading.
    local log=$folder/build.log
    if ! ninja -C "$folder" "$@" >"$log" 2>&1; then
      grep -E -A 12 'error|FAILED' "$log" | head -80 >&2
      die "the build failed" "the whole log is build/$preset/build.log" 1
    fi
  fi
}
