//! Systems whose kernel keeps no keys for programs.

use super::Trouble;

fn none() -> Trouble {
    Trouble::Absent("only Linux has one".to_owned())
}

/// There is none.
pub(in crate::vault) fn read_kernel_key(_description: &str, _bytes: &mut [u8]) -> Result<Option<usize>, Trouble> {
    Err(none())
}

/// There is none.
pub(in crate::vault) fn write_kernel_key(_description: &str, _bytes: &[u8]) -> Result<(), Trouble> {
    Err(none())
}
