//! What the docs promise: each test that they name is there, each row of their tables of comparison names one, and no setting
//! is missing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jeton::profile::FIELDS;

use crate::support::Home;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn doc(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).expect("a page")
}

/// The texts between backticks, each with what stands before it since the last one.
fn quoted(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split('`');
    let mut found = Vec::new();
    while let (Some(before), Some(inner)) = (parts.next(), parts.next()) {
        found.push((before, inner));
    }
    found
}

/// The tests that a text names: `` `file.rs`: `test`, `test` ``.
fn named(text: &str) -> Vec<(String, String)> {
    let is_name = |text: &str| {
        text.contains('_') && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let (mut file, mut found) = (None, Vec::new());
    for (before, inner) in quoted(text) {
        let follows = matches!(before, ": " | ", ");
        if Path::new(inner).extension().is_some_and(|end| end == "rs") {
            file = Some(inner);
        } else if let (Some(file), true, true) = (file, follows, is_name(inner)) {
            found.push((file.to_owned(), inner.to_owned()));
        } else {
            file = None;
        }
    }
    found
}

/// The rows of the tables in a text: their cells, without headings.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with("|--");
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_heading = lines.get(at + 1).is_some_and(|next| is_rule(next));
        if line.starts_with('|') && !is_rule(line) && !is_heading {
            found.push(line.trim_matches('|').split(" | ").map(str::trim).collect());
        }
    }
    found
}

/// A page from this heading to the next one of its rank.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let from = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} is missing")).1;
    from.split("\n## ").next().unwrap_or(from)
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("docs")).expect("pages") {
        let path = entry.expect("a page").path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for line in text.lines() {
            for (file, test) in named(line) {
                let source = std::fs::read_to_string(root().join("tests/cli").join(&file)).unwrap_or_default();
                let is_there = source.contains(&format!("#[test]\nfn {test}()"));
                assert!(is_there, "{}: {file} has no test {test}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn every_recipe_has_its_command_and_its_test() {
    let page = doc("recipes.md");
    let rows = rows(&page);
    let ids: Vec<&str> = rows.iter().map(|cells| cells[0].split(' ').next().expect("an id")).collect();
    let wanted: Vec<String> = (1..=25).map(|number| format!("C{number:02}")).collect();
    assert_eq!(ids, wanted);
    for cells in rows {
        let [what, by_hand, command, tests] = cells[..] else { panic!("{cells:?}") };
        assert!(!by_hand.is_empty(), "{what}");
        assert!(command.contains("`jeton "), "{what}: no command");
        assert!(!named(tests).is_empty(), "{what}: no test");
    }
}

#[test]
fn every_command_of_a_recipe_is_one() {
    const GROUPS: &[&str] = &["adme", "pat", "profile", "secret"];
    let home = Home::new();
    let page = doc("recipes.md");
    for cells in rows(&page) {
        let commands = quoted(cells[2]).into_iter().map(|(_, text)| text).filter(|text| text.starts_with("jeton "));
        for command in commands {
            // (What stands behind -- is another program's.)
            let words: Vec<&str> = command.split(" -- ").next().expect("a word").split(' ').skip(1).collect();
            let deep = usize::from(GROUPS.contains(&words[0]));
            let help = home.jeton(&[&words[..=deep], &["--help"]].concat()).run().ok().stdout;
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{command}: there is no {option}");
            }
        }
    }
}

#[test]
fn every_row_of_a_comparison_names_a_test_or_says_no() {
    let (databricks, kubelogin) = (doc("databricks.md"), doc("kubelogin.md"));
    let kubelogin = kubelogin.split("What is different by design").next().expect("a page");
    for text in [section(&databricks, "## The auth types of the SDKs"), kubelogin] {
        let compared = rows(text);
        assert!(compared.len() > 10, "{}", compared.len());
        for cells in compared {
            let says_no = cells[1].starts_with("not offered: ");
            assert!(says_no || cells.last().is_some_and(|cell| !named(cell).is_empty()), "{cells:?}");
        }
    }
}

#[test]
fn every_setting_has_its_row() {
    let mut table = String::new();
    for spec in FIELDS {
        let env: Vec<String> = spec.env.iter().map(|name| format!("`{name}`")).collect();
        let flag = if spec.flag.is_empty() { String::new() } else { format!("`{}`", spec.flag) };
        let help = spec.help.replace('|', "\\|").replace('*', "\\*");
        writeln!(table, "| `{}` | {flag} | {} | {help} |", spec.key, env.join(", ")).expect("a text");
    }
    assert!(doc("configuration.md").contains(&table), "the table of all settings should be\n{table}");
}
