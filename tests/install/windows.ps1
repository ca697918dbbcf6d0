# What install.ps1 does, on a real Windows: builds, packs, installs from the archive, refuses a damaged one, is run twice,
# completes, and uninstalls.
#
# usage: tests/install/windows.ps1

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$root = Split-Path (Split-Path $PSScriptRoot -Parent) -Parent
$work = Join-Path ([IO.Path]::GetTempPath()) "jeton-install-$PID"
$shell = (Get-Process -Id $PID).Path

# usage: Install @(ARGUMENT...); returns what was said, and sets $code.
function Install([string[]] $Arguments) {
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    $said = & $shell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $root 'install.ps1') @Arguments 2>&1 | Out-String
    $script:code = $LASTEXITCODE
    $ErrorActionPreference = $before
    Write-Output $said
}

function Assert([bool] $Condition, [string] $What) {
    if (-not $Condition) { throw "not so: $What" }
    Write-Output "ok    $What"
}

try {
    $built = Join-Path $work 'built'
    $said = Install @('-Prefix', $built)
    Assert ($code -eq 0) "it builds and installs: $said"

    # Packed as a release is.
    $name = 'jeton-test'
    $tree = New-Item -ItemType Directory -Path (Join-Path $work $name)
    Copy-Item -Recurse -Path (Join-Path $built 'bin'), (Join-Path $built 'share') -Destination $tree
    $zip = Join-Path $work "$name.zip"
    Compress-Archive -Path $tree -DestinationPath $zip
    $prefix = Join-Path $work 'a prefix'

    $said = Install @('-Prefix', $prefix, '-Archive', $zip)
    Assert ($code -ne 0 -and $said -match "can't be checked") 'without checksums nothing is installed'
    Set-Content -LiteralPath (Join-Path $work 'SHA256SUMS') -Value "$('0' * 64)  $name.zip"
    $said = Install @('-Prefix', $prefix, '-Archive', $zip)
    Assert ($code -ne 0 -and $said -match 'not what SHA256SUMS says') 'with a wrong one nothing is installed'
    Assert (-not (Test-Path (Join-Path $prefix 'bin'))) 'nothing is there'

    $sum = (Get-FileHash -LiteralPath $zip -Algorithm SHA256).Hash.ToLowerInvariant()
    Set-Content -LiteralPath (Join-Path $work 'SHA256SUMS') -Value "$sum  $name.zip"
    foreach ($time in 'once', 'twice') {
        $said = Install @('-Prefix', $prefix, '-Archive', $zip)
        Assert ($code -eq 0) "it is installed $time"
    }
    $program = Join-Path $prefix 'bin\jeton.exe'
    Assert ((& $program --version) -match '^jeton ') 'the program runs'

    $env:PATH = "$(Join-Path $prefix 'bin');$env:PATH"
    $env:JETON_CONFIG_DIR = Join-Path $work 'config'
    & $program profile create --silent dev --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222
    . (Join-Path $prefix 'share\powershell\jeton.ps1')
    foreach ($case in @(
            @('jeton tok', 'token'), @('jeton token --force', '--force-refresh'), @('jeton token -p ', 'dev'),
            @('jeton token --scope ar', 'arm'), @('jeton profile show ', 'dev'), @('jeton token --output js', 'json'))) {
        $line, $expected = $case
        $found = (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText
        Assert ($found -contains $expected) "'$line' is completed with $expected"
    }

    Add-Content -LiteralPath (Join-Path $prefix 'share\powershell\jeton.ps1') -Value '# mine'
    $said = Install @('-Prefix', $prefix, '-Uninstall')
    Assert ($code -eq 0 -and $said -match 'was changed since it was installed') 'what was changed is left'
    Assert (-not (Test-Path $program)) 'the program is gone'
} finally {
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
}
