# shellcheck shell=bash
# go and a module proxy that wants a token: GOAUTH runs once without a URL, and again with what was refused.

need go golang
toolchain=$(go env GOROOT)/bin

# usage: download GOAUTH
download() {
  rm -rf "$work/go-modules"
  client PATH="$bin:$work/counted:$toolchain:/usr/bin:/bin" SSL_CERT_FILE="$ca" GOPROXY="$url/feeds/go" GOSUMDB=off \
    GOPATH="$work/go-modules" GOCACHE="$work/go-cache" GOFLAGS=-modcacherw GOTOOLCHAIN=local GOAUTH="$1" \
    go mod download -x hello.example/emulator@v0.1.0
}

by_host() {
  download "$counted goauth"
  grep --quiet "hello from the feed" "$work/go-modules/pkg/mod/hello.example/emulator@v0.1.0/hello.go"
  # Without a URL, and with the first that was refused.
  costs "for a module" 1 2
  feed_token_is_ours bearer
}
check "a module is downloaded, and the profile found by the proxy's host" by_host

beforehand() {
  download "$counted goauth -p feeds"
  costs "for a module" 1 1
  equal "the requests without a token" "$(emulator paths | grep -c /feeds/go/)" \
    "$(emulator headers Authorization | grep -c Bearer)"
}
check "with a profile named no request goes without a token" beforehand

refused() {
  local said
  said=$(download "$counted goauth -p aks" 2>&1) && fail "it succeeded"
  contains "stderr" "$said" "401"
}
check "a profile that is not for the proxy gives it nothing" refused
