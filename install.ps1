#Requires -Version 5.1
<#
.SYNOPSIS
Installs jeton without administrator rights: the twin of install.sh for Windows.

.DESCRIPTION
Builds jeton from this checkout, or takes it from a release archive whose checksum is right, or from one that this script
was unpacked with, and installs it below %LOCALAPPDATA%\Programs\jeton or -Prefix.

.PARAMETER Prefix
Install below this folder: bin, share, and the receipt in lib\jeton.

.PARAMETER Archive
Install that release archive, a file or an https URL; SHA256SUMS beside it has to name its checksum.

.PARAMETER Uninstall
Remove what was installed there, save for what somebody else changed.

.EXAMPLE
.\install.ps1 -Archive .\jeton-0.1.0-x86_64-pc-windows-msvc.zip
#>
[CmdletBinding()]
param(
    [string] $Prefix = '',
    [string] $Archive = '',
    [switch] $Uninstall
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# A failure is one line and exit code 1, not a stack trace.
function Stop-Install([string] $Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
    exit 1
}

function Write-Note([string] $Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
}

function Get-Hash([string] $Path) {
    (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
}

# Ends the script where the sum of a file is not the one that stands in a list.
function Assert-Checksum([string] $File, [string] $List, [string] $Name) {
    if (-not (Test-Path -LiteralPath $List -PathType Leaf)) {
        Stop-Install "there is no $List, so $Name can't be checked"
    }
    $expected = @(Get-Content -LiteralPath $List | ForEach-Object {
            $sum, $known = $_ -split '\s+\*?', 2
            if ($known -eq $Name) { $sum }
        })
    if ($expected.Count -ne 1 -or $expected[0] -notmatch '^[0-9a-fA-F]{64}$') {
        Stop-Install "$List does not name one checksum of $Name"
    }
    if ((Get-Hash $File) -ne $expected[0].ToLowerInvariant()) {
        Stop-Install "$Name is not what SHA256SUMS says: it was damaged or replaced on its way"
    }
}

function Copy-Tree([string] $From, [string] $Stage) {
    if (-not (Test-Path -LiteralPath (Join-Path $From 'bin\jeton.exe')) -or
        -not (Test-Path -LiteralPath (Join-Path $From 'share'))) {
        Stop-Install "this is no release archive of jeton: $From"
    }
    Copy-Item -LiteralPath (Join-Path $From 'bin') -Destination $Stage -Recurse
    Copy-Item -LiteralPath (Join-Path $From 'share') -Destination $Stage -Recurse
}

function Expand-Release([string] $Stage) {
    $name = Split-Path $Archive -Leaf
    $folder = Join-Path $Stage 'unpacked'
    New-Item -ItemType Directory -Path $folder | Out-Null
    if ($Archive -match '^https://') {
        $file = Join-Path $Stage $name
        $sums = Join-Path $Stage 'SHA256SUMS'
        [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        Invoke-WebRequest -UseBasicParsing -Uri $Archive -OutFile $file
        Invoke-WebRequest -UseBasicParsing -Uri (($Archive -replace '/[^/]*$', '') + '/SHA256SUMS') -OutFile $sums
    } elseif ($Archive -match '^[a-zA-Z][a-zA-Z0-9+.-]+://') {
        Stop-Install "an archive comes from a file or over https: $Archive"
    } else {
        if (-not (Test-Path -LiteralPath $Archive -PathType Leaf)) { Stop-Install "there is no file $Archive" }
        $file = (Resolve-Path -LiteralPath $Archive).ProviderPath
        $sums = Join-Path (Split-Path $file -Parent) 'SHA256SUMS'
    }
    Assert-Checksum $file $sums $name
    Expand-Archive -LiteralPath $file -DestinationPath $folder
    $inner = @(Get-ChildItem -LiteralPath $folder)
    if ($inner.Count -ne 1) { Stop-Install "this is no release archive of jeton: $Archive" }
    Copy-Tree $inner[0].FullName $Stage
}

function Build-Release([string] $Stage) {
    if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
        Stop-Install 'cargo is not on PATH: install Rust first (https://rustup.rs), or take a release archive (-Archive)'
    }
    Write-Note 'building (a minute or two the first time)'
    $target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { Join-Path $PSScriptRoot 'target' }
    & cargo build --quiet --locked --release --manifest-path (Join-Path $PSScriptRoot 'Cargo.toml') `
        --package jeton --bin jeton --package jeton-pages --bin jeton-pages --target-dir $target
    if ($LASTEXITCODE -ne 0) { Stop-Install 'jeton can not be built' }
    New-Item -ItemType Directory -Path (Join-Path $Stage 'bin') | Out-Null
    Copy-Item -LiteralPath (Join-Path $target 'release\jeton.exe') -Destination (Join-Path $Stage 'bin')
    & (Join-Path $target 'release\jeton-pages.exe') (Join-Path $Stage 'share')
    if ($LASTEXITCODE -ne 0) { Stop-Install 'completions can not be written' }
    # Shells that Windows has; the pages of the others are of no use there.
    foreach ($name in 'bash-completion', 'fish', 'man', 'zsh') {
        Remove-Item -LiteralPath (Join-Path $Stage "share\$name") -Recurse
    }
    $doc = Join-Path $Stage 'share\doc\jeton'
    New-Item -ItemType Directory -Path $doc | Out-Null
    foreach ($name in 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md') {
        Copy-Item -LiteralPath (Join-Path $PSScriptRoot $name) -Destination $doc
    }
}

# Path (with slashes, below the prefix) to hash, of all files that were installed.
function Read-Receipt([string] $Path) {
    $known = @{}
    if (Test-Path -LiteralPath $Path -PathType Leaf) {
        foreach ($line in Get-Content -LiteralPath $Path) {
            $hash, $name = $line -split ' ', 2
            if ($name -notmatch '^(bin|share)/' -or $name -match '(^|/)\.\.(/|$)') { Stop-Install "$Path is damaged: $line" }
            $known[$name] = $hash
        }
    }
    $known
}

# Removes a file that was installed, if it is still the same, and the folders that are empty then.
function Remove-Installed([string] $Hash, [string] $Name) {
    $path = Join-Path $Prefix $Name
    if (-not (Test-Path -LiteralPath $path)) { return }
    if ((Get-Hash $path) -ne $Hash) {
        Write-Note "$path was changed since it was installed: it is left"
        return
    }
    Remove-Item -LiteralPath $path
    Remove-EmptyFolders (Split-Path $path -Parent)
}

function Remove-EmptyFolders([string] $Folder) {
    while ($Folder.Length -gt $Prefix.Length -and -not (Get-ChildItem -LiteralPath $Folder -Force)) {
        Remove-Item -LiteralPath $Folder
        $Folder = Split-Path $Folder -Parent
    }
}

# A program that runs can't be replaced on Windows, but it can be renamed.
function Move-Aside([string] $Path) {
    $aside = "$Path.old"
    Remove-Item -LiteralPath $aside -ErrorAction SilentlyContinue
    if (Test-Path -LiteralPath $aside) { $aside = "$Path.$PID.old" }
    Move-Item -LiteralPath $Path -Destination $aside
    Remove-Item -LiteralPath $aside -ErrorAction SilentlyContinue
}

function Install-All {
    New-Item -ItemType Directory -Path $Prefix -Force | Out-Null
    $stage = Join-Path $Prefix ".jeton-new.$PID"
    New-Item -ItemType Directory -Path $stage | Out-Null
    try {
        if ($Archive) {
            Expand-Release $stage
        } elseif (Test-Path -LiteralPath (Join-Path $PSScriptRoot 'Cargo.toml')) {
            Build-Release $stage
        } else {
            Copy-Tree $PSScriptRoot $stage
        }
        & (Join-Path $stage 'bin\jeton.exe') --version | Out-Null
        if ($LASTEXITCODE -ne 0) { Stop-Install 'the program does not run on this machine' }
        Move-Staged $stage
    } finally {
        Remove-Item -LiteralPath $stage -Recurse -Force -ErrorAction SilentlyContinue
    }
    $version = & $program --version
    Write-Note "installed $version to $program"
    $found = Get-Command jeton -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $found) {
        Write-Note "$(Join-Path $Prefix 'bin') is not on PATH; this puts it there, for new windows:"
        Write-Note "    [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$(Join-Path $Prefix 'bin')', 'User')"
    } elseif ($found.Source -ne $program) {
        Write-Note "warning: $($found.Source) comes first on PATH"
    }
    Write-Note "for completions, a line for the file that `$PROFILE names: . '$(Join-Path $Prefix 'share\powershell\jeton.ps1')'"
}

function Move-Staged([string] $Stage) {
    $known = Read-Receipt $receipt
    $installed = [Collections.Generic.List[string]]::new()
    $files = foreach ($top in 'bin', 'share') { Get-ChildItem -LiteralPath (Join-Path $Stage $top) -Recurse -File }
    $names = @($files | ForEach-Object { $_.FullName.Substring($Stage.Length + 1).Replace('\', '/') } | Sort-Object)
    foreach ($name in $names) {
        $from = Join-Path $Stage $name
        $to = Join-Path $Prefix $name
        $new = Get-Hash $from
        if (Test-Path -LiteralPath $to) {
            $old = Get-Hash $to
            $isKnown = $old -eq $new -or ($known.ContainsKey($name) -and $known[$name] -eq $old)
            # The program is replaced whatever it was: it is what was asked for.
            if ($name -ne 'bin/jeton.exe' -and -not $isKnown) {
                Write-Note "$to is not the one that was installed: it is left as it is"
                continue
            }
            Move-Aside $to
        }
        New-Item -ItemType Directory -Path (Split-Path $to -Parent) -Force | Out-Null
        Move-Item -LiteralPath $from -Destination $to
        $installed.Add("$new $name")
    }
    # What this version has no more.
    foreach ($name in @($known.Keys)) {
        if ($names -notcontains $name) { Remove-Installed $known[$name] $name }
    }
    New-Item -ItemType Directory -Path (Split-Path $receipt -Parent) -Force | Out-Null
    Set-Content -LiteralPath $receipt -Value $installed -Encoding ASCII
}

function Uninstall-All {
    if (-not (Test-Path -LiteralPath $receipt)) {
        if (Test-Path -LiteralPath $program) {
            Stop-Install "there is no receipt $receipt, so this script did not install $program; it is left"
        }
        Write-Note "there is nothing to remove below $Prefix"
        return
    }
    $known = Read-Receipt $receipt
    foreach ($name in @($known.Keys)) { Remove-Installed $known[$name] $name }
    Remove-Item -LiteralPath $receipt
    Remove-EmptyFolders (Split-Path $receipt -Parent)
    Write-Note "removed jeton from $Prefix; profiles and cached tokens are left where they are"
}

if (-not $Prefix) {
    if (-not $env:LOCALAPPDATA) { Stop-Install 'LOCALAPPDATA is not set: say where to install with -Prefix' }
    $Prefix = Join-Path $env:LOCALAPPDATA 'Programs\jeton'
}
$Prefix = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Prefix).TrimEnd('\', '/')
$program = Join-Path $Prefix 'bin\jeton.exe'
$receipt = Join-Path $Prefix 'lib\jeton\receipt'
if ($Uninstall) { Uninstall-All } else { Install-All }
