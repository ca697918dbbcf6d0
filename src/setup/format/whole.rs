//! A file that is ours as a whole, such as a unit of systemd: one entry.

use super::Document;
use crate::error::Result;

pub(super) struct Whole(pub(super) String);

impl Document for Whole {
    fn get(&self, _path: &[&str]) -> Result<Option<String>> {
        Ok(Some(self.0.clone()).filter(|text| !text.is_empty()))
    }

    fn set(&mut self, _path: &[&str], text: Option<&str>) -> Result<()> {
        text.unwrap_or_default().clone_into(&mut self.0);
        Ok(())
    }

    fn same(&self, _path: &[&str], one: &str, other: &str) -> bool {
        one == other
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}
