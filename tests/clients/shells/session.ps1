# The same session in PowerShell: see session.sh.

if ($env:STRICT) {
    Set-StrictMode -Version Latest
    $ErrorActionPreference = 'Stop'
    $PSNativeCommandUseErrorActionPreference = $true
}

Invoke-Expression (jeton init powershell --wrap probe --as token | Out-String)
Invoke-Expression (jeton init powershell --wrap probe --as token | Out-String)

function say_profile { sh -c 'echo "profile: ${JETON_PROFILE:-none}"' }

function say_token { sh -c 'if [ -n "${JETON_TOKEN-}" ]; then echo "token: yes"; else echo "token: no"; fi' }

function refused([string] $shown, [scriptblock] $block) {
    $failed = $false
    try { $null = & $block 2>&1; $failed = -not $? -or $LASTEXITCODE } catch { $failed = $true }
    if ($failed) { "${shown}: refused" } else { "${shown}: not refused" }
}

jt shell
say_profile
jt aks
say_profile
jt '-'
say_profile
refused 'jt nobody' { jt nobody }
say_profile
@(jt | Select-String shell).Count
jt -u
say_profile
@(jt | Select-String shell).Count
jt '-'
say_profile

jtprompt
jtenv
say_token
probe
refused 'jtenv aks-wrong --resource aks' { jtenv aks-wrong --resource aks }
say_token
_jt_hook
say_token
$env:JETON_ENV = $env:JETON_ENV -replace '^\S+', '1'
_jt_hook
say_token
$env:PGPASSFILE = 'old'
jtenv aks --resource aks --as psql --env MINE
sh -c 'test -n "$MINE" && test -n "$PGPASSWORD" && test -z "${PGPASSFILE-}" && echo "mine: yes"'
jtenv -u
sh -c 'test -z "${MINE-}${PGPASSWORD-}${JETON_ENV-}" && echo "mine: no"'

try {
    Invoke-Expression (jeton env --shell powershell --profile aks-wrong --resource aks | Out-String)
    'a failure is not seen'
} catch { }

jcurl -fsS --cacert $env:CA $env:URL | Select-String '"kind":"Namespace"' | ForEach-Object { $_.Matches[0].Value }
'{}' | jcurl -fsS --cacert $env:CA $env:URL -o /dev/null -w '%{http_code}\n' -X GET -d '@-'
refused 'jcurl -fsS https://localhost:1/' { jcurl -fsS https://localhost:1/ }
refused "jcurl -fsS --cacert $env:CA $env:URL https://localhost:1/" { jcurl -fsS --cacert $env:CA $env:URL https://localhost:1/ }
(jtprompt) -replace '[0-9]*m$', 'MINUTES'

$env:PATH = '/usr/bin:/bin'
refused 'jt aks' { jt aks }
refused 'jtenv' { jtenv }
refused "jcurl $env:URL" { jcurl $env:URL }
jtprompt
_jt_hook
say_profile
