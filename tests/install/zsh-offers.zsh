# Prints what zsh's completion offers at the end of a line: zsh -f zsh-offers.zsh LINE.
# A zsh in a terminal of its own has the completion system; it is asked with a key that is bound to it, and what it would
# offer is caught where it is added.
rm -f ~/.offered
zmodload zsh/zpty
zpty offers zsh -f -i
zpty -w offers "PS1= fpath=(~/.local/share/zsh/site-functions \$fpath); autoload -U compinit; compinit -D -u"
zpty -w offers 'compadd() {
    local -a _caught; builtin compadd -O _caught "$@"; print -rl -- "<"${^_caught}">" >>~/.offered; builtin compadd "$@"
}
zle -C offers complete-word offer; offer() { _main_complete; print done >>~/.offered }; bindkey "^X" offers; print ready >~/.offered'
until [[ -s ~/.offered ]]; do zpty -r -t offers line; sleep 0.02; done
zpty -n -w offers "$1"$'\x18'
until grep -q '^done' ~/.offered; do zpty -r -t offers line; sleep 0.02; done
zpty -d offers
sed -n 's/^<\(.*\)>$/\1/p' ~/.offered | sort -u
