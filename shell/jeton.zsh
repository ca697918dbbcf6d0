# What `jeton init zsh` prints: eval "$(jeton init zsh)" in ~/.zshrc. See docs/shell.md.

function _jt_call {
  emulate -L zsh
  if ! whence -p jeton >/dev/null; then
    print -ru2 -- 'jeton: the program jeton is not on PATH'
    return 127
  fi
  command jeton "$@"
}

# Switches this shell's profile.
function jt {
  emulate -L zsh
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
        print -ru2 -- 'jt: there was no profile before this one'
        return 1
      fi
      name=$_jt_before
      ;;
    *) _jt_call profile show --profile "$name" >/dev/null || return ;;
  esac
  if [[ -n $name ]]; then
    export JETON_PROFILE="$name"
  else
    unset JETON_PROFILE
  fi
  typeset -g _jt_before=$before
}

# Exports variables with a token in them, until it is dead.
function jtenv {
  emulate -L zsh
  if [[ ${1-} == -u || ${1-} == --unset ]]; then
    _jt_clear
    return 0
  fi
  [[ -z ${1-} || $1 == -* ]] || set -- --profile "$@"
  local words
  words=$(_jt_call env --shell zsh "$@") || return
  _jt_clear
  eval "$words"
}

function _jt_clear {
  emulate -L zsh
  local name
  for name in JETON_ENV ${(s: :)JETON_ENV-}; do
    case $name in
      [0-9]* | *[^A-Za-z0-9_]*) ;;
      *) unset "$name" || : ;;
    esac
  done
}

function _jt_hook {
  local code=$?
  emulate -L zsh
  local end=${${JETON_ENV-}%% *}
  [[ $end == <-> ]] || return $code
  zmodload -F zsh/datetime p:EPOCHSECONDS
  if (( EPOCHSECONDS >= end )); then
    print -ru2 -- "jeton: dead, and taken out of the environment: ${JETON_ENV#* } (jtenv gets new ones)"
    _jt_clear
  fi
  return $code
}

function jcurl {
  _jt_call curl "$@"
}

# For PROMPT: the profile and how long its token lives. Silent, whatever is wrong.
function jtprompt {
  command jeton prompt --shell zsh 2>/dev/null || :
}

function _jt_names {
  emulate -L zsh
  local -a names
  names=(${(f)"$(command jeton profile list --names --silent 2>/dev/null)"})
  compadd -a names
}

function _jt_setup {
  emulate -L zsh
  typeset -ga precmd_functions
  precmd_functions=(_jt_hook ${precmd_functions:#_jt_hook})
  (( ! $+functions[compdef] )) || compdef _jt_names jt jtenv
}
_jt_setup
