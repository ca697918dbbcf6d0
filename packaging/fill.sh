#!/bin/sh
# Fills a template of a package manager: @VERSION@, @REPOSITORY@ (the URL of the project's repository) and
# @SHA256 NAME@, the checksum that SHA256SUMS has for the file NAME, in which @VERSION@ may stand.
#
# usage: packaging/fill.sh TEMPLATE VERSION REPOSITORY SHA256SUMS     prints the filled one
set -eu

[ $# -eq 4 ] || {
    echo "usage: packaging/fill.sh TEMPLATE VERSION REPOSITORY SHA256SUMS" >&2
    exit 2
}
awk -v version="$2" -v repository="$3" -v sums="$4" '
    BEGIN {
        while ((status = (getline line < sums)) > 0) {
            split(line, part, /[ *]+/)
            sum[part[2]] = part[1]
        }
        if (status < 0) fail(sums " can not be read")
    }
    {
        gsub(/@VERSION@/, version)
        gsub(/@REPOSITORY@/, repository)
        while (match($0, /@SHA256 [^@]*@/)) {
            name = substr($0, RSTART + 8, RLENGTH - 9)
            if (!(name in sum)) fail("there is no checksum of " name)
            $0 = substr($0, 1, RSTART - 1) sum[name] substr($0, RSTART + RLENGTH)
        }
        print
    }
    function fail(text) {
        print "fill.sh: " text > "/dev/stderr"
        exit 1
    }
' "$1"
