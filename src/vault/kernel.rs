//! The data key in the memory of the Linux kernel: the user's keyring, which all processes of the user share.

use zeroize::Zeroizing;

use super::data_key::{DataKey, KEY_LENGTH};
use super::keeper::{Keeper, Trouble};
use super::platform;

/// The key's description, as `keyctl` shows it.
const DESCRIPTION: &str = "jeton:data-key";

/// The kernel's keyring of this user.
#[derive(Debug, Clone, Copy)]
pub(super) struct KernelKeyring;

impl Keeper for KernelKeyring {
    fn name(&self) -> &'static str {
        "kernel keyring"
    }

    fn read(&self) -> Result<Option<DataKey>, Trouble> {
        // One byte more than a key has: a longer one is noticed.
        let mut bytes = Zeroizing::new([0; KEY_LENGTH + 1]);
        let Some(length) = platform::read_kernel_key(DESCRIPTION, &mut *bytes)? else { return Ok(None) };
        match bytes.get(..length).and_then(DataKey::from_bytes) {
            Some(key) => Ok(Some(key)),
            None => Err(Trouble::Failed(format!("its key {DESCRIPTION} is not a key of jeton's"))),
        }
    }

    fn write(&self, key: &DataKey) -> Result<(), Trouble> {
        platform::write_kernel_key(DESCRIPTION, key.bytes())
    }
}
