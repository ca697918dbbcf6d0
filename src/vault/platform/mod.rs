//! What differs between operating systems in keeping the data key.

#[cfg(target_os = "linux")]
mod kernel_linux;
#[cfg(not(target_os = "linux"))]
mod kernel_none;
#[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
mod keyring_native;
#[cfg(not(any(windows, target_vendor = "apple", target_os = "android")))]
mod keyring_secret_service;

#[cfg(target_os = "linux")]
pub(super) use kernel_linux::{read_kernel_key, write_kernel_key};
#[cfg(not(target_os = "linux"))]
pub(super) use kernel_none::{read_kernel_key, write_kernel_key};
#[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
pub(super) use keyring_native::unlock_keyring;
#[cfg(not(any(windows, target_vendor = "apple", target_os = "android")))]
pub(super) use keyring_secret_service::unlock_keyring;

use super::keeper::Trouble;
