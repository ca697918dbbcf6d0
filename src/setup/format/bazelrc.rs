//! `.bazelrc`: options line by line. A path is the host of a `--credential_helper`; an entry's text is its lines.

use super::Document;
use crate::error::{Error, Result};

/// The option of Bazel (bazel.build/reference/command-line-reference): `--credential_helper=[PATTERN=]PROGRAM`.
const OPTION: &str = "--credential_helper=";

/// The lines.
#[derive(Debug)]
pub(super) struct Bazelrc {
    lines: Vec<String>,
    ended: bool,
}

impl Bazelrc {
    pub(super) fn parse(text: &str) -> Self {
        let ended = text.is_empty() || text.ends_with('\n');
        let body = text.strip_suffix('\n').unwrap_or(text);
        let lines = if text.is_empty() { Vec::new() } else { body.split('\n').map(str::to_owned).collect() };
        Self { lines, ended }
    }

    /// The lines that set the helper of `host` and nothing else.
    fn entries(&self, host: &str) -> Vec<usize> {
        (0..self.lines.len()).filter(|at| host_of(&self.lines[*at]) == Some(host) && !self.is_continued(*at)).collect()
    }

    /// Whether a line is one with the one before or behind it.
    fn is_continued(&self, at: usize) -> bool {
        self.lines[at].ends_with('\\') || (at > 0 && self.lines[at - 1].ends_with('\\'))
    }
}

/// The host of a line that sets one helper and nothing else.
fn host_of(line: &str) -> Option<&str> {
    let mut words = line.split('#').next()?.split_whitespace();
    let (_command, option) = (words.next()?, words.next()?);
    let (host, _) = option.strip_prefix(OPTION)?.split_once('=')?;
    words.next().is_none().then_some(host)
}

impl Document for Bazelrc {
    fn get(&self, path: &[&str]) -> Result<Option<String>> {
        let [host] = *path else { return Ok(None) };
        let entries = self.entries(host);
        let mention = format!("{OPTION}{host}=");
        let other = (0..self.lines.len()).find(|at| {
            !entries.contains(at)
                && !self.lines[*at].trim_start().starts_with('#')
                && self.lines[*at].contains(&mention)
        });
        if let Some(at) = other {
            return Err(Error::configuration(format!(
                "line {} sets the helper of {host} together with other options",
                at + 1
            ))
            .hint(format!("give it a line of its own: common {mention}...")));
        }
        let lines: Vec<&str> = entries.iter().map(|at| self.lines[*at].as_str()).collect();
        Ok((!lines.is_empty()).then(|| lines.join("\n")))
    }

    fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()> {
        let [host] = *path else { return Ok(()) };
        let known = self.entries(host);
        let mut at = known.first().copied().unwrap_or(self.lines.len());
        for line in known.into_iter().rev() {
            self.lines.remove(line);
        }
        if at == self.lines.len() && text.is_some() {
            if self.lines.last().is_some_and(|last| last.ends_with('\\')) {
                return Err(Error::configuration("the file's last line is to go on, and there is nothing behind it")
                    .hint("take the backslash off its end"));
            }
            self.ended = true;
        }
        for line in text.into_iter().flat_map(|text| text.split('\n')) {
            self.lines.insert(at, line.to_owned());
            at += 1;
        }
        Ok(())
    }

    fn same(&self, _path: &[&str], one: &str, other: &str) -> bool {
        let words = |text: &str| {
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
        };
        words(one) == words(other)
    }

    fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if self.ended && !self.lines.is_empty() {
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "common --credential_helper=a.example=bazel-credential-jeton";

    #[test]
    fn a_helper_is_added_replaced_and_taken_back() {
        let before = "# mine\nbuild --config=x\ncommon --credential_helper=a.example=other # why\nbuild --y\n";
        let mut file = Bazelrc::parse(before);
        let old = file.get(&["a.example"]).unwrap();
        file.set(&["a.example"], Some(LINE)).unwrap();
        assert_eq!(file.text(), before.replace("common --credential_helper=a.example=other # why", LINE));
        file.set(&["a.example"], old.as_deref()).unwrap();
        assert_eq!(file.text(), before);
    }

    #[test]
    fn what_stands_among_other_options_is_left_to_its_owner() {
        let file = Bazelrc::parse("build --x --credential_helper=a.example=other\n");
        assert!(file.get(&["a.example"]).is_err());
        let mut file = Bazelrc::parse("build --x \\");
        assert!(file.set(&["a.example"], Some(LINE)).is_err());
    }
}
