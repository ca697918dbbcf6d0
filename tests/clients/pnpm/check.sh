# shellcheck shell=bash
# pnpm reads tokenHelper from the user's own configuration alone. Up to version 10 it is the path of a program without
# arguments, and what it prints is the header.

printf '#!/bin/sh\nexec "%s" pnpm -p feeds\n' "$counted" >"$work/pnpm-token"
printf '#!/bin/sh\nexec "%s" pnpm -p feeds-wrong\n' "$counted" >"$work/pnpm-wrong-token"
chmod +x "$work/pnpm-token" "$work/pnpm-wrong-token"

# usage: add TOKEN_HELPER
add() {
  rm -rf "$work/pnpm-project"
  mkdir "$work/pnpm-project"
  echo '{"name": "guest", "version": "0.0.0", "private": true}' >"$work/pnpm-project/package.json"
  printf '%s\n' "cafile=$ca" "registry=$url/feeds/npm/" "//${url#https://}/feeds/npm/:tokenHelper=$1" >"$home/.npmrc"
  (cd "$work/pnpm-project" && client CI=1 node "$tools/node_modules/pnpm/bin/pnpm.cjs" add \
    --store-dir "$work/pnpm-store" --fetch-retries 0 hello-emulator)
}

installed() {
  add "$work/pnpm-token"
  equal "the module's words" "hello from the feed" \
    "$(cd "$work/pnpm-project" && client node --print 'require("hello-emulator")')"
  costs "for metadata and package" 1
  feed_token_is_ours bearer
}
check "a package of a private registry is installed" installed

refused() {
  local said
  said=$(add "$work/pnpm-wrong-token" 2>&1) && fail "it succeeded"
  contains "what pnpm says" "$said" "token helper"
}
check "a wrong secret fails" refused
