//! Questions to a person: one line each, asked again until the answer can be used.

use std::io::{BufRead, Read as _, Write};

use super::Change;
use crate::error::{Error, Kind, Result, clean};
use crate::profile::{FIELDS, Field, Profile};
use crate::secret::SecretSource;

/// A longer answer is a file on standard input by mistake, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What a new profile is asked for. The cloud comes before the scopes, because it says which names of resources it has.
const QUESTIONS: &[Field] = &[
    Field::Tenant,
    Field::ClientId,
    Field::ClientSecret,
    Field::Cloud,
    Field::Endpoint,
    Field::Scopes,
    Field::AwsRoleArn,
    Field::AwsRegion,
];

/// Asks for a new profile's settings.
pub(super) fn create(name: &str, input: &mut impl BufRead, out: &mut impl Write) -> Result<Vec<Change>> {
    let mut draft = Profile { name: name.to_owned(), ..Profile::default() };
    draft.set(Field::ClientSecret, "env:AZURE_CLIENT_SECRET");
    say(out, "Enter takes what stands in brackets, or leaves the setting out; - leaves it out.\n")?;
    let mut changes = Vec::new();
    for field in QUESTIONS {
        if is_idle(*field, &draft) {
            continue;
        }
        let answer = ask(*field, &mut draft, input, out)?;
        changes.extend(answer.or(draft.get(*field)?).map(|value| (*field, value)));
    }
    Ok(changes)
}

/// Asks for what is to change in a profile: the usual settings, and those that it has.
pub(super) fn edit(profile: &Profile, input: &mut impl BufRead, out: &mut impl Write) -> Result<Vec<Change>> {
    let mut draft = profile.clone();
    say(out, "Enter keeps what stands in brackets; - removes it.\n")?;
    let mut changes = Vec::new();
    let others = FIELDS.iter().map(|spec| spec.field).filter(|field| !QUESTIONS.contains(field));
    let others = others.filter(|field| profile.fields.contains_key(field.key()));
    for field in QUESTIONS.iter().copied().chain(others) {
        if is_idle(field, &draft) {
            continue;
        }
        changes.extend(ask(field, &mut draft, input, out)?.map(|value| (field, value)));
    }
    Ok(changes)
}

/// A region without a role says nothing, so it is asked for only where there is a role, or a region already.
fn is_idle(field: Field, draft: &Profile) -> bool {
    let has = |field: Field| draft.fields.contains_key(field.key());
    field == Field::AwsRegion && !has(Field::AwsRoleArn) && !has(field)
}

/// One question: `None` keeps what the draft has, an empty answer removes it. The draft is changed likewise.
fn ask(field: Field, draft: &mut Profile, input: &mut impl BufRead, out: &mut impl Write) -> Result<Option<String>> {
    loop {
        let current = shown(field, draft);
        let spec = field.spec();
        say(
            out,
            &format!("{} - {}{}: ", spec.key, spec.form, current.map(|it| format!(" [{it}]")).unwrap_or_default()),
        )?;
        let answer = match read_line(input)?.trim() {
            "" => None,
            "-" => Some(String::new()),
            text => Some(text.to_owned()),
        };
        let mut next = draft.clone();
        if let Some(text) = &answer {
            next.set(field, text);
        }
        match check(field, answer.as_deref(), &next) {
            Ok(()) => {
                *draft = next;
                return Ok(answer);
            }
            Err(error) => say(out, &format!("{error}\n"))?,
        }
    }
}

/// A switch that is set from text takes any text for "no", so the text itself is looked at.
fn check(field: Field, answer: Option<&str>, next: &Profile) -> Result<()> {
    match (field, answer) {
        (field, Some(text)) if field.is_switch() && !matches!(text, "" | "true" | "false") => {
            Err(Error::configuration(format!("{} is neither true nor false: {text}", field.key()))
                .hint("use one of: true, false"))
        }
        _ => next.check_field(field),
    }
}

/// The draft's value. Of a secret, the place alone.
fn shown(field: Field, draft: &Profile) -> Option<String> {
    let value = draft.get(field).ok()??;
    match field {
        field if field.is_source() && value.parse::<SecretSource>().is_err() => None,
        _ => Some(clean(&value)),
    }
}

/// A question that only `y` or `yes` affirms.
pub(in crate::cli) fn confirm(question: &str, input: &mut impl BufRead, out: &mut impl Write) -> Result<bool> {
    say(out, &format!("{} [y/N]: ", clean(question)))?;
    Ok(matches!(read_line(input)?.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn say(out: &mut impl Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| lost(&error.to_string()))
}

fn read_line(input: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    match input.by_ref().take(LONGEST).read_line(&mut line) {
        Ok(0) => Err(lost("there is no answer")),
        Ok(_) => Ok(line),
        Err(error) => Err(lost(&error.to_string())),
    }
}

fn lost(why: &str) -> Error {
    Error::new(Kind::Failed, format!("the questions were broken off ({why}); nothing was changed"))
        .hint("give the settings as flags; --help lists them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        ask: impl FnOnce(&mut &[u8], &mut Vec<u8>) -> Result<Vec<Change>>,
        answers: &str,
    ) -> (Result<Vec<Change>>, String) {
        let mut out = Vec::new();
        let changes = ask(&mut answers.as_bytes(), &mut out);
        (changes, String::from_utf8(out).unwrap())
    }

    fn change(field: Field, value: &str) -> Change {
        (field, value.to_owned())
    }

    #[test]
    fn a_new_profile_is_asked_for_and_what_is_wrong_asked_again() {
        let answers = "t\nc\n\nmoon\nusgov\n\nUser.Read\ngraph, graph\n\n";
        let (changes, out) = run(|input, out| create("p", input, out), answers);
        assert_eq!(
            changes.unwrap(),
            [
                change(Field::Tenant, "t"),
                change(Field::ClientId, "c"),
                change(Field::ClientSecret, "env:AZURE_CLIENT_SECRET"),
                change(Field::Cloud, "usgov"),
                change(Field::Scopes, "graph, graph"),
            ]
        );
        assert!(out.contains("use one of: public, usgov") && out.contains("single permission"), "{out}");
        assert_eq!(out.matches("cloud - ").count(), 2, "{out}");
    }

    #[test]
    fn a_secret_that_is_typed_by_mistake_is_neither_kept_nor_repeated() {
        let (changes, out) = run(
            |input, out| create("p", input, out),
            "\n\nhunter2\n-\n\n\n\narn:aws:iam::123456789012:role/r\neu-west-1\n",
        );
        assert_eq!(
            changes.unwrap().into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>(),
            [change(Field::AwsRoleArn, "arn:aws:iam::123456789012:role/r"), change(Field::AwsRegion, "eu-west-1")]
        );
        assert!(!out.contains("hunter2"), "{out}");
    }

    #[test]
    fn an_end_of_input_breaks_off() {
        assert_eq!(run(|input, out| create("p", input, out), "t\n").0.unwrap_err().kind, Kind::Failed);
    }

    #[test]
    fn an_edit_shows_what_there_is_and_tells_only_changes() {
        let mut profile = Profile { name: "p".into(), ..Profile::default() };
        for (field, value) in [
            (Field::Tenant, "t\u{1b}"),
            (Field::Scopes, "arm graph"),
            (Field::ClientSecret, "hunter2"),
            (Field::Background, "true"),
        ] {
            profile.set(field, value);
        }
        // Both the tenant and the secret can't be kept as they are.
        let answers = "\nt2\n\n\nenv:S\n\n\n-\n\nmaybe\nfalse\n";
        let (changes, out) = run(|input, out| edit(&profile, input, out), answers);
        assert_eq!(
            changes.unwrap(),
            [
                change(Field::Tenant, "t2"),
                change(Field::ClientSecret, "env:S"),
                change(Field::Scopes, ""),
                change(Field::Background, "false"),
            ]
        );
        assert!(out.contains("[arm graph]") && !out.contains("hunter2") && !out.contains('\u{1b}'), "{out}");
    }

    #[test]
    fn only_yes_is_yes() {
        for (answer, yes) in [("y\n", true), ("YES\n", true), ("\n", false), ("no\n", false), ("yeah\n", false)] {
            assert_eq!(confirm("q", &mut answer.as_bytes(), &mut Vec::new()).unwrap(), yes);
        }
        assert!(confirm("q", &mut &b""[..], &mut Vec::new()).is_err());
    }
}
