//! What differs between operating systems: the rest of the crate has no `cfg` for them.

#[cfg(unix)]
mod child;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod zone;

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
