# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts; sourced from the repository's top folder.

# Builds PRESET; the rest are arguments of cmake --build (--target A B). The log is shown only where something fails.
build() {
    local preset="$1"
    shift
    local jobs
    jobs="${CKPTSCOPE_JOBS:-$(nproc)}"
    if [ ! -f "build/$preset/build.ninja" ]; then
        mkdir -p build
        if ! cmake --preset "$preset" >"build/configure-$preset.log" 2>&1; then
            cat "build/configure-$preset.log" >&2
            echo "configuring build/$preset failed" >&2
            return 1
        fi
    fi
    echo "building build/$preset ..." >&2
    if ! cmake --build --preset "$preset" -j "$jobs" "$@" >"build/build-$preset.log" 2>&1; then
        tail -n 100 "build/build-$preset.log" >&2
        echo "building build/$preset failed; the whole log is build/build-$preset.log" >&2
        return 1
    fi
}

# Tests must not depend on the user's language, time zone or settings, nor write into the home folder.
clean_environment() {
    sandbox="$(mktemp -d "${TMPDIR:-/tmp}/ckptscope-test.XXXXXX")"
    trap 'rm -rf "$sandbox"' EXIT
    mkdir -m 700 "$sandbox/home" "$sandbox/run"
    export HOME="$sandbox/home" XDG_RUNTIME_DIR="$sandbox/run"
    unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME DISPLAY WAYLAND_DISPLAY QT_STYLE_OVERRIDE QT_QPA_PLATFORMTHEME
    export LC_ALL=C.UTF-8 TZ=UTC QT_QPA_PLATFORM=offscreen
}
