#!/bin/sh
# Packs what install.sh installed below a prefix into a release archive, from which install.sh installs it elsewhere.
#
# usage: packaging/archive.sh PREFIX NAME OUT_DIR     makes OUT_DIR/NAME.tar.gz
set -eu

[ $# -eq 3 ] || {
    echo "usage: packaging/archive.sh PREFIX NAME OUT_DIR" >&2
    exit 2
}
prefix=$1 name=$2 out=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name" "$work/$name/bin" "$work/$name/share"
cp "$prefix/bin/jeton" "$work/$name/bin/"
# By the receipt: a prefix may hold more than jeton.
while read -r hash file; do
    case $hash:$file in
        dir:* | *:bin/*) continue ;;
    esac
    mkdir -p "$work/$name/${file%/*}"
    cp "$prefix/$file" "$work/$name/$file"
done <"$prefix/lib/jeton/receipt"
cp "$here/install.sh" "$here/LICENSE-APACHE" "$here/LICENSE-MIT" "$here/README.md" "$work/$name/"

# The same content makes the same archive, whoever packs it and when, where tar can do that.
set --
if tar --version 2>/dev/null | grep -q GNU; then
    set -- --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}"
fi
COPYFILE_DISABLE=1 tar -C "$work" "$@" -cf "$work/archive.tar" "$name"
gzip -9 -n <"$work/archive.tar" >"$out/$name.tar.gz"
