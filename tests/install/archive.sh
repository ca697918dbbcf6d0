# shellcheck shell=bash
# The checks of install.sh with a release archive. See run.sh.
# shellcheck disable=SC2154  # run.sh sets release, work, home and root.

archive=''

archive_checks() {
  archive=$release/jeton-test.tar.gz
  for shell in sh dash "bash --posix"; do
    check "an archive is installed, with all that belongs to it ($shell)" is_installed
  done
  shell=''
  check "the script in an unpacked archive installs it" is_installed_from_the_folder
  check "a second time changes nothing" is_the_same_twice
  check "a wrong checksum installs nothing" is_refused_for_its_sum
  check "no list of checksums, or none for the file, or two of them install nothing" is_refused_without_a_sum
  check "an archive with a link in it, or with a way out of it, is refused" is_refused_for_its_content
  check "a program that does not run here is not installed" is_refused_for_its_program
  check "no home and no prefix: it says what to give" asks_for_a_prefix
  check "a prefix that is relative, and has a blank in its name" takes_a_prefix
  check "it warns of another jeton that comes first, and says how PATH is set" warns_of_others
  check "what somebody else wrote or changed is left, in updates and at the end" leaves_what_is_not_its_own
  check "an update takes away what is no more" removes_what_is_no_more
  check "uninstalling leaves nothing, and is no error where there is nothing" is_removed
  check "without a receipt the program is not removed" is_left_without_a_receipt
  check "over https, and over nothing else" is_loaded
  check "the formula and the manifest of a release are filled, and not without checksums" are_filled
}

is_installed() {
  # shellcheck disable=SC2086  # Its arguments go with it.
  said=$(bare ${shell:-sh} "$work/script/install.sh" --archive "$archive" 2>&1) || fail "$said"
  contains "what was said" "$said" "installed jeton "
  local file
  for file in bin/jeton share/bash-completion/completions/jeton share/zsh/site-functions/_jeton \
    share/fish/vendor_completions.d/jeton.fish share/nushell/vendor/autoload/jeton.nu share/powershell/jeton.ps1 \
    share/man/man1/jeton.1 share/man/man1/jeton-pat-create.1 share/doc/jeton/LICENSE-MIT lib/jeton/receipt; do
    [[ -s $home/.local/$file ]] || fail "there is no $file"
  done
  equal "the program" "$("$built/bin/jeton" --version)" "$(bare "$home/.local/bin/jeton" --version)"
  equal "leftovers" "" "$(find "$home/.local" -name '.jeton-new*')"
  # The folder of sealed secrets is jeton's to make: it is nobody else's to read.
  [[ ! -e $home/.local/share/jeton ]] || fail "share/jeton was made"
  # The receipt is the truth.
  (cd "$home/.local" && grep -v '^dir ' lib/jeton/receipt | sed 's/ /  /' | sha256sum --check --quiet --strict)
  equal "files in the receipt" "$(cd "$home/.local" && find bin share -type f | wc -l)" \
    "$(grep -vc '^dir ' "$home/.local/lib/jeton/receipt")"
}

is_installed_from_the_folder() {
  tar -xzf "$archive" -C "$home"
  bare sh "$home/jeton-test/install.sh"
  rm -rf "$home/jeton-test"
  bare "$home/.local/bin/jeton" --version
}

is_the_same_twice() {
  install --archive "$archive"
  tree >"$work/before"
  install --archive "$archive"
  diff "$work/before" <(tree)
  install --uninstall
  equal "what is left" "" "$(ls -A "$home")"
}

is_refused_for_its_sum() {
  cp -r "$release" "$home/release"
  printf 'x' >>"$home/release/jeton-test.tar.gz"
  install_fails --archive "$home/release/jeton-test.tar.gz"
  contains "what was said" "$said" "not what SHA256SUMS says"
  equal "files" "" "$(find "$home/.local" -type f)"
}

is_refused_without_a_sum() {
  cp -r "$release" "$home/release"
  local sums=$home/release/SHA256SUMS
  rm "$sums"
  install_fails --archive "$home/release/jeton-test.tar.gz"
  contains "what was said" "$said" "can't be checked"
  sha256sum /dev/null | sed 's|/dev/null|another.tar.gz|' >"$sums"
  install_fails --archive "$home/release/jeton-test.tar.gz"
  contains "what was said" "$said" "does not name one checksum"
  cat "$release/SHA256SUMS" "$release/SHA256SUMS" >"$sums"
  install_fails --archive "$home/release/jeton-test.tar.gz"
  contains "what was said" "$said" "does not name one checksum"
  equal "files" "" "$(find "$home/.local" -type f)"
}

# Packs a folder as a release. usage: pack FOLDER_OF_THE_ARCHIVE [ARGUMENT OF tar...]
pack() {
  mkdir -p "$home/release"
  tar -czf "$home/release/a.tar.gz" -C "$@"
  (cd "$home/release" && sha256sum a.tar.gz >SHA256SUMS)
}

is_refused_for_its_content() {
  mkdir "$home/in"
  tar -xzf "$archive" -C "$home/in"
  ln -s /etc/passwd "$home/in/jeton-test/share/link"
  pack "$home/in" jeton-test
  install_fails --archive "$home/release/a.tar.gz"
  contains "what was said" "$said" "links in it"
  rm "$home/in/jeton-test/share/link"
  pack "$home/in" --transform 's|^jeton-test/README.md|../README.md|' --absolute-names jeton-test
  install_fails --archive "$home/release/a.tar.gz"
  contains "what was said" "$said" "lead out of it"
  rm -r "$home/in/jeton-test/share"
  pack "$home/in" jeton-test
  install_fails --archive "$home/release/a.tar.gz"
  contains "what was said" "$said" "no release archive"
  equal "files" "" "$(find "$home/.local" -type f)"
}

is_refused_for_its_program() {
  mkdir "$home/in"
  tar -xzf "$archive" -C "$home/in"
  printf '#!/bin/sh\nexit 126\n' >"$home/in/jeton-test/bin/jeton"
  pack "$home/in" jeton-test
  install_fails --archive "$home/release/a.tar.gz"
  contains "what was said" "$said" "does not run on this machine"
  equal "files" "" "$(find "$home/.local" -type f)"
}

asks_for_a_prefix() {
  local value
  for value in "HOME=" "--unset=HOME"; do
    if said=$(bare env "$value" sh "$work/script/install.sh" --archive "$archive" 2>&1); then
      fail "it succeeded with $value"
    fi
    contains "what was said" "$said" "--prefix"
  done
  # shellcheck disable=SC2086
  if said=$(install --prefix "" 2>&1); then
    fail "an empty prefix was taken"
  fi
}

takes_a_prefix() {
  (cd "$home" && install --prefix "a b/../a b" --archive "$archive")
  bare "$home/a b/bin/jeton" --version
  (cd "$home" && install --prefix="a b" --uninstall)
  [[ ! -e "$home/a b/bin" ]] || fail "it is still there"
}

warns_of_others() {
  install --archive "$archive"
  contains "what was said" "$said" "export PATH=\"$home/.local/bin:\$PATH\""
  mkdir "$home/other"
  printf '#!/bin/sh\n' >"$home/other/jeton"
  chmod +x "$home/other/jeton"
  said=$(bare PATH="$home/other:$home/.local/bin:/usr/bin:/bin" SHELL=/bin/zsh \
    sh "$work/script/install.sh" --archive "$archive" 2>&1)
  contains "what was said" "$said" "warning: $home/other/jeton comes first on PATH"
  contains "what was said" "$said" "fpath=('$home/.local/share/zsh/site-functions' \$fpath)"
  said=$(bare PATH="$home/.local/bin:/usr/bin:/bin" sh "$work/script/install.sh" --archive "$archive" 2>&1)
  equal "lines" 1 "$(wc -l <<<"$said")"
}

leaves_what_is_not_its_own() {
  local share=$home/.local/share
  mkdir -p "$share/fish/vendor_completions.d" "$home/.local/bin"
  echo "# mine" >"$share/fish/vendor_completions.d/jeton.fish"
  echo "# mine" >"$home/.local/bin/another"
  install --archive "$archive"
  contains "what was said" "$said" "jeton.fish is not the one that was installed"
  echo "# mine" >>"$share/bash-completion/completions/jeton"
  install --archive "$archive"
  contains "what was said" "$said" "completions/jeton is not the one that was installed"
  echo "# mine" >>"$share/man/man1/jeton.1"
  ln -s "$home/.local/bin/jeton" "$home/.local/bin/docker-credential-jeton"
  install --uninstall
  contains "what was said" "$said" "jeton.1 was changed since it was installed"
  contains "what was said" "$said" "docker-credential-jeton leads to what is gone"
  rm "$home/.local/bin/docker-credential-jeton"
  equal "what is left" "./.local/bin/another
./.local/share/bash-completion/completions/jeton
./.local/share/fish/vendor_completions.d/jeton.fish
./.local/share/man/man1/jeton.1" "$(cd "$home" && find . -type f | sort)"
}

removes_what_is_no_more() {
  mkdir "$home/in"
  tar -xzf "$archive" -C "$home/in"
  mkdir "$home/in/jeton-test/share/gone"
  echo old | tee "$home/in/jeton-test/share/gone/a" >"$home/in/jeton-test/share/gone/b"
  pack "$home/in" jeton-test
  install --archive "$home/release/a.tar.gz"
  echo mine >"$home/.local/share/gone/b"
  install --archive "$archive"
  equal "what is left of it" b "$(ls "$home/.local/share/gone")"
}

is_removed() {
  install --archive "$archive"
  install --uninstall
  contains "what was said" "$said" "removed jeton"
  equal "what is left" "" "$(ls -A "$home")"
  install --uninstall
  contains "what was said" "$said" "nothing to remove"
}

is_left_without_a_receipt() {
  install --archive "$archive"
  rm "$home/.local/lib/jeton/receipt"
  install_fails --uninstall
  contains "what was said" "$said" "no receipt"
  bare "$home/.local/bin/jeton" --version
}

is_loaded() {
  (cd "$work" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null)
  serve
  said=$(bare CURL_CA_BUNDLE="$work/cert.pem" \
    sh "$work/script/install.sh" --archive "https://localhost:$port/jeton-test.tar.gz" 2>&1) || fail "$said"
  bare "$home/.local/bin/jeton" --version
  # Not trusted, not there, not https.
  install_fails --archive "https://localhost:$port/jeton-test.tar.gz"
  if said=$(bare CURL_CA_BUNDLE="$work/cert.pem" \
    sh "$work/script/install.sh" --archive "https://localhost:$port/none.tar.gz" 2>&1); then
    fail "it succeeded"
  fi
  contains "what was said" "$said" "can't be had"
  install_fails --archive "http://localhost:$port/jeton-test.tar.gz"
  contains "what was said" "$said" "over https"
  kill "$server"
}

# Serves the release on loopback; $port is where.
serve() {
  # shellcheck disable=SC2034  # run.sh ends it.
  python3 - "$release" "$work" >"$work/port" 2>/dev/null <<'PY' &
import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2] + "/cert.pem", sys.argv[2] + "/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
  server=$!
  until_true test -s "$work/port"
  port=$(<"$work/port")
}

# The templates of Homebrew and krew, with checksums of files that need not be there.
are_filled() {
  local name names=(universal-apple-darwin.tar.gz x86_64-unknown-linux-musl.tar.gz aarch64-unknown-linux-musl.tar.gz
    x86_64-pc-windows-msvc.zip)
  for name in "${names[@]}"; do
    printf '%s  jeton-1.2.3-%s\n' "$(sha256sum <<<"$name" | cut -d ' ' -f 1)" "$name"
  done >"$home/SHA256SUMS"
  for name in homebrew/jeton.rb krew/jeton.yaml; do
    "$root/packaging/fill.sh" "$root/packaging/$name.in" 1.2.3 https://git.example/jeton "$home/SHA256SUMS" >"$home/filled"
    equal "what is left to fill in $name" "" "$(grep -o '@[A-Z].*@' "$home/filled")"
    contains "$name" "$(<"$home/filled")" "$(sha256sum <<<aarch64-unknown-linux-musl.tar.gz | cut -d ' ' -f 1)"
    contains "$name" "$(<"$home/filled")" https://git.example/jeton/releases/download/v1.2.3/jeton-1.2.3-aarch64-unknown
    if "$root/packaging/fill.sh" "$root/packaging/$name.in" 1.2.4 https://git.example/jeton "$home/SHA256SUMS"; then
      fail "it was filled without checksums"
    fi
  done
}
