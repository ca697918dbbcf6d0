//! Pieces of configuration: that they parse, and the command lines of jeton in them.

use yaml_rust2::{Yaml, YamlLoader};

use super::command::{Line, lines};
use super::page::{Block, Page};

/// A piece of configuration, whatever its form.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Other,
}

/// Reads a block's configuration: `None` for a language that has none, or that no test reads.
pub(super) fn read(block: &Block) -> Option<Result<Value, String>> {
    Some(match block.language.as_str() {
        "json" => serde_json::from_str(&block.text).map(|json| of_json(&json)).map_err(|error| error.to_string()),
        "yaml" | "yml" => match YamlLoader::load_from_str(&block.text) {
            Ok(documents) => Ok(Value::List(documents.iter().map(of_yaml).collect())),
            Err(error) => Err(error.to_string()),
        },
        "toml" => match block.text.parse::<toml::Table>() {
            Ok(table) => Ok(of_toml(&toml::Value::Table(table))),
            Err(error) => Err(error.to_string()),
        },
        "ini" => of_ini(&block.text),
        "hcl" => Ok(of_quoted_lists(&block.text)),
        _ => return None,
    })
}

fn of_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(list) => Value::List(list.iter().map(of_json).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), of_json(value))).collect())
        }
        _ => Value::Other,
    }
}

fn of_yaml(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => Value::Text(text.clone()),
        Yaml::Array(list) => Value::List(list.iter().map(of_yaml).collect()),
        Yaml::Hash(map) => Value::Map(
            map.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), of_yaml(value))).collect(),
        ),
        _ => Value::Other,
    }
}

fn of_toml(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Array(list) => Value::List(list.iter().map(of_toml).collect()),
        toml::Value::Table(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), of_toml(value))).collect()),
        _ => Value::Other,
    }
}

/// Sections, keys and values as ~/.aws/config, .npmrc, systemd and git have them.
fn of_ini(text: &str) -> Result<Value, String> {
    let mut pairs = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if line.starts_with('[') {
            if !line.ends_with(']') {
                return Err(format!("a section that does not end: {line:?}"));
            }
        } else {
            let (key, value) = line.split_once('=').ok_or_else(|| format!("neither section nor key: {line:?}"))?;
            pairs.push((key.trim().to_owned(), Value::Text(value.trim().to_owned())));
        }
    }
    Ok(Value::Map(pairs))
}

/// The lists of texts in HCL, which is all that a command line can be there.
fn of_quoted_lists(text: &str) -> Value {
    let lists = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    Value::List(
        lists
            .map(|(list, _)| {
                Value::List(list.split('"').skip(1).step_by(2).map(|text| Value::Text(text.to_owned())).collect())
            })
            .collect(),
    )
}

/// What stands behind the five fields of the time.
fn of_crontab(line: &str) -> &str {
    let mut line = line;
    for _ in 0..5 {
        line = line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    line
}

/// The command lines of jeton in a block that is no shell's.
pub(super) fn lines_of(block: &Block) -> Vec<Line> {
    let mut found = Vec::new();
    match read(block) {
        Some(Ok(value)) => in_value(&value, &mut found),
        Some(Err(_)) => {}
        None => {
            // Of another language: what looks like a command on a line of its own.
            for line in block.text.lines().map(str::trim) {
                let line = line.strip_prefix("RUN ").or_else(|| line.strip_prefix("CMD ")).unwrap_or(line);
                let line = if block.language == "crontab" { of_crontab(line) } else { line };
                if line.starts_with("jeton ") || block.language == "crontab" {
                    found.extend(lines(line));
                }
            }
        }
    }
    found
}

fn in_value(value: &Value, found: &mut Vec<Line>) {
    match value {
        Value::Text(text) => {
            // `"...jeton" credential-process`, `!jeton git`, a step's script.
            let text = text.trim_start_matches('!');
            found.extend(lines(text));
        }
        Value::List(list) => {
            let texts: Vec<String> = list.iter().filter_map(text_of).collect();
            let program = |word: &String| word.rsplit('/').next() == Some("jeton");
            match texts.iter().position(program) {
                Some(at) if texts.len() == list.len() && texts.len() > at + 1 => {
                    found.push(Line { argv: texts[at..].to_vec(), quoted: true });
                }
                _ => list.iter().for_each(|value| in_value(value, found)),
            }
        }
        Value::Map(map) => {
            let of = |key: &str| map.iter().find(|(name, _)| name == key).map(|(_, value)| value);
            let command = of("command").and_then(text_of).filter(|text| text.rsplit('/').next() == Some("jeton"));
            if let (Some(command), Some(Value::List(args))) = (command, of("args")) {
                let argv = std::iter::once(command).chain(args.iter().filter_map(text_of)).collect();
                found.push(Line { argv, quoted: true });
                return;
            }
            // The bare name of the program in a list of allowed ones is no command line.
            let bare = |value: &Value| text_of(value).is_some_and(|text| text.trim() == "jeton");
            map.iter().filter(|(_, value)| !bare(value)).for_each(|(_, value)| in_value(value, found));
        }
        Value::Other => {}
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The scripts of a CI system's steps, with the variables that stand beside them.
pub(super) fn steps(value: &Value) -> Vec<(String, Vec<(String, String)>)> {
    const KEYS: &[&str] = &["run", "script", "inlineScript", "bash", "before_script"];
    let mut found = Vec::new();
    match value {
        Value::List(list) => found.extend(list.iter().flat_map(steps)),
        Value::Map(map) => {
            let of = |key: &str| map.iter().find(|(name, _)| name == key).map(|(_, value)| value);
            let env = [of("env"), of("variables")].into_iter().flatten().flat_map(|env| match env {
                Value::Map(env) => {
                    env.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect()
                }
                _ => Vec::new(),
            });
            let env: Vec<(String, String)> = env.collect();
            for (key, value) in map {
                let script = match value {
                    Value::Text(text) if KEYS.contains(&key.as_str()) => Some(text.clone()),
                    Value::List(list) if KEYS.contains(&key.as_str()) => {
                        Some(list.iter().filter_map(text_of).collect::<Vec<_>>().join("\n"))
                    }
                    _ => None,
                };
                match script {
                    Some(script) => found.push((script, env.clone())),
                    None => found.extend(steps(value).into_iter().map(|(script, mut own)| {
                        own.splice(0..0, env.iter().cloned());
                        (script, own)
                    })),
                }
            }
        }
        Value::Text(_) | Value::Other => {}
    }
    found
}

/// What does not parse on a page.
pub(super) fn wrong_in(page: &Page) -> Vec<String> {
    let wrong = |block: &Block| match read(block) {
        Some(Err(error)) => Some(format!("{}: not {}: {error}", block.place, block.language)),
        _ => None,
    };
    page.blocks.iter().filter_map(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(language: &str, text: &str) -> Page {
        Page::parse("x.md".into(), &format!("```{language}\n{text}\n```\n"))
    }

    #[test]
    fn what_does_not_parse_is_told() {
        for (language, good, bad) in [
            ("json", r#"{"a": 1}"#, "{a: 1}"),
            ("yaml", "a: [b]", "a: [b"),
            ("toml", "a = 1", "a = b"),
            ("ini", "# x\n[a b]\nc = d", "[a\nc = d"),
            ("ini", "a=b", "a b"),
        ] {
            assert_eq!(wrong_in(&block(language, good)), [""; 0]);
            assert_eq!(wrong_in(&block(language, bad)).len(), 1, "{language}: {bad}");
        }
    }

    #[test]
    fn command_lines_are_found_in_each_form() {
        for (language, text) in [
            ("json", r#"{"command": "/home/me/.local/bin/jeton google -p x"}"#),
            ("yaml", "exec: {command: jeton, args: [google, -p, x]}"),
            ("yaml", "- run: |\n    true\n    jeton google -p x"),
            ("toml", r#"provider = ["jeton", "google", "-p", "x"]"#),
            ("toml", r#"provider = ["cargo:token-from-stdout", "jeton", "google", "-p", "x"]"#),
            ("ini", "credential_process = jeton google -p x"),
            ("hcl", r#"program = ["jeton", "google", "-p", "x"]"#),
            ("dockerfile", "RUN jeton google -p x"),
            ("crontab", "0 3 * * * $HOME/bin/jeton google -p x"),
        ] {
            let found = lines_of(&block(language, text).blocks[0]);
            assert_eq!(found.len(), 1, "{language}: {text}");
            assert_eq!(found[0].argv[1..], ["google", "-p", "x"], "{language}: {text}");
        }
    }
}
