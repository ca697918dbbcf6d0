# shellcheck shell=bash
# One session in Bash or Zsh, after whatever options the check turned on: each function of `jeton init`, once. What it prints
# is the same in every shell, and so are the complaints about what is to fail.
#
#   $SHELL_NAME  the shell, as jeton knows it
#   $URL, $CA    a place that the profile `shell` is for, and whom curl trusts

eval "$(jeton init "$SHELL_NAME" --wrap probe --as token)"
eval "$(jeton init "$SHELL_NAME" --wrap probe --as token)"

say_profile() {
  # As a child of this shell sees it.
  sh -c 'echo "profile: ${JETON_PROFILE:-none}"'
}

say_token() {
  sh -c 'if [ -n "${JETON_TOKEN-}" ]; then echo "token: yes"; else echo "token: no"; fi'
}

# usage: refused COMMAND...
refused() {
  if "$@"; then
    echo "$*: not refused"
  else
    echo "$*: refused"
  fi
}

jt shell
say_profile
jt aks
say_profile
jt -
say_profile
refused jt nobody
say_profile
jt | grep -c shell
jt -u
say_profile
jt | grep -c shell
jt -
say_profile

jtprompt
jtenv
say_token
probe
refused jtenv aks-wrong --resource aks
say_token
_jt_hook
say_token
JETON_ENV="1 ${JETON_ENV#* }"
_jt_hook 2>&1
say_token
export PGPASSFILE=old
jtenv aks --resource aks --as psql --env MINE
sh -c 'test -n "$MINE" && test -n "$PGPASSWORD" && test -z "${PGPASSFILE-}" && echo "mine: yes"'
jtenv -u
sh -c 'test -z "${MINE-}${PGPASSWORD-}${JETON_ENV-}" && echo "mine: no"'

if eval "$(jeton env --profile aks-wrong --resource aks)"; then
  echo "a failure is not seen"
fi
if eval "$(jeton env --shell "$SHELL_NAME" --no-such-option)"; then
  echo "a wrong option is not seen"
fi

jcurl -fsS --cacert "$CA" "$URL" | grep -o '"kind":"Namespace"'
echo '{}' | jcurl -fsS --cacert "$CA" "$URL" -o /dev/null -w '%{http_code}\n' -X GET -d @-
refused jcurl -fsS https://localhost:1/
refused jcurl -fsS --cacert "$CA" "$URL" https://localhost:1/
jtprompt | sed 's/[0-9]*m$/MINUTES/'

PATH=/usr/bin:/bin
refused jt aks
refused jtenv
refused jcurl "$URL"
jtprompt
_jt_hook
say_profile
