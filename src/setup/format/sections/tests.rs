use proptest::prelude::*;

use super::*;

/// Adds or replaces an entry, and takes it back; returns the text in between.
fn round(text: &str, dialect: Dialect, section: &str, key: &str, entry: &str) -> String {
    let mut file = Sections::parse(text, dialect).unwrap();
    let made = file.get(&[section]).unwrap().is_none();
    if made {
        file.set(&[section], Some("")).unwrap();
    }
    let before = file.get(&[section, key]).unwrap();
    file.set(&[section, key], Some(entry)).unwrap();
    let between = file.text();
    let now = file.get(&[section, key]).unwrap().unwrap();
    assert!(file.same(&[section, key], &now, entry), "{now:?} {entry:?}");
    // What was written is read back as it was meant.
    let again = Sections::parse(&between, dialect).unwrap();
    assert_eq!(again.get(&[section, key]).unwrap(), Some(now));
    file.set(&[section, key], before.as_deref()).unwrap();
    if made {
        assert_eq!(file.get(&[section]).unwrap().as_deref(), Some(""));
        file.set(&[section], None).unwrap();
    }
    // (Blank lines at the end of a file are nobody's.)
    assert_eq!(file.text().trim_end_matches('\n'), text.trim_end_matches('\n'));
    between
}

#[test]
fn an_entry_goes_to_the_end_of_its_section_and_comments_stay() {
    let text = "# mine\n[default]\nregion = eu ; here\ns3 =\n  max = 1\n\n# two\n[profile b]\nx=1\n";
    let after = round(text, Dialect::Ini, "default", "credential_process", "credential_process = jeton");
    assert_eq!(after, text.replace("  max = 1\n", "  max = 1\ncredential_process = jeton\n"));
    let after = round(text, Dialect::Ini, "profile c", "credential_process", "credential_process = jeton");
    assert_eq!(after, format!("{text}\n[profile c]\ncredential_process = jeton\n"));
}

#[test]
fn an_indented_entry_stays_one() {
    let text = "[a]\n  x = 1\n  y = 2\n";
    assert_eq!(round(text, Dialect::Ini, "a", "x", "x = 3"), "[a]\n  x = 3\n  y = 2\n");
    assert_eq!(round(text, Dialect::Ini, "a", "z", "z = 3"), "[a]\n  x = 1\n  y = 2\n  z = 3\n");
}

#[test]
fn git_s_values_may_be_several_and_go_on() {
    let text =
        "[Credential \"https://dev.azure.com\"]\n\thelper = a \\\nb\n\tuseHttpPath\n\thelper = c\n[x]\n\ty = 1\n";
    let section = "credential \"https://dev.azure.com\"";
    let mut file = Sections::parse(text, Dialect::Git).unwrap();
    assert_eq!(file.get(&[section, "helper"]).unwrap().unwrap(), "\thelper = a \\\nb\n\thelper = c");
    file.set(&[section, "helper"], Some("helper =\nhelper = !jeton git")).unwrap();
    assert_eq!(
        file.text(),
        "[Credential \"https://dev.azure.com\"]\n\thelper =\n\thelper = !jeton git\n\tuseHttpPath\n[x]\n\ty = 1\n"
    );
    let after = round("[a]\n\tb = 1\n", Dialect::Git, section, "helper", "helper =\nhelper = !jeton git");
    assert_eq!(after, format!("[a]\n\tb = 1\n\n[{section}]\n\thelper =\n\thelper = !jeton git\n"));
}

#[test]
fn toml_s_other_ways_of_saying_it_are_refused() {
    for (text, refused) in [
        ("registries.contoso.index = \"x\"\n", true),
        ("[registries]\ncontoso = { index = \"x\" }\n", true),
        ("registries = {}\n", true),
        ("[[registries.contoso]]\nindex = \"x\"\n", true),
        ("[registries.other]\nindex = \"x\"\n", false),
        ("[registries.contoso]\nindex = \"x\"\n[build]\njobs = [\n 1,\n]\n", false),
        ("[registries.\"contoso\"]\nindex = '''\n[x]\n'''\n", false),
    ] {
        let file = Sections::parse(text, Dialect::Toml).unwrap();
        assert_eq!(file.get(&["registries.contoso", "credential-provider"]).is_err(), refused, "{text}");
        if !refused {
            let entry = "credential-provider = [\"jeton\", \"cargo\"]";
            round(text, Dialect::Toml, "registries.contoso", "credential-provider", entry);
        }
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for (text, dialect) in [
        ("[a]\nno sign\n", Dialect::Ini),
        ("[a\n", Dialect::Ini),
        ("[a] b = 1\n", Dialect::Git),
        ("[a]\n= 1\n", Dialect::Git),
        ("[a \"b]\n", Dialect::Git),
        ("[a]\nb = [\n", Dialect::Toml),
        ("[a]\nb = \"x\n", Dialect::Toml),
        ("[a]]\n", Dialect::Toml),
    ] {
        assert!(Sections::parse(text, dialect).is_err(), "{text}");
    }
}

fn file(lines: &'static [&'static str]) -> impl Strategy<Value = String> {
    let line = prop::sample::select(lines);
    (prop::collection::vec(line, 0..14), any::<bool>()).prop_map(|(lines, ended)| {
        let text = lines.join("\n");
        if ended && !text.is_empty() { format!("{text}\n") } else { text }
    })
}

const INI: &[&str] = &[
    "",
    "# c",
    "; c",
    "[default]",
    "[profile b]",
    "[profile  \"b\"]",
    "x = 1",
    "y: 2 # d",
    "  z = 3",
    "credential_process = old",
    "\tmore",
    "Credential_Process=older",
];
const GIT: &[&str] = &[
    "",
    "# c",
    "[core]",
    "[credential]",
    "[credential \"https://a\"]",
    "\thelper = x",
    "\thelper =",
    "\tbare",
    "\ty = \"a;b\" # c",
    "\tz = a\\",
    "  other = 1",
];
const TOML: &[&str] = &[
    "",
    "# c",
    "[a]",
    "[registry]",
    "[[t]]",
    "x = 1",
    "y = [ \"[\", ]",
    "z = [",
    "]",
    "t = '''",
    "'''",
    "'a b' = {b=1}",
    "global = []",
];

/// The lines that are nobody's entry of the key: none of them may go.
fn others<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.to_lowercase().contains(key)).collect()
}

proptest! {
    #[test]
    fn no_line_of_others_is_lost(ini in file(INI), git in file(GIT), toml in file(TOML)) {
        for (text, dialect, section, key, entry) in [
            (&ini, Dialect::Ini, "default", "credential_process", "credential_process = jeton"),
            (&ini, Dialect::Ini, "profile new", "credential_process", "credential_process = jeton"),
            (&git, Dialect::Git, "credential \"https://new\"", "helper", "helper =\nhelper = !jeton git"),
            (&toml, Dialect::Toml, "registry", "new-key", "new-key = [\"jeton\"]"),
        ] {
            let Ok(parsed) = Sections::parse(text, dialect) else { continue };
            prop_assert_eq!(&parsed.text(), text);
            let Ok(known) = parsed.get(&[section, key]) else { continue };
            // (Several entries of one key are gathered at the first one's place.)
            if parsed.entries(section, key).len() > 1 || known.is_some_and(|known| known.contains('\n')) {
                continue;
            }
            let after = round(text, dialect, section, key, entry);
            let kept = others(&after, key);
            for line in others(text, key) {
                prop_assert!(kept.contains(&line), "{:?} is gone from {:?}", line, after);
            }
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[\\[\\]a= \"'\\\\\n#;:.\t{}]{0,60}") {
        for dialect in [Dialect::Ini, Dialect::Git, Dialect::Toml] {
            if let Ok(mut file) = Sections::parse(&text, dialect) {
                prop_assert_eq!(&file.text(), &text);
                if file.get(&["a", "a"]).is_ok() {
                    file.set(&["a"], Some("")).unwrap();
                    file.set(&["a", "a"], Some("a = 1")).unwrap();
                    prop_assert!(file.get(&["a", "a"]).unwrap().is_some());
                }
            }
        }
    }
}
