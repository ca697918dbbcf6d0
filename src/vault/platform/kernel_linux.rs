//! The user keyring of the Linux kernel (user-keyring(7)).

use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};

use super::Trouble;

/// The keyring of this user.
///
/// A key may be read by who *possesses* it, and whether the session's keyring leads to the user's depends on how the
/// session was begun (a service, `su`, cron). So it is linked into the keyring of this process, which ends with it.
fn user_keyring() -> Result<KeyRing, Trouble> {
    let process = KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(trouble)?;
    let user = KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(trouble)?;
    process.link_keyring(user).map_err(trouble)?;
    Ok(user)
}

/// Reads the key of that description: its whole length, of which `bytes` gets what fits. `None` where there is none.
pub(in crate::vault) fn read_kernel_key(description: &str, mut bytes: &mut [u8]) -> Result<Option<usize>, Trouble> {
    let key = match user_keyring()?.search(description) {
        Ok(key) => key,
        Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => return Ok(None),
        Err(error) => return Err(trouble(error)),
    };
    key.read(&mut bytes).map(Some).map_err(trouble)
}

/// Keeps a key of that description, in place of one that is there.
pub(in crate::vault) fn write_kernel_key(description: &str, bytes: &[u8]) -> Result<(), Trouble> {
    user_keyring()?.add_key(description, bytes).map(drop).map_err(trouble)
}

fn trouble(error: KeyError) -> Trouble {
    const ENOSYS: i32 = rustix::io::Errno::NOSYS.raw_os_error();
    match error {
        KeyError::PermissionDenied | KeyError::Unknown(ENOSYS) => {
            Trouble::Absent("the kernel does not let this process use it, as in most containers".to_owned())
        }
        KeyError::OperationNotSupported => Trouble::Absent("the kernel has none".to_owned()),
        KeyError::QuotaExceeded => {
            Trouble::Failed("this user's quota of keys is used up (see /proc/key-users)".to_owned())
        }
        error => Trouble::Failed(format!("{error:?}")),
    }
}
