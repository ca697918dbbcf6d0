//! Linux, macOS and the BSDs.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Why a file or folder of ours can't be trusted, and the command that mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Distrust {
    pub(crate) what: String,
    pub(crate) mend: String,
}

/// Makes `dir` and what is missing above it, readable by its owner alone.
pub(crate) fn create_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Opens for reading without following a last symbolic link into a device or waiting on a FIFO.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    const O_NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path)
}

/// Creates a file that only its owner can read; it must not exist.
pub(crate) fn create_private_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a lock file for reading and writing (NFS locks only what is open for writing), making it if need be.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Opens a log to write at its end; one that is not there yet is made for its owner alone.
pub(crate) fn open_log(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Whether `meta` says that another user owns the file or that others may read or write it.
pub(crate) fn distrust(path: &Path, meta: &Metadata) -> Option<Distrust> {
    let shown = path.display();
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Some(Distrust {
            what: format!("{shown} belongs to another user (uid {})", meta.uid()),
            mend: format!("chown \"$(id -u)\" '{shown}'"),
        });
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let wanted = if meta.is_dir() { "700" } else { "600" };
        return Some(Distrust {
            what: format!("{shown} is open to other users (mode {mode:o})"),
            mend: format!("chmod {wanted} '{shown}'"),
        });
    }
    None
}

/// A number that changes when the file is replaced: the inode.
pub(crate) fn file_id(meta: &Metadata) -> u64 {
    meta.ino()
}

/// Makes `command` survive the caller's terminal: its own process group, so that Ctrl-C does not reach it.
pub(crate) fn detach(command: &mut Command) {
    command.process_group(0);
}

/// The shell that runs `command:` secret sources.
pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

/// Makes a rename in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) {
    if let Ok(dir) = File::open(dir) {
        let _ = dir.sync_all();
    }
}

/// The rename that replaces `to` in one step.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Keeps tokens out of core dumps. Where the system has the finer switch it is used, because it ends with an exec: a
/// limit would be passed on to commands that this program starts.
pub(crate) fn forbid_core_dumps() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(not(target_os = "linux"))]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // The hard limit stays, so that what is started from here can raise its own again.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..getrlimit(Resource::Core) });
    }
}

/// What the files of a program may be called.
pub(crate) fn program_files(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// Whether `meta` is that of a file that can be run.
pub(crate) fn is_program(meta: &Metadata) -> bool {
    meta.is_file() && meta.permissions().mode() & 0o111 != 0
}

/// Whether both are one file, by whatever names.
pub(crate) fn same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// A folder that nobody but an administrator puts programs and libraries into.
pub(crate) fn safe_dir() -> PathBuf {
    "/".into()
}

/// The program of Azure Arc's agent (azidentity, `managed_identity_client.go`).
pub(crate) fn arc_agent() -> Option<PathBuf> {
    Some("/opt/azcmagent/bin/himds".into())
}

/// The folder with the keys of Azure Arc's agent.
pub(crate) fn arc_tokens() -> Option<PathBuf> {
    Some("/var/opt/azcmagent/tokens".into())
}

/// Whether a browser can open a window here: always on a Mac unless one came by ssh, elsewhere where X11 or Wayland is.
pub(crate) fn has_display(ssh: bool) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "macos") { !ssh } else { is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") }
}

/// Columns and rows of the terminal behind stderr.
pub(crate) fn terminal_size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// What stands between the folders in `PATH`, and between the commands in `BROWSER`.
pub(crate) const LIST_SEPARATOR: char = ':';

/// The commands that open a page in the user's browser, the first that works; the URL goes behind them, or in place of
/// `%s`. In WSL they are those of Windows (`wslview` is wslu's). The page's URL has no quotes: see
/// [`crate::interact`].
pub(crate) fn browsers() -> &'static [&'static [&'static str]] {
    if cfg!(target_os = "macos") {
        &[&["open"]]
    } else if is_wsl() {
        &[
            &["wslview"],
            &["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", "Start-Process '%s'"],
            &["rundll32.exe", "url.dll,FileProtocolHandler"],
        ]
    } else {
        &[&["xdg-open"], &["gio", "open"], &["x-www-browser"], &["sensible-browser"]]
    }
}

/// Standard input as a terminal that hands over each byte at once and shows none; as it was when this is dropped.
pub(crate) struct RawTerminal(rustix::termios::Termios);

impl RawTerminal {
    /// `None` where standard input is no terminal.
    pub(crate) fn open() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut raw = before.clone();
        // Ctrl-C comes as a byte, too: the terminal has to be put back first.
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 1;
        // What was typed before the question stays: it may have been pasted early.
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).ok()?;
        Some(Self(before))
    }

    /// What was typed, if anything was within a tenth of a second.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(std::io::stdin(), bytes) {
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Does what Ctrl-C does.
    pub(crate) fn interrupt(&mut self) {
        self.restore();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT);
    }

    fn restore(&self) {
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Whether this is the Windows Subsystem for Linux (its kernel's version names Microsoft).
pub(crate) fn is_wsl() -> bool {
    std::fs::read_to_string("/proc/sys/kernel/osrelease")
        .is_ok_and(|release| release.to_ascii_lowercase().contains("microsoft"))
}

/// Whether terminals take ANSI's escape sequences (ECMA-48) for colours.
pub(crate) fn terminal_has_colour() -> bool {
    true
}

/// Seconds that local time is ahead of UTC at `at` (seconds since 1970, UTC).
pub(crate) fn local_offset(at: i64) -> i32 {
    match std::env::var_os("TZ") {
        None => super::zone::offset(None, at),
        // What is no text names no zone.
        Some(zone) => super::zone::offset(Some(zone.to_str().unwrap_or_default()), at),
    }
}

/// Has `command` see itself called by that name.
pub(crate) fn call_it(command: &mut Command, name: &OsStr) {
    command.arg0(name);
}

/// Makes this process that of `command`: signals, terminal, exit code and process id are the command's own from here
/// on. It returns only where that can't be done.
pub(crate) fn become_command(command: &mut Command) -> io::Result<ExitCode> {
    Err(command.exec())
}

/// The same, with `input` in a pipe that `command` reads as the file that it is told behind `option`, before `arguments`. It
/// needs no file, stands in no argument list, and leaves standard input alone.
pub(crate) fn become_with_input(
    command: &mut Command,
    option: &str,
    input: &str,
    arguments: &[OsString],
) -> io::Result<ExitCode> {
    // What a pipe holds at least before its writer has to wait, which would be for ever (macOS, `sys/pipe.h`).
    const HELD: usize = 16 * 1024;
    if input.len() > HELD {
        return Err(io::Error::other("the token is too long for a pipe"));
    }
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(input.as_bytes())?;
    drop(writer);
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty())?;
    command.arg(option).arg(format!("/dev/fd/{}", reader.as_raw_fd())).args(arguments);
    become_command(command)
}

/// Signals that ask this process to end.
pub(crate) struct Ending(std::os::unix::net::UnixStream);

impl Ending {
    /// From here on SIGTERM and SIGINT are kept, and no longer end the process at once.
    pub(crate) fn new() -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            signal_hook::low_level::pipe::register(signal, theirs.try_clone()?)?;
        }
        Ok(Self(ours))
    }

    /// Waits for the first of them.
    pub(crate) fn wait(mut self) {
        let mut byte = [0];
        while let Err(error) = self.0.read(&mut byte) {
            if error.kind() != io::ErrorKind::Interrupted {
                break;
            }
        }
    }
}

/// Whether others than the owner (this user, or the administrator) may write to the file or folder.
pub(crate) fn open_to_writers(path: &Path, meta: &Metadata) -> Option<Distrust> {
    let shown = path.display();
    let owner = meta.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Some(Distrust {
            what: format!("{shown} belongs to another user (uid {owner})"),
            mend: format!("chown \"$(id -u)\" '{shown}'"),
        });
    }
    let mode = meta.permissions().mode() & 0o777;
    (mode & 0o022 != 0).then(|| Distrust {
        what: format!("other users may write to {shown} (mode {mode:o})"),
        mend: format!("chmod go-w '{shown}'"),
    })
}

/// The command that sets the machine's clock right.
pub(crate) fn clock_command() -> &'static str {
    if cfg!(target_os = "macos") { "sudo sntp -sS time.apple.com" } else { "sudo timedatectl set-ntp true" }
}

/// Makes `link` another name of `program`, which is named by it; it must not exist.
pub(crate) fn link_program(program: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

/// A word for a command line that tools split or hand to a shell (`/bin/sh`; Python's `shlex`).
pub(crate) fn quote(word: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '%' | '+' | '=' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Terraform's configuration, in the user's home.
pub(crate) const TERRAFORM_CONFIG: &str = ".terraformrc";

/// The folder of Terraform's own files there.
pub(crate) const TERRAFORM_FOLDER: &str = ".terraform.d";

/// The name of pip's configuration.
pub(crate) const PIP_CONFIG: &str = "pip.conf";

/// The folder in the user's home where pip used to have it.
pub(crate) const PIP_FOLDER: &str = ".pip";
