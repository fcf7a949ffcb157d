# shellcheck shell=bash
# What demo, check and bench/setup-peers share. Sourced by bash, from anywhere in the clone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Compiler processes that run side by side: one a core, and 2 GB of memory for each.
jobs_for_this_machine() {
  local cores kb limit by_memory
  cores=$(nproc)
  kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1024 < kb)); then kb=$((limit / 1024)); fi
  by_memory=$((kb / (2 * 1000 * 1000)))
  ((by_memory >= 1)) || by_memory=1
  printf '%s\n' "$((cores < by_memory ? cores : by_memory))"
}

# The folder with LibTorch's include/ and lib/.
libtorch_dir() {
  if [[ -n ${SADDLE_LIBTORCH:-} ]]; then
    (cd "$SADDLE_LIBTORCH" && pwd)
  else
    printf '%s\n' "$root/.deps/libtorch/torch"
  fi
}

# configure PRESET FOLDER [-Dkey=value ...]: runs CMake unless the folder is already made this way.
configure() {
  local preset=$1 folder=$2 wish
  shift 2
  wish="$preset $* $(libtorch_dir)"
  if [[ ! -f $folder/build.ninja || $(cat "$folder/.configured" 2>/dev/null) != "$wish" ]]; then
    rm -f "$folder/.configured"
    (cd "$root" && SADDLE_LIBTORCH=$(libtorch_dir) cmake --fresh --preset "$preset" -B "$folder" "$@") ||
      fail "CMake could not configure $folder; its message stands above"
    printf '%s\n' "$wish" >"$folder/.configured"
  fi
}
