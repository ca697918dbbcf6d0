# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034  # Others evaluate them; checks.sh reads them.
shell=bash
script=$here/shells/session.sh
start=(bash --norc)
modes=(
  ""
  "-eu -o pipefail -C"
  "-eufC -o pipefail -O inherit_errexit -O nocasematch"
  "--posix -euC -o pipefail"
  "-O failglob -O extglob"
)

# At a terminal, as a person has it.
cat >"$work/bashrc" <<'SH'
set -u
eval "$(jeton init bash)"
PS1='$(jtprompt)> '
SH
terminal=(bash --rcfile "$work/bashrc" -i)
kill_words='JETON_ENV="1 ${JETON_ENV#* }"'
look_words='echo "le""ft:${JETON_TOKEN-}:"'

# shellcheck source=../shells/checks.sh
source "$here/shells/checks.sh"
