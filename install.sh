#!/bin/sh
# Installs jeton without root, below ~/.local or --prefix: the program, completions and manual pages. It is built from this
# checkout, or taken from a release archive whose checksum is right, or from one that this script was unpacked with.
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
usage: ./install.sh [--prefix DIR] [--dynamic] [--archive FILE|URL] [--uninstall]

  --prefix DIR        install below DIR instead of ~/.local: bin, share, and the receipt in lib/jeton
  --dynamic           build for the system's C library instead of a static program
  --archive FILE|URL  install that release archive; SHA256SUMS beside it has to name its checksum
  --uninstall         remove what was installed there, save for what somebody else changed
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

# Prints the SHA-256 of file $1 in hexadecimal digits.
hash_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1"
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha256 -r <"$1"
    else
        die "there is no sha256sum, no shasum and no openssl: install one of them"
    fi | cut -d ' ' -f 1
}

# Builds the program and what goes along with it, and prints the folder that both programs are in.
build() {
    target=''
    [ "$dynamic" = yes ] || target=$(static_target)
    if [ -n "$target" ] && ! have_target "$target"; then
        say "the target $target is not to be had: building for the system's C library"
        target=''
    fi
    # Absolute, so that the path holds wherever cargo is told to build.
    build_dir=${CARGO_TARGET_DIR:-$here/target}
    set -- --quiet --locked --release --package jeton --bin jeton --package jeton-pages --bin jeton-pages
    if [ -n "$target" ]; then
        # (ring's few C files need no headers of musl.)
        export CC_aarch64_unknown_linux_musl="${CC_aarch64_unknown_linux_musl:-cc}"
        cargo build "$@" --target "$target" --target-dir "$build_dir" >&2
        printf '%s\n' "$build_dir/$target/release"
    else
        cargo build "$@" --target-dir "$build_dir" >&2
        printf '%s\n' "$build_dir/release"
    fi
}

# Builds into the folder $stage.
stage_build() {
    command -v cargo >/dev/null 2>&1 || die "cargo is not on PATH: install Rust first (https://rustup.rs), or take a release archive (--archive)"
    say "building (a minute or two the first time)"
    built=$(build)
    "$built/jeton" --version >/dev/null || die "the program that was built does not run: $built/jeton"
    "$built/jeton-pages" "$stage/share" || die "completions and manual pages can't be written"
    mkdir "$stage/bin"
    staged="$stage/bin/jeton"
    cp "$built/jeton" "$staged"
    # A panic ends the program at once (Cargo.toml), so nothing reads the tables for unwinding, a tenth of the static
    # program, which the compiler adds all the same.
    if [ "$dynamic" = no ] && command -v objcopy >/dev/null 2>&1; then
        objcopy --remove-section .eh_frame --remove-section .eh_frame_hdr --remove-section .gcc_except_table \
            "$staged" "$staged.small" 2>/dev/null && "$staged.small" --version >/dev/null 2>&1 &&
            # A copy, not the file itself: what is written in one piece Linux may keep, and map into each process, in one.
            cat "$staged.small" >"$staged"
        rm -f "$staged.small"
    fi
    mkdir -p "$stage/share/doc/jeton"
    cp "$here/LICENSE-APACHE" "$here/LICENSE-MIT" "$here/README.md" "$stage/share/doc/jeton/"
}

# Unpacks the archive $archive, a file or a URL, into $stage.
stage_archive() {
    name=$(basename "$archive")
    case $archive in
        https://*)
            mkdir "$stage/loaded"
            fetch "$archive" "$stage/loaded/$name"
            fetch "${archive%/*}/SHA256SUMS" "$stage/loaded/SHA256SUMS"
            file=$stage/loaded/$name
            ;;
        *://*) die "an archive comes from a file or over https: $archive" ;;
        *) file=$archive ;;
    esac
    [ -f "$file" ] || die "there is no file $file"
    check_sum "$file" "$(dirname "$file")/SHA256SUMS" "$name"
    mkdir "$stage/unpacked"
    # (What has the right checksum is what its maker packed; that nothing leads out of the folder is looked at all the same.)
    if tar -tzf "$file" | grep -qE '^/|(^|/)\.\.(/|$)'; then
        die "$name has paths in it that lead out of it"
    fi
    tar -xzf "$file" -C "$stage/unpacked"
    [ -z "$(find "$stage/unpacked" -type l)" ] || die "$name has links in it"
    stage_tree "$stage/unpacked/$(ls "$stage/unpacked")"
    rm -rf "$stage/unpacked" "$stage/loaded"
}

# usage: fetch URL FILE
fetch() {
    if command -v curl >/dev/null 2>&1; then
        curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --output "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$2" "$1"
    else
        die "there is no curl and no wget: get the archive and SHA256SUMS by other means"
    fi || die "$1 can't be had"
}

# Ends the script where the sum of a file is not the one that stands in a list. usage: check_sum FILE LIST NAME
check_sum() {
    [ -f "$2" ] || die "there is no $2, so $3 can't be checked"
    expected=$(awk -v name="$3" '$2 == name || $2 == "*" name { print $1 }' "$2")
    [ "${#expected}" -eq 64 ] || die "$2 does not name one checksum of $3"
    [ "$(hash_of "$1")" = "$expected" ] || die "$3 is not what SHA256SUMS says: it was damaged or replaced on its way"
}

# Takes bin and share of the folder $1, which is a release archive unpacked.
stage_tree() {
    if [ ! -f "$1/bin/jeton" ] || [ ! -d "$1/share" ]; then
        die "this is no release archive of jeton: $1"
    fi
    cp -R "$1/share" "$stage/"
    mkdir "$stage/bin"
    # In pieces, as above.
    cat "$1/bin/jeton" >"$stage/bin/jeton"
    chmod 755 "$stage/bin/jeton"
    "$stage/bin/jeton" --version >/dev/null || die "the program does not run on this machine ($(uname -s) $(uname -m))"
}

# Prints the hash that the receipt has for file $1 (a path below the prefix); nothing if it was not installed.
received() {
    [ ! -f "$receipt" ] || awk -v name="$1" '$2 == name && $1 != "dir" { print $1 }' "$receipt"
}

# Makes the folder $1, a path below the prefix, and those above it, and notes which were not there.
make_dir() {
    [ ! -d "$prefix/$1" ] || return 0
    case $1 in
        */*) make_dir "${1%/*}" ;;
    esac
    mkdir "$prefix/$1"
    printf 'dir %s\n' "$1" >>"$stage/receipt"
}

install_all() {
    is_new=no
    [ -d "$prefix" ] || is_new=yes
    mkdir -p "$prefix"
    prefix=$(CDPATH='' cd -- "$prefix" && pwd)
    bin=$prefix/bin
    receipt=$prefix/lib/jeton/receipt
    # Beside its place first, then renamed file by file: a process that starts meanwhile finds the old program or the new one.
    stage=$prefix/.jeton-new.$$
    (umask 077 && mkdir "$stage")
    trap 'rm -rf "$stage"' EXIT
    trap 'exit 1' HUP INT TERM
    if [ -n "$archive" ]; then
        stage_archive
    elif [ -f "$here/Cargo.toml" ]; then
        stage_build
    else
        stage_tree "$here"
    fi
    find "$stage/bin" "$stage/share" -type f -exec chmod 644 {} +
    chmod 755 "$stage/bin/jeton"
    place_all
    rm -rf "$stage"
    trap - EXIT
    say "installed $("$bin/jeton" --version) to $bin/jeton"
    tell_path
}

# Moves what was staged to its place, and writes the receipt: a line of hash and path for each file, and one for each folder
# that was made.
place_all() {
    : >"$stage/receipt"
    [ "$is_new" = no ] || echo 'dir .' >"$stage/receipt"
    make_dir lib/jeton
    (cd "$stage" && find bin share -type f | sort) >"$stage/files"
    while read -r name; do
        new=$(hash_of "$stage/$name")
        old=''
        [ ! -f "$prefix/$name" ] || old=$(hash_of "$prefix/$name")
        # The program is replaced whatever it was: it is what was asked for.
        if [ -n "$old" ] && [ "$name" != bin/jeton ] && [ "$old" != "$new" ] && [ "$old" != "$(received "$name")" ]; then
            say "$prefix/$name is not the one that was installed: it is left as it is"
            continue
        fi
        make_dir "${name%/*}"
        mv -f "$stage/$name" "$prefix/$name"
        printf '%s %s\n' "$new" "$name" >>"$stage/receipt"
    done <"$stage/files"
    if [ -f "$receipt" ]; then
        # What this version has no more.
        while read -r hash name; do
            if [ "$hash" = dir ]; then
                grep -qxF "dir $name" "$stage/receipt" || printf 'dir %s\n' "$name" >>"$stage/receipt"
            elif ! grep -qxF "$name" "$stage/files"; then
                remove "$hash" "$name"
            fi
        done <"$receipt"
    fi
    # (The same files make the same receipt.)
    LC_ALL=C sort -k 2 "$stage/receipt" >"$stage/sorted"
    mv -f "$stage/sorted" "$receipt"
}

# Removes a file that was installed, if it is still the same. usage: remove HASH NAME
remove() {
    case $2 in
        bin/* | share/*) ;;
        *) die "$receipt is damaged: $2" ;;
    esac
    case /$2/ in
        */../*) die "$receipt is damaged: $2" ;;
    esac
    if [ ! -e "$prefix/$2" ] && [ ! -L "$prefix/$2" ]; then
        return 0
    elif [ -f "$prefix/$2" ] && [ "$(hash_of "$prefix/$2")" = "$1" ]; then
        rm -f "$prefix/$2"
    else
        say "$prefix/$2 was changed since it was installed: it is left"
    fi
}

tell_path() {
    found=$(command -v jeton || true)
    if [ -z "$found" ]; then
        say "$bin is not on PATH; add this line to your shell's startup file:"
        say "    export PATH=\"$bin:\$PATH\""
    elif [ "$found" != "$bin/jeton" ]; then
        say "warning: $found comes first on PATH"
    fi
    case ${SHELL:-} in
        */zsh) say "for zsh's completions, before compinit in ~/.zshrc: fpath=('$prefix/share/zsh/site-functions' \$fpath)" ;;
    esac
}

uninstall() {
    if [ ! -f "$receipt" ]; then
        [ ! -e "$bin/jeton" ] || die "there is no receipt $receipt, so this script did not install $bin/jeton; it is left"
        say "there is nothing to remove below $prefix"
        return 0
    fi
    while read -r hash name; do
        [ "$hash" = dir ] || remove "$hash" "$name"
    done <"$receipt"
    folders=$(awk '$1 == "dir" { print length($2), $2 }' "$receipt" | sort -rn | cut -d ' ' -f 2)
    rm -f "$receipt"
    cd /
    for name in $folders; do
        # (What is not empty holds what is not ours.)
        case $name in
            .) rmdir "$prefix" ;;
            *) rmdir "$prefix/$name" ;;
        esac 2>/dev/null || true
    done
    say "removed jeton from $prefix; profiles and cached tokens are left where they are"
    for link in "$bin"/*; do
        if [ -L "$link" ] && [ "$(readlink "$link")" = "$bin/jeton" ]; then
            say "$link leads to what is gone: remove it, too"
        fi
    done
}

main() {
    prefix="${HOME:-}/.local"
    dynamic=no
    archive=''
    action=install_all
    # (A file that is named stands where it was called.)
    cwd=$PWD
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix | --archive)
                [ -n "${2:-}" ] || die "$1 needs a value"
                case $1 in
                    --prefix) prefix=$2 ;;
                    *) archive=$2 ;;
                esac
                shift
                ;;
            --prefix=?*) prefix=${1#--prefix=} ;;
            --archive=?*) archive=${1#--archive=} ;;
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
        *) prefix=$cwd/$prefix ;;
    esac
    case $archive in
        '' | /* | *://*) ;;
        *) archive=$cwd/$archive ;;
    esac
    bin=$prefix/bin
    receipt=$prefix/lib/jeton/receipt
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    cd "$here"
    # (What is wrong was said.)
    [ -n "$(hash_of /dev/null)" ] || exit 1
    "$action"
}

main "$@"
