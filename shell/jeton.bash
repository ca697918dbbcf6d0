# shellcheck shell=bash
# What `jeton init bash` prints: eval "$(jeton init bash)" in ~/.bashrc. See docs/shell.md.

function _jt_call {
  if ! type -P jeton >/dev/null; then
    printf 'jeton: the program jeton is not on PATH\n' >&2
    return 127
  fi
  command jeton "$@"
}

# Switches this shell's profile.
function jt {
  local before=${JETON_PROFILE-} name=${1-}
  case $name in
    '')
      if [[ -n $before ]]; then
        _jt_call status --profile "$before"
      else
        _jt_call profile list
      fi
      return
      ;;
    -u | --unset) name='' ;;
    -)
      if [[ -z ${_jt_before+x} ]]; then
        printf 'jt: there was no profile before this one\n' >&2
        return 1
      fi
      name=$_jt_before
      ;;
    *) _jt_call profile show --profile "$name" >/dev/null || return ;;
  esac
  if [[ -n $name ]]; then
    export JETON_PROFILE="$name"
  else
    unset -v JETON_PROFILE
  fi
  _jt_before=$before
}

# Exports variables with a token in them, until it is dead.
function jtenv {
  if [[ ${1-} == -u || ${1-} == --unset ]]; then
    _jt_clear
    return 0
  fi
  [[ -z ${1-} || $1 == -* ]] || set -- --profile "$@"
  local words
  words=$(_jt_call env --shell bash "$@") || return
  _jt_clear
  eval "$words"
}

function _jt_clear {
  local IFS=' ' names name
  read -r -a names <<<"${JETON_ENV-}"
  for name in JETON_ENV ${names[@]+"${names[@]}"}; do
    case $name in
      [0-9]* | *[!A-Za-z0-9_]*) ;;
      *) unset -v "$name" || : ;;
    esac
  done
}

function _jt_hook {
  local code=$? end=${JETON_ENV-} now=${EPOCHSECONDS-}
  end=${end%% *}
  case $end in
    '' | *[!0-9]*) return "$code" ;;
  esac
  [[ -n $now ]] || now=$(command date +%s)
  if [[ $now -ge $end ]]; then
    printf 'jeton: dead, and taken out of the environment: %s (jtenv gets new ones)\n' "${JETON_ENV#* }" >&2
    _jt_clear
  fi
  return "$code"
}

function jcurl {
  _jt_call curl "$@"
}

# For PS1: the profile and how long its token lives. Silent, whatever is wrong.
function jtprompt {
  command jeton prompt --shell bash 2>/dev/null || :
}

function _jt_names {
  local name
  COMPREPLY=()
  while IFS= read -r name; do
    [[ -z $name || $name != "$2"* ]] || COMPREPLY+=("$name")
  done <<<"$(command jeton profile list --names --silent 2>/dev/null || :)"
}

if type complete >/dev/null 2>&1; then
  complete -F _jt_names jt jtenv
fi
case "${PROMPT_COMMAND[*]-}" in
  *_jt_hook*) ;;
  *) PROMPT_COMMAND="_jt_hook${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
esac
