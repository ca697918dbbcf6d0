//! What the pages say of the house is so: folders, exit codes, commands, the test command.

use super::page::{Page, pages, root};

fn page(name: &str) -> &'static Page {
    pages().iter().find(|page| page.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn contributing_names_each_place_in_the_house() {
    let page = text("docs/contributing.md");
    let mut places = vec!["`tests/emulator/`".to_owned(), "`tests/cli/`".into(), "`tests/clients/`".into()];
    for entry in std::fs::read_dir(root().join("src")).expect("src") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let is_folder = entry.file_type().expect("a type").is_dir();
        places.push(if is_folder { format!("`src/{name}/`") } else { format!("`src/{name}`") });
    }
    for folder in ["benches", "fuzz", "docs", "link", "shell", "packaging"] {
        if root().join(folder).is_dir() {
            places.push(format!("`{folder}/`"));
        }
    }
    places.retain(|place| {
        // `src/acr/` is `src/acr/mod.rs` in the code, and a file beside a folder is the folder's first page.
        let beside = place.trim_matches('`').strip_suffix(".rs").map(|stem| root().join(stem).is_dir());
        !beside.unwrap_or(false) && !page.contains(place.as_str())
    });
    assert!(places.is_empty(), "docs/contributing.md does not say what lives in {}", places.join(", "));
}

#[test]
fn files_that_pages_name_are_there() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (number, span) in page.spans() {
            let is_path =
                ["src/", "tests/", "benches/", "docs/", "fuzz/", ".ci/"].iter().any(|folder| span.starts_with(folder));
            let known =
                || root().join(&span).exists() || span.contains([' ', '*']) || span.chars().any(char::is_uppercase);
            if is_path && !known() {
                wrong.push(format!("{}:{number}: there is no {span}", page.name));
            }
        }
    }
    super::nothing_wrong(&wrong);
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let readme = text("README.md");
    let (_, table) = readme.split_once("## Exit codes").expect("a table of exit codes");
    let rows: Vec<u8> = table
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1)?.trim().parse().ok())
        .collect();
    use jeton::error::Kind;
    let kinds =
        [Kind::Failed, Kind::Usage, Kind::SignIn, Kind::Configuration, Kind::Network, Kind::Refused, Kind::Token];
    let expected: Vec<u8> = std::iter::once(0).chain(kinds.map(Kind::exit_code)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_picture_shows_the_commands_of_its_script() {
    let (picture, script) = (text("docs/picture/terminal.svg"), text("docs/picture/make.py"));
    let shown: Vec<String> = picture
        .lines()
        .filter_map(|line| line.split_once(">$ ")?.1.strip_suffix("</text>"))
        .map(|line| line.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
        .collect();
    let (_, list) = script.split_once("COMMANDS = [").expect("a list");
    let (list, _) = list.split_once("\n]").expect("its end");
    let meant: Vec<&str> = list.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
    assert_eq!(shown, meant);
    let wrong: Vec<_> = shown.iter().flat_map(|line| super::command::refused_in(line)).collect();
    super::nothing_wrong(&wrong);
}

#[test]
fn the_readme_gives_the_command_that_ci_runs() {
    assert!(text(".ci/run").contains("cargo test --workspace"));
    assert!(text("README.md").contains("cargo test --workspace"));
}

#[test]
fn every_command_is_on_a_page() {
    let spans: Vec<String> = pages()
        .iter()
        .flat_map(|page| page.spans().map(|(_, span)| span).chain(page.blocks.iter().map(|block| block.text.clone())))
        .collect();
    for command in jeton::cli::grammar().get_subcommands().filter(|command| !command.is_hide_set()) {
        let call = format!("jeton {}", command.get_name());
        assert!(spans.iter().any(|span| span.contains(&call)), "no page speaks of {call}");
    }
}

#[test]
fn the_index_has_every_protocol() {
    let index = text("docs/README.md");
    for command in jeton::cli::grammar().get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if about.starts_with("Answer ") {
            let call = format!("`jeton {}`", command.get_name());
            assert!(index.contains(&call), "docs/README.md has no row for {call}, which is to {about}");
        }
    }
}

#[test]
fn the_index_leads_to_every_page() {
    // (SUMMARY.md is what mdBook makes its own index of.)
    for index in ["docs/README.md", "docs/SUMMARY.md"] {
        leads_to_every_page(index);
    }
}

fn leads_to_every_page(index: &str) {
    let links: Vec<String> = super::links::links(page(index)).into_iter().map(|(_, link)| link).collect();
    for page in pages().iter().filter(|page| page.name.starts_with("docs/")) {
        let name = page.name.trim_start_matches("docs/");
        let known =
            matches!(name, "README.md" | "SUMMARY.md") || links.iter().any(|link| link.split('#').next() == Some(name));
        assert!(known, "{index} has no link to {name}: add one");
    }
}
