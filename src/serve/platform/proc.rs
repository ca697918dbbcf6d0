//! Linux: who holds the other end of a connection, by `SO_PEERCRED` (socket(7)) and by /proc (proc_net_tcp(5)).

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::clean;

/// What may be spent on looking in one second. A crowd of requests is answered, not examined one by one.
const BUDGET: Duration = Duration::from_millis(50);
/// Programs that asked lately are looked at first.
const REMEMBERED: usize = 8;

/// What was looked up lately.
struct Memory {
    since: Option<Instant>,
    spent: Duration,
    pids: Vec<u32>,
}

static MEMORY: Mutex<Memory> = Mutex::new(Memory { since: None, spent: Duration::ZERO, pids: Vec::new() });

pub(in super::super) fn of_socket(stream: &UnixStream) -> Option<(u32, String)> {
    let pid = rustix::net::sockopt::socket_peercred(stream).ok()?.pid.as_raw_nonzero().get();
    let pid = u32::try_from(pid).ok()?;
    Some((pid, program(pid)))
}

pub(in super::super) fn of_tcp(remote: SocketAddr, local: SocketAddr) -> Option<(u32, String)> {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let start = Instant::now();
    if memory.since.is_none_or(|since| start.duration_since(since) > Duration::from_secs(1)) {
        (memory.since, memory.spent) = (Some(start), Duration::ZERO);
    }
    if memory.spent > BUDGET {
        return None;
    }
    let pid = inode(remote, local).and_then(|inode| holder(&inode, &memory.pids));
    memory.spent += start.elapsed();
    let pid = pid?;
    memory.pids.retain(|known| *known != pid);
    memory.pids.insert(0, pid);
    memory.pids.truncate(REMEMBERED);
    Some((pid, program(pid)))
}

/// The inode of the socket at the other end, if it is of this machine.
fn inode(remote: SocketAddr, local: SocketAddr) -> Option<String> {
    let table = if remote.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    // Line by line: after a crowd of connections it has megabytes.
    let mut table = BufReader::new(File::open(table).ok()?);
    let ends = format!("{} {}", end(remote), end(local));
    let mut line = String::new();
    while !line.contains(&ends) {
        line.clear();
        if table.read_line(&mut line).ok()? == 0 {
            return None;
        }
    }
    line.split_whitespace().nth(9).filter(|inode| *inode != "0").map(str::to_owned)
}

/// An address as the table has it: words of four bytes in the machine's own order.
fn end(address: SocketAddr) -> String {
    let mut text = String::new();
    let octets = match address.ip() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    for word in octets.chunks(4) {
        let word = u32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
        let _ = write!(text, "{word:08X}");
    }
    let _ = write!(text, ":{:04X}", address.port());
    text
}

/// The process that has the socket open: of this user, or nobody's that could be seen. The youngest are looked at first.
fn holder(inode: &str, known: &[u32]) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    let has = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        files.into_iter().any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to == Path::new(&wanted)))
    };
    if let Some(pid) = known.iter().find(|pid| has(pid)) {
        return Some(*pid);
    }
    let mut pids: Vec<u32> = std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable_by(|one, other| other.cmp(one));
    pids.into_iter().find(has)
}

/// The program's name, as the kernel has it: 15 bytes at most.
fn program(pid: u32) -> String {
    clean(&std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_else(|_| "?".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_process_at_the_other_end_is_found() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (accepted, remote) = listener.accept().unwrap();
            let inode = inode(remote, accepted.local_addr().unwrap()).expect("an inode");
            assert_eq!(holder(&inode, &[]), Some(std::process::id()), "{address}");
            assert_eq!(holder(&inode, &[1, std::process::id()]), Some(std::process::id()), "{address}");
        }
        let (one, _other) = UnixStream::pair().unwrap();
        assert_eq!(of_socket(&one).unwrap().0, std::process::id());
    }
}
