# shellcheck shell=bash
# Links for az and azd in $links, and the profile of a person who is not signed in.

links=$work/links
mkdir -p "$links"
client jeton shim install az azd --dir "$links" --silent
# (Once for all libraries.)
if [[ ! -e $work/person ]]; then
  profile person --tenant contoso.example --client-id cccccccc-1111-1111-1111-111111111111 --authority-host "$url" \
    --flow device-code
  touch "$work/person"
fi
