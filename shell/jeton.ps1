# What `jeton init powershell` prints: Invoke-Expression (jeton init powershell | Out-String) in $PROFILE. See docs/shell.md.

function global:_jt_call {
    $PSNativeCommandUseErrorActionPreference = $false
    $jeton = Get-Command jeton -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $jeton) {
        $global:LASTEXITCODE = 127
        Write-Error 'jeton: the program jeton is not on PATH'
        return
    }
    # (a,b is a list here, and two words to a program.)
    $words = @($args | ForEach-Object { $_ -join ',' })
    if ($MyInvocation.ExpectingInput) { $input | & $jeton @words } else { & $jeton @words }
    if ($LASTEXITCODE) { Write-Error "jeton ended with exit code $LASTEXITCODE" }
}

# Switches this shell's profile.
function global:jt {
    param([string] $Name, [Alias('u')] [switch] $Unset)
    $before = $env:JETON_PROFILE
    if ($Unset -or $Name -eq '--unset') {
        $Name = ''
    } elseif (-not $Name) {
        if ($before) { _jt_call status --profile $before } else { _jt_call profile list }
        return
    } elseif ($Name -eq '-') {
        if (-not (Get-Variable _jt_before -Scope Global -ErrorAction Ignore)) {
            Write-Error 'jt: there was no profile before this one'
            return
        }
        $Name = $global:_jt_before
    } else {
        $null = _jt_call profile show --profile $Name
        if ($LASTEXITCODE) { return }
    }
    $env:JETON_PROFILE = if ($Name) { $Name } else { $null }
    $global:_jt_before = $before
}

# Exports variables with a token in them, until it is dead.
function global:jtenv {
    $words = @($args)
    if ($words.Count -and "$($words[0])" -in '-u', '-Unset', '--unset') {
        _jt_clear
        return
    }
    if ($words.Count -and -not "$($words[0])".StartsWith('-')) { $words = @('--profile') + $words }
    $text = _jt_call env --shell powershell @words | Out-String
    if ($LASTEXITCODE) { return }
    _jt_clear
    Invoke-Expression $text
}

function global:_jt_clear {
    foreach ($name in @('JETON_ENV') + "$env:JETON_ENV".Split(' ')) {
        if ($name -match '^[A-Za-z_][A-Za-z0-9_]*$') { Remove-Item "Env:$name" -ErrorAction Ignore }
    }
}

function global:_jt_hook {
    if ("$env:JETON_ENV" -notmatch '^([0-9]+) (.*)$') { return }
    if ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -ge [long] $Matches[1]) {
        [Console]::Error.WriteLine("jeton: dead, and taken out of the environment: $($Matches[2]) (jtenv gets new ones)")
        _jt_clear
    }
}

function global:jcurl {
    $words = @('curl') + $args
    if ($MyInvocation.ExpectingInput) { $input | _jt_call @words } else { _jt_call @words }
}

# For the function prompt: the profile and how long its token lives. Silent, whatever is wrong.
function global:jtprompt {
    $PSNativeCommandUseErrorActionPreference = $false
    $code = Get-Variable LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
    $jeton = Get-Command jeton -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if ($jeton) { & $jeton prompt --shell powershell 2>$null }
    $global:LASTEXITCODE = $code
}

Register-ArgumentCompleter -CommandName jt -ParameterName Name -ScriptBlock {
    param($command, $parameter, $word)
    if (Get-Command jeton -CommandType Application -ErrorAction Ignore) {
        jeton profile list --names --silent 2>$null | Where-Object { $_.StartsWith($word) }
    }
}

if (-not (Get-Variable _jt_prompt -Scope Global -ErrorAction Ignore)) {
    $global:_jt_prompt = $function:prompt
    function global:prompt {
        _jt_hook
        if ($global:_jt_prompt) { & $global:_jt_prompt }
    }
}
