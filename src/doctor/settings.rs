//! What other tools' settings say of jeton, as far as it can be read without those tools: their files are looked through
//! line by line, for the few forms in which a program is named.

use std::path::Path;

use serde_json::Value;

use crate::setup::format::toml_strings;

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

/// cargo's `config.toml`: a provider is an array of words, or words in a text, where `cargo:token-from-stdout` may stand
/// before the program (The Cargo Book, Registry Authentication). Arrays of more than a line are not read.
#[must_use]
pub fn cargo_config(text: &str) -> Vec<Setup> {
    let provider = |words: Vec<String>| {
        let from_stdout = words.first().is_some_and(|word| word == "cargo:token-from-stdout");
        command(&words[usize::from(from_stdout)..])
    };
    let mut setups = Vec::new();
    for (key, value) in text.lines().filter_map(|line| line.trim().split_once('=')) {
        let value = value.trim();
        match toml_strings(value) {
            // Each of them is a provider, or the name of one, which has a line of its own.
            Some(providers) if key.trim().ends_with("global-credential-providers") => {
                setups.extend(providers.iter().filter_map(|line| provider(words(line))));
            }
            Some(words) => setups.extend(provider(words)),
            None => setups.extend(provider(words(&bare(value)))),
        }
    }
    setups
}

/// pip's configuration: with `keyring-provider = subprocess` it runs `keyring`, whatever program that is.
#[must_use]
pub fn pip_config(text: &str) -> Vec<Setup> {
    let runs_keyring = text.lines().filter_map(|line| line.split_once(['=', ':'])).any(|(key, value)| {
        matches!(key.trim(), "keyring-provider" | "keyring_provider") && value.trim() == "subprocess"
    });
    let keyring = Setup { program: KEYRING.to_owned(), profile: None };
    if runs_keyring { vec![keyring] } else { Vec::new() }
}

/// The name by which pip and uv look for jeton, and for another program.
pub(super) const KEYRING: &str = "keyring";

/// `.bazelrc`: `--credential_helper=[HOST=]PROGRAM` behind any command.
#[must_use]
pub fn bazelrc(text: &str) -> Vec<Setup> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let options = lines.flat_map(words).filter_map(|word| word.strip_prefix("--credential_helper=").map(str::to_owned));
    let programs = options.map(|value| value.rsplit_once('=').map_or(value.clone(), |(_, program)| program.to_owned()));
    programs.filter_map(|program| command(&[program])).collect()
}

/// `.terraformrc`: `credentials_helper "NAME"` runs `terraform-credentials-NAME`, with the words of `args`.
#[must_use]
pub fn terraform_config(text: &str) -> Vec<Setup> {
    let Some((_, block)) = text.lines().map(str::trim).find_map(|line| {
        let name = words(line.strip_prefix("credentials_helper")?.split('{').next()?).pop()?;
        (name == "jeton").then_some(((), text.split_once(line)?.1))
    }) else {
        return Vec::new();
    };
    let block = block.split('}').next().unwrap_or_default();
    let args = block.lines().filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == "args");
    let mut words = vec![TERRAFORM_HELPER.to_owned()];
    words.extend(args.and_then(|(_, value)| toml_strings(value.trim())).unwrap_or_default());
    command(&words).into_iter().collect()
}

/// The name by which Terraform looks for jeton, in its own folders.
pub(super) const TERRAFORM_HELPER: &str = "terraform-credentials-jeton";

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
    stem == "jeton" || stem == TERRAFORM_HELPER || stem.strip_suffix("-credential-jeton").is_some_and(is_tool)
}

/// The tools that find jeton by a link that is called after them.
fn is_tool(name: &str) -> bool {
    matches!(name, "git" | "docker" | "cargo" | "bazel")
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

    #[test]
    fn cargos_providers_are_words_in_a_text_or_an_array() {
        let text = "[registry]\nglobal-credential-providers = [\"cargo:token\", \"jeton-cargo\", \"/a/jeton cargo\"]\n\
                    [credential-alias]\njeton-cargo = [\"jeton\", \"cargo\", \"-p\", \"work\"]\n\
                    [registries.a]\nindex = \"sparse+https://jeton.example/\"\n\
                    credential-provider = \"cargo:token-from-stdout jeton cargo --profile ci\"\n\
                    [registries.b]\ncredential-provider = [\"cargo-credential-jeton\"]\n\
                    [registries.c]\ncredential-provider = \"cargo:wincred\"\ncredential-provider = [\n";
        assert_eq!(
            cargo_config(text),
            [
                setup("/a/jeton", None),
                setup("jeton", Some("work")),
                setup("jeton", Some("ci")),
                setup("cargo-credential-jeton", None)
            ]
        );
    }

    #[test]
    fn what_pip_bazel_and_terraform_run_is_known_by_its_name() {
        assert_eq!(pip_config("[global]\nkeyring-provider = subprocess\n"), [setup("keyring", None)]);
        assert_eq!(pip_config("[global]\nkeyring-provider = import\nindex-url = x\n"), []);
        let bazel = "common --credential_helper=*.contoso.example=bazel-credential-jeton\n\
                     #build --credential_helper=/gone/bazel-credential-jeton\n\
                     build --x --credential_helper=/opt/bazel-credential-jeton --credential_helper=h=%workspace%/other\n";
        assert_eq!(bazelrc(bazel), [setup("bazel-credential-jeton", None), setup("/opt/bazel-credential-jeton", None)]);
        let terraform = "credentials_helper \"jeton\" {\n  args = [\"-p\", \"modules\"]\n}\n";
        assert_eq!(terraform_config(terraform), [setup("terraform-credentials-jeton", Some("modules"))]);
        assert_eq!(terraform_config("credentials_helper \"jeton\" {}"), [setup("terraform-credentials-jeton", None)]);
        assert_eq!(terraform_config("credentials_helper \"other\" {\n args = [\"jeton\"]\n}\n"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(helper|command|credential_process|credentials_helper \"jeton\" \\{)? ?[:=]?[\\PC\n\"'\\\\]{0,80}") {
            for read in [kubeconfig, aws_config, git_config, docker_config] {
                let _ = read(&text);
            }
            for read in [cargo_config, pip_config, bazelrc, terraform_config] {
                let _ = read(&text);
            }
        }
    }
}
