//! What differs between operating systems: the rest of the crate has no `cfg` for them.

#[cfg(unix)]
mod child;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod zone;

/// Who starts a user's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceManager {
    Systemd,
    Launchd,
}

/// The one that is here.
pub(crate) const SERVICES: Option<ServiceManager> = if cfg!(target_os = "linux") {
    Some(ServiceManager::Systemd)
} else if cfg!(target_os = "macos") {
    Some(ServiceManager::Launchd)
} else {
    None
};

#[cfg(unix)]
pub(crate) use child::run_beside;
#[cfg(not(unix))]
pub(crate) use other::*;
#[cfg(unix)]
pub(crate) use unix::*;

/// musl's allocator is made to be safe and small; a process that lives for a third of a millisecond feels it.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
