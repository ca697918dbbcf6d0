//! What other tools' settings say of jeton, as far as it can be read without those tools: their files are looked through
//! line by line, for the few forms in which a program is named.

use std::path::Path;

use serde_json::Value;

/// An entry that names jeton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The program, as it is written there.
    pub program: String,
    /// The profile, where it stands beside it.
    pub profile: Option<String>,
}

/// kubeconfig: `command:` of `users[].user.exec`, in YAML or JSON.
#[must_use]
pub fn kubeconfig(text: &str) -> Vec<Setup> {
    let commands = text.lines().filter_map(|line| {
        let (key, value) = line.trim().trim_start_matches("- ").split_once(':')?;
        (bare(key) == "command").then(|| bare(value))
    });
    commands.filter(|program| is_jeton(program)).map(|program| Setup { program, profile: None }).collect()
}

/// `~/.aws/config`: `credential_process` of any profile.
#[must_use]
pub fn aws_config(text: &str) -> Vec<Setup> {
    let values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "credential_process").then(|| value.trim())
    });
    values.filter_map(|line| command(&words(line))).collect()
}

/// `.gitconfig`: `helper` of `[credential]`; `!` begins a shell's command, a name without a slash stands for
/// `git-credential-NAME` (gitcredentials(7)).
#[must_use]
pub fn git_config(text: &str) -> Vec<Setup> {
    let values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("helper").then(|| bare(value).replace("\\\"", "\"").replace("\\\\", "\\"))
    });
    let setups = values.filter_map(|value| match value.strip_prefix('!') {
        Some(line) => command(&words(line)),
        None if value.contains(['/', '\\']) => command(&words(&value)),
        None => {
            let mut words = words(&value);
            *words.first_mut()? = format!("git-credential-{}", words.first()?);
            command(&words)
        }
    });
    setups.collect()
}

/// docker's `config.json`: `credsStore` and `credHelpers`, which name `docker-credential-NAME`.
#[must_use]
pub fn docker_config(text: &str) -> Vec<Setup> {
    let Ok(config) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let helpers = config.get("credHelpers").and_then(Value::as_object);
    let helpers = helpers.into_iter().flat_map(|helpers| helpers.values());
    let names = config.get("credsStore").into_iter().chain(helpers).filter_map(Value::as_str);
    let mut setups: Vec<Setup> = Vec::new();
    for name in names.filter(|name| *name == "jeton") {
        let setup = Setup { program: format!("docker-credential-{name}"), profile: None };
        // One for all registries.
        if !setups.contains(&setup) {
            setups.push(setup);
        }
    }
    setups
}

/// The entry that a command line is, if it runs jeton.
fn command(words: &[String]) -> Option<Setup> {
    let program = words.first().filter(|program| is_jeton(program))?.clone();
    let named = words.iter().position(|word| word == "-p" || word == "--profile").and_then(|at| words.get(at + 1));
    let joined = words.iter().find_map(|word| word.strip_prefix("--profile=").map(str::to_owned));
    Some(Setup { program, profile: named.cloned().or(joined) })
}

/// Whether a path or name leads to this program, by any of its names.
fn is_jeton(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    matches!(stem, "jeton" | "git-credential-jeton" | "docker-credential-jeton")
}

/// A value without blanks, quotes and a comma around it.
fn bare(text: &str) -> String {
    let text = text.trim().trim_end_matches(',').trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    text.to_owned()
}

/// A command line in words, as a shell separates it: quotes keep blanks together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn setup(program: &str, profile: Option<&str>) -> Setup {
        Setup { program: program.to_owned(), profile: profile.map(str::to_owned) }
    }

    #[test]
    fn a_kubeconfig_is_read_in_both_forms() {
        let yaml = "users:\n- name: a\n  user:\n    exec:\n      args: [x]\n      command: /opt/jeton\n- user:\n    exec:\n      command: \"kubelogin\"\n      - command: 'jeton'\n";
        assert_eq!(kubeconfig(yaml), [setup("/opt/jeton", None), setup("jeton", None)]);
        assert_eq!(kubeconfig("{\n\"command\": \"jeton\",\n\"x\": 1}"), [setup("jeton", None)]);
    }

    #[test]
    fn command_lines_are_read_with_their_profile() {
        let aws = "[profile a]\ncredential_process = \"/a b/jeton\" credential-process -p prod\n\
                   credential_process=aws-vault export jeton\n region = x\n";
        assert_eq!(aws_config(aws), [setup("/a b/jeton", Some("prod"))]);
        let git = "[credential \"https://dev.azure.com\"]\n\thelper =\n\thelper = !jeton git --profile=work\n\
                   helper = \"/usr/bin/jeton git\"\nhelper = jeton\nhelper = store\n\
                   helper = \"!\\\"/a b/jeton\\\" git\"\n";
        assert_eq!(
            git_config(git),
            [
                setup("jeton", Some("work")),
                setup("/usr/bin/jeton", None),
                setup("git-credential-jeton", None),
                setup("/a b/jeton", None)
            ]
        );
    }

    #[test]
    fn docker_names_the_end_of_a_program() {
        let text = r#"{"credsStore":"desktop","credHelpers":{"a.azurecr.io":"jeton","b.azurecr.io":"jeton","c":5}}"#;
        assert_eq!(docker_config(text), [setup("docker-credential-jeton", None)]);
        assert_eq!(docker_config("{"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(helper|command|credential_process)? ?[:=]?[\\PC\n\"'\\\\]{0,80}") {
            for read in [kubeconfig, aws_config, git_config, docker_config] {
                let _ = read(&text);
            }
        }
    }
}
