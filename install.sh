#!/bin/sh
# Builds jeton from this checkout and installs it, without root: ~/.local/bin/jeton, or below --prefix.
#
# On Linux the program is linked statically (musl), which starts twice as fast as a dynamic one and runs on every
# distribution. Where that target can't be had, the system's own is built instead.
set -eu

say() {
    printf 'install.sh: %s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

usage() {
    cat <<'EOF'
usage: ./install.sh [--prefix DIR] [--dynamic] [--uninstall]

  --prefix DIR   install to DIR/bin instead of ~/.local/bin
  --dynamic      build for the system's C library instead of a static program
  --uninstall    remove what was installed there
EOF
}

# The static target of this machine, if it has one.
static_target() {
    [ "$(uname -s)" = Linux ] || return 0
    case "$(uname -m)" in
        x86_64 | amd64) echo x86_64-unknown-linux-musl ;;
        aarch64 | arm64) echo aarch64-unknown-linux-musl ;;
    esac
}

# Whether rustc can build for target $1; rustup is asked to add it if it can't.
have_target() {
    sysroot=$(rustc --print sysroot) || return 1
    [ -d "$sysroot/lib/rustlib/$1/lib" ] && return 0
    command -v rustup >/dev/null 2>&1 || return 1
    say "adding the Rust target $1"
    rustup target add "$1" >&2
}

# Builds, and prints the program's path.
build() {
    target=''
    [ "$dynamic" = yes ] || target=$(static_target)
    if [ -n "$target" ] && ! have_target "$target"; then
        say "the target $target is not to be had: building for the system's C library"
        target=''
    fi
    # Absolute, so that the path holds wherever cargo is told to build.
    build_dir=${CARGO_TARGET_DIR:-$here/target}
    if [ -n "$target" ]; then
        cargo build --quiet --locked --release --package jeton --bin jeton --target "$target" --target-dir "$build_dir" >&2
        printf '%s\n' "$build_dir/$target/release/jeton"
    else
        cargo build --quiet --locked --release --package jeton --bin jeton --target-dir "$build_dir" >&2
        printf '%s\n' "$build_dir/release/jeton"
    fi
}

install_program() {
    command -v cargo >/dev/null 2>&1 || die "cargo is not on PATH: install Rust first (https://rustup.rs)"
    say "building (a minute or two the first time)"
    program=$(build)
    "$program" --version >/dev/null || die "the program that was built does not run: $program"
    mkdir -p "$bin"
    # Beside its place first, then one rename: a process that starts meanwhile finds the old program or the new one.
    staged="$bin/.jeton.new.$$"
    trap 'rm -f "$staged"' EXIT
    cp "$program" "$staged"
    # A panic ends the program at once (Cargo.toml), so nothing reads the tables for unwinding, a tenth of the static
    # program, which the compiler adds all the same.
    if [ "$dynamic" = no ] && command -v objcopy >/dev/null 2>&1; then
        objcopy --remove-section .eh_frame --remove-section .eh_frame_hdr --remove-section .gcc_except_table \
            "$staged" "$staged.small" 2>/dev/null && "$staged.small" --version >/dev/null 2>&1 &&
            # A copy, not the file itself: what is written in one piece Linux may keep, and map into each process, in one.
            cat "$staged.small" >"$staged"
        rm -f "$staged.small"
    fi
    chmod 755 "$staged"
    mv -f "$staged" "$bin/jeton"
    trap - EXIT
    say "installed $("$bin/jeton" --version) to $bin/jeton"
    found=$(command -v jeton || true)
    if [ -z "$found" ]; then
        say "$bin is not on PATH; add this line to your shell's startup file:"
        say "    export PATH=\"$bin:\$PATH\""
    elif [ "$found" != "$bin/jeton" ]; then
        say "warning: $found comes first on PATH"
    fi
}

uninstall() {
    if [ -e "$bin/jeton" ]; then
        rm -f "$bin/jeton"
        say "removed $bin/jeton; profiles and cached tokens are left where they are"
    else
        say "there is no $bin/jeton"
    fi
}

main() {
    prefix="${HOME:-}/.local"
    dynamic=no
    action=install_program
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix)
                [ $# -ge 2 ] || die "--prefix needs a folder"
                prefix=$2
                shift
                ;;
            --prefix=*) prefix=${1#--prefix=} ;;
            --dynamic) dynamic=yes ;;
            --uninstall) action=uninstall ;;
            -h | --help)
                usage
                exit 0
                ;;
            *)
                usage >&2
                exit 2
                ;;
        esac
        shift
    done
    case $prefix in
        /.local) die "HOME is not set: say where to install with --prefix" ;;
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    bin=$prefix/bin
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    cd "$here"
    "$action"
}

main "$@"
