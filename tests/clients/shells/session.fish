# The same session in Fish: see session.sh.

jeton init fish --wrap probe --as token | source
jeton init fish --wrap probe --as token | source

function say_profile
    sh -c 'echo "profile: ${JETON_PROFILE:-none}"'
end

function say_token
    sh -c 'if [ -n "${JETON_TOKEN-}" ]; then echo "token: yes"; else echo "token: no"; fi'
end

function refused
    if $argv
        echo "$argv: not refused"
    else
        echo "$argv: refused"
    end
end

# A function that is to succeed says so by its status.
function done
    $argv; or echo "$argv: failed"
end

done jt shell
say_profile
done jt aks
say_profile
done jt -
say_profile
refused jt nobody
say_profile
jt | grep -c shell
done jt -u
say_profile
jt | grep -c shell
done jt -
say_profile

jtprompt
done jtenv
say_token
probe
refused jtenv aks-wrong --resource aks
say_token
_jt_hook
say_token
set -gx JETON_ENV "1 "(string replace -r '^\S+ ' '' -- $JETON_ENV)
_jt_hook 2>&1
say_token
set -gx PGPASSFILE old
done jtenv aks --resource aks --as psql --env MINE
sh -c 'test -n "$MINE" && test -n "$PGPASSWORD" && test -z "${PGPASSFILE-}" && echo "mine: yes"'
done jtenv -u
sh -c 'test -z "${MINE-}${PGPASSWORD-}${JETON_ENV-}" && echo "mine: no"'

if jeton env --shell fish --profile aks-wrong --resource aks | source
    echo "a failure is not seen"
end
if jeton env --shell=fish --no-such-option | source
    echo "a wrong option is not seen"
end

jcurl -fsS --cacert $CA $URL | grep -o '"kind":"Namespace"'
echo '{}' | jcurl -fsS --cacert $CA $URL -o /dev/null -w '%{http_code}\n' -X GET -d @-
refused jcurl -fsS https://localhost:1/
refused jcurl -fsS --cacert $CA $URL https://localhost:1/
jtprompt | sed 's/[0-9]*m$/MINUTES/'

set -gx PATH /usr/bin /bin
refused jt aks
refused jtenv
refused jcurl $URL
jtprompt
_jt_hook
say_profile
