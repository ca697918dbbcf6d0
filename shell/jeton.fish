# What `jeton init fish` prints: jeton init fish | source in ~/.config/fish/config.fish. See docs/shell.md.

function _jt_call
    if not command -sq jeton
        echo 'jeton: the program jeton is not on PATH' >&2
        return 127
    end
    command jeton $argv
end

function jt -a name -d "Switch this shell's profile of jeton"
    set -l before $JETON_PROFILE
    switch "$name"
        case ''
            if test -n "$before"
                _jt_call status --profile $before
            else
                _jt_call profile list
            end
            return
        case -u --unset
            set name
        case -
            if not set -q _jt_before
                echo 'jt: there was no profile before this one' >&2
                return 1
            end
            set name $_jt_before
        case '*'
            _jt_call profile show --profile $name >/dev/null
            or return
    end
    if test -n "$name"
        set -gx JETON_PROFILE $name
    else
        set -e JETON_PROFILE
    end
    set -g _jt_before $before
    return 0
end

function jtenv -d 'Export variables with a token in them, until it is dead'
    switch "$argv[1]"
        case -u --unset
            _jt_clear
            return 0
        case '' '-*'
        case '*'
            set argv --profile $argv
    end
    set -l words (_jt_call env --shell fish $argv)
    or return
    _jt_clear
    string join \n -- $words | source
end

function _jt_clear
    for name in JETON_ENV (string split ' ' -- "$JETON_ENV")
        string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- $name
        and set -e $name
    end
    return 0
end

function _jt_hook --on-event fish_prompt
    set -l end (string match -r '^[0-9]+' -- "$JETON_ENV")
    or return 0
    if test (command date +%s) -ge $end
        echo "jeton: dead, and taken out of the environment: "(string replace -r '^\S+ ' '' -- "$JETON_ENV")" (jtenv gets new ones)" >&2
        _jt_clear
    end
end

function jcurl -d 'curl with a token'
    _jt_call curl $argv
end

function jtprompt -d 'The profile of jeton and how long its token lives'
    command -sq jeton
    and command jeton prompt --shell fish 2>/dev/null
    return 0
end

complete -c jt -c jtenv -f -n __fish_is_first_arg -a '(command -sq jeton; and command jeton profile list --names --silent 2>/dev/null)'
