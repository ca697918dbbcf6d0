//! Windows, and what else is not Unix. Folders below the user's profile are private by their inherited ACL there.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Why a file or folder of ours can't be trusted, and the command that mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Distrust {
    pub(crate) what: String,
    pub(crate) mend: String,
}

/// Makes `dir` and what is missing above it.
pub(crate) fn create_private_dir(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// Opens for reading.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Creates a file; it must not exist.
pub(crate) fn create_private_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Opens a lock file for reading and writing, making it if need be.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Opens a log to write at its end, making it if need be.
pub(crate) fn open_log(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Ownership is the ACL's business here.
pub(crate) fn distrust(_path: &Path, _meta: &Metadata) -> Option<Distrust> {
    None
}

/// There is no portable inode here; length and time of change have to do.
pub(crate) fn file_id(_meta: &Metadata) -> u64 {
    0
}

/// `CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW`: no console window, and Ctrl-C does not reach it.
#[cfg(windows)]
pub(crate) fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    command.creation_flags(0x0000_0200 | 0x0800_0000);
}

/// Nothing to do.
#[cfg(not(windows))]
pub(crate) fn detach(_command: &mut Command) {}

/// The shell that runs `command:` secret sources.
pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd.exe");
    command.arg("/D").arg("/C").arg(line);
    command
}

/// NTFS orders renames itself.
pub(crate) fn sync_dir(_dir: &Path) {}

/// The rename that replaces `to`. A virus scanner or indexer may hold the target open for a moment, so it is tried a
/// few times.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let mut last = Ok(());
    for attempt in 0..6_u64 {
        last = std::fs::rename(from, to);
        match &last {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                std::thread::sleep(std::time::Duration::from_millis(5 << attempt));
            }
            _ => break,
        }
    }
    last
}

/// Crash dumps are the administrator's choice here (Windows Error Reporting).
pub(crate) fn forbid_core_dumps() {}

/// What the files of a program may be called. (`az` is a script.)
pub(crate) fn program_files(name: &str) -> Vec<String> {
    ["exe", "cmd", "bat"].iter().map(|extension| format!("{name}.{extension}")).collect()
}

/// Whether `meta` is that of a file that can be run.
pub(crate) fn is_program(meta: &Metadata) -> bool {
    meta.is_file()
}

/// There is no portable identity here; the path has to do.
pub(crate) fn same_file(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

/// A folder that nobody but an administrator puts programs and libraries into.
pub(crate) fn safe_dir() -> PathBuf {
    std::env::var_os("SystemRoot").map_or_else(|| "C:\\Windows".into(), PathBuf::from)
}

/// The program of Azure Arc's agent (azidentity, `managed_identity_client.go`).
pub(crate) fn arc_agent() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("ProgramFiles")?).join("AzureConnectedMachineAgent").join("himds.exe"))
}

/// The folder with the keys of Azure Arc's agent.
pub(crate) fn arc_tokens() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("ProgramData")?).join("AzureConnectedMachineAgent").join("Tokens"))
}

/// There is one unless somebody came by ssh.
pub(crate) fn has_display(ssh: bool) -> bool {
    !ssh
}

/// This is the other side of it.
pub(crate) fn is_wsl() -> bool {
    false
}

/// Asking for it takes calls that have no safe form here.
pub(crate) fn terminal_size() -> Option<(u16, u16)> {
    None
}

/// Whether terminals take ANSI's escape sequences (ECMA-48) for colours: Windows Terminal and those of Unix shells do; an
/// old console shows them as they are, unless it is switched.
pub(crate) fn terminal_has_colour() -> bool {
    ["WT_SESSION", "TERM", "ANSICON"].iter().any(|name| std::env::var_os(name).is_some())
}

/// What stands between the folders in `PATH`, and between the commands in `BROWSER`.
pub(crate) const LIST_SEPARATOR: char = ';';

/// The command that opens a page in the user's browser. (`start` would be the shell's, to which `&` in a URL means
/// something.)
pub(crate) fn browsers() -> &'static [&'static [&'static str]] {
    &[&["rundll32.exe", "url.dll,FileProtocolHandler"]]
}

/// There is none: a console's lines are long enough, and read like a pipe's.
pub(crate) enum RawTerminal {}

impl RawTerminal {
    pub(crate) fn open() -> Option<Self> {
        None
    }

    pub(crate) fn read(&mut self, _bytes: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn interrupt(&mut self) {
        match *self {}
    }
}

/// Seconds that local time is ahead of UTC at `at` (seconds since 1970, UTC), in the system's zone: `TZ` does not name those
/// here.
pub(crate) fn local_offset(at: i64) -> i32 {
    use chrono::{DateTime, Local, TimeZone as _};
    let at = DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc();
    Local.offset_from_utc_datetime(&at).local_minus_utc()
}

/// What a program sees itself called by can't be chosen here.
pub(crate) fn call_it(_command: &mut Command, _name: &OsStr) {}

/// Runs `command` to its end and gives its exit code. The console sends Ctrl-C to both.
pub(crate) fn become_command(command: &mut Command) -> io::Result<ExitCode> {
    exit_code(command.spawn()?.wait()?)
}

fn exit_code(status: ExitStatus) -> io::Result<ExitCode> {
    // Codes have 32 bits here, of which the standard library's safe part hands on eight.
    let code = status.code().unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// The same: this process stays either way.
pub(crate) fn run_beside(command: &mut Command) -> io::Result<ExitCode> {
    become_command(command)
}

/// The same, with `input` on its standard input, which it is told behind `option`, before `arguments`.
pub(crate) fn become_with_input(
    command: &mut Command,
    option: &str,
    input: &str,
    arguments: &[OsString],
) -> io::Result<ExitCode> {
    let mut child = command.arg(option).arg("-").args(arguments).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    exit_code(child.wait()?)
}

/// What asks this process to end: nothing that it has to see. Files are replaced in one step, so the console may end it
/// at any time.
pub(crate) struct Ending;

impl Ending {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// For ever.
    pub(crate) fn wait(self) {
        loop {
            std::thread::park();
        }
    }
}

/// Ownership is the ACL's business here.
pub(crate) fn open_to_writers(_path: &Path, _meta: &Metadata) -> Option<Distrust> {
    None
}

/// The command that sets the machine's clock right.
pub(crate) fn clock_command() -> &'static str {
    "w32tm /resync"
}

/// Makes `link` another name of `program`; it must not exist. A symbolic link needs a privilege here.
pub(crate) fn link_program(program: &Path, link: &Path) -> io::Result<()> {
    match std::fs::hard_link(program, link) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => std::fs::copy(program, link).map(drop),
        linked => linked,
    }
}

/// A word for a command line that tools split or hand to `cmd.exe`.
pub(crate) fn quote(word: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '\\' | ':' | '@' | '+' | '=' | ',');
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("\"{word}\"") }
}

/// Terraform's configuration, in the user's home.
pub(crate) const TERRAFORM_CONFIG: &str = "AppData/Roaming/terraform.rc";

/// The folder of Terraform's own files there.
pub(crate) const TERRAFORM_FOLDER: &str = "AppData/Roaming/terraform.d";

/// The name of pip's configuration.
pub(crate) const PIP_CONFIG: &str = "pip.ini";

/// The folder in the user's home where pip used to have it.
pub(crate) const PIP_FOLDER: &str = "pip";
