# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034  # Others evaluate them; checks.sh reads them.
need zsh zsh

shell=zsh
script=$here/shells/session.sh
start=(zsh)
modes=(
  "-f"
  "-f -o err_exit -o no_unset -o pipe_fail -o no_clobber"
  "-f -o err_return -o no_unset -o warn_create_global -o no_glob"
  "-f -o ksh_arrays -o sh_word_split -o rc_quotes -o no_unset"
  "-f -o null_glob -o extended_glob -o glob_subst -o no_nomatch -o ksh_glob"
  "--emulate sh -f -o err_exit -o no_unset"
  "--emulate ksh -f -o err_exit"
)

# At a terminal, as a person has it.
mkdir -p "$work/zsh"
cat >"$work/zsh/.zshrc" <<'SH'
autoload -Uz compinit
compinit -u -D
eval "$(jeton init zsh)"
setopt prompt_subst no_unset
PROMPT='$(jtprompt)> '
SH
terminal=(zsh -i)
terminal_env=(ZDOTDIR="$work/zsh")
kill_words='JETON_ENV="1 ${JETON_ENV#* }"'
look_words='echo "le""ft:${JETON_TOKEN-}:"'

# shellcheck source=../shells/checks.sh
source "$here/shells/checks.sh"
