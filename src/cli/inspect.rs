//! `jeton inspect`: what a token says of itself, for a person's eyes.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Map, Value, json};

use super::output;
use super::token_input::TokenInput;
use crate::clock;
use crate::entra;
use crate::error::{Error, Kind, Result, clean};
use crate::jwt::{Found, Jwt, Standing};

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    input: TokenInput,
    /// Print a JSON object: header, claims, expiresOn, expired, notYetValid, signatureVerified
    #[arg(long)]
    json: bool,
    /// Print only the values of these claims, a line each (list separated by commas); with --json an object of them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    claims: Vec<String>,
    /// Print only the header
    #[arg(long, conflicts_with = "claims")]
    header: bool,
}

impl InspectArgs {
    pub(super) fn run(self) -> Result<()> {
        let input = self.input.read(true)?;
        let Found::Jwt(jwt) = &input.found else {
            return input.not_a_jwt().map_or(Ok(()), Err);
        };
        let now = clock::now();
        let standing = jwt.standing(now);
        output::print(&self.render(jwt, standing, now)?)?;
        match problem(standing, now) {
            None => Ok(()),
            Some(problem) => Err(problem.hint("get a fresh one: jeton token")),
        }
    }

    fn render(&self, jwt: &Jwt, standing: Standing, now: u64) -> Result<String> {
        if !self.claims.is_empty() {
            return self.chosen(jwt);
        }
        if self.header {
            let header = Value::Object(jwt.header.clone());
            return Ok(if self.json { output::json(&header) } else { lines(&jwt.header, |_| None, "") });
        }
        if self.json {
            return Ok(output::json(&json!({
                "header": jwt.header,
                "claims": jwt.claims,
                "expiresOn": jwt.expires_at().map(clock::rfc3339),
                "expired": matches!(standing, Standing::Expired(_)),
                "notYetValid": matches!(standing, Standing::NotYetValid(_)),
                "signatureVerified": false,
            })));
        }
        let header = lines(&jwt.header, |_| None, "  ");
        let claims = lines(&jwt.claims, |name| explain(jwt, name, now), "  ");
        let status = status(jwt, standing, now);
        Ok(format!("Header\n{header}\nClaims\n{claims}\nSignature not verified\nStatus: {status}\n"))
    }

    /// The values of the chosen claims, in their order.
    fn chosen(&self, jwt: &Jwt) -> Result<String> {
        let mut chosen = Map::new();
        let mut text = String::new();
        for name in self.claims.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let value = jwt.claims.get(name).ok_or_else(|| {
                let mut names: Vec<_> = jwt.claims.keys().map(String::as_str).collect();
                names.sort_unstable();
                Error::new(Kind::Failed, format!("the token has no claim {name:?}"))
                    .hint(format!("it has: {}", names.join(", ")))
            })?;
            text.push_str(&raw(value));
            text.push('\n');
            chosen.insert(name.to_owned(), value.clone());
        }
        if chosen.is_empty() {
            return Err(Error::usage("--claims names no claim").hint("name some, such as --claims aud,exp"));
        }
        Ok(if self.json { output::json(&Value::Object(chosen)) } else { text })
    }
}

/// Why the token is no good now, in the words that `discover` has too.
pub(super) fn problem(standing: Standing, now: u64) -> Option<Error> {
    let message = match standing {
        Standing::Valid => return None,
        Standing::Expired(at) => format!("the token expired {} ({})", clock::in_words(at, now), clock::rfc3339(at)),
        Standing::NotYetValid(at) => {
            format!("the token is not valid yet: it will be {} ({})", clock::in_words(at, now), clock::rfc3339(at))
        }
    };
    Some(Error::new(Kind::Token, message))
}

fn status(jwt: &Jwt, standing: Standing, now: u64) -> String {
    match (standing, jwt.expires_at()) {
        (Standing::Valid, Some(at)) => format!("valid, expires {}", clock::in_words(at, now)),
        (Standing::Valid, None) => "valid, does not say when it expires".to_owned(),
        (Standing::Expired(at), _) => format!("expired {}", clock::in_words(at, now)),
        (Standing::NotYetValid(at), _) => format!("not valid yet, will be {}", clock::in_words(at, now)),
    }
}

/// A line for each member, sorted by name. Whoever made the token, it can't move the cursor or add lines.
fn lines(members: &Map<String, Value>, explain: impl Fn(&str) -> Option<String>, indent: &str) -> String {
    let mut members: Vec<(String, &str, &Value)> =
        members.iter().map(|(name, value)| (clean(name), name.as_str(), value)).collect();
    members.sort_by(|one, other| one.1.cmp(other.1));
    // A name that is longer than any real one does not push the others aside.
    let width = members.iter().map(|(shown, ..)| shown.chars().count()).filter(|width| *width <= 24).max().unwrap_or(0);
    let mut text = String::new();
    for (shown, name, value) in members {
        let _ = write!(text, "{indent}{shown:width$}  {}", readable(value));
        if let Some(words) = explain(name) {
            let _ = write!(text, "  ({})", clean(&words));
        }
        text.push('\n');
    }
    text
}

fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            clean(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        other => clean(&other.to_string()),
    }
}

/// The value alone on one line, for a script: text as it is (as a JSON string if a terminal could take it for a
/// command), all else as JSON.
fn raw(value: &Value) -> String {
    let written = value.to_string();
    let escaped = output::escape(&written).trim_end().to_owned();
    match value.as_str() {
        Some(text) if escaped == written && !text.contains(char::is_control) => text.to_owned(),
        _ => escaped,
    }
}

/// What a claim means: its time in words, the name of a resource, or what it is for.
fn explain(jwt: &Jwt, name: &str, now: u64) -> Option<String> {
    let meaning = meaning(name);
    if let Some(at) = time(jwt, name) {
        let words = format!("{}, {}", clock::rfc3339(at), clock::in_words(at, now));
        return Some(meaning.map_or_else(|| words.clone(), |meaning| format!("{meaning}: {words}")));
    }
    let resource = match jwt.claims.get(name) {
        Some(Value::String(audience)) if name == "aud" => entra::name_of(audience),
        _ => None,
    };
    Some(match resource {
        Some(resource) => format!("{}: {resource}", meaning.unwrap_or_default()),
        None => meaning?.to_owned(),
    })
}

/// The time that a claim holds, if it holds one.
fn time(jwt: &Jwt, name: &str) -> Option<u64> {
    /// From 2000 to 2100: other numbers under a private name are no times.
    const PLAUSIBLE: std::ops::Range<u64> = 946_684_800..4_102_444_800;
    match name {
        "exp" | "nbf" | "iat" | "auth_time" | "updated_at" => jwt.time(name),
        _ if name.starts_with("xms_") && jwt.claims.get(name).is_some_and(Value::is_number) => {
            jwt.time(name).filter(|at| PLAUSIBLE.contains(at))
        }
        _ => None,
    }
}

/// Sources: RFC 7519 section 4.1, OpenID Connect Core section 2, "Access token claims reference" and "ID token claims
/// reference" of the Microsoft identity platform.
fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "acr" => "strength of the sign-in",
        "amr" => "how the user signed in",
        "appid" | "azp" => "client id of the app that got it",
        "appidacr" | "azpacr" => "how that app proved itself; 0: not at all, 1: secret, 2: certificate",
        "aud" => "for whom it is",
        "auth_time" => "signed in",
        "exp" => "expires",
        "groups" => "object ids of the user's groups",
        "iat" => "issued",
        "idp" => "who signed the user in, where that is not the issuer",
        "idtyp" => "app: an app's own token, user: a user's",
        "ipaddr" => "address of the sign-in",
        "iss" => "who issued it",
        "jti" | "uti" => "id of this token",
        "nbf" => "valid from",
        "oid" => "object id of the user or service principal",
        "preferred_username" | "upn" | "unique_name" => "sign-in name, which can change",
        "roles" => "app roles: what it may do",
        "scp" => "delegated permissions: what it may do for the user",
        "sid" => "id of the session",
        "sub" => "whom it is about, as that app knows it",
        "tid" => "tenant",
        "ver" => "version of the token's format",
        "wids" => "directory roles, by template id",
        "xms_cc" => "what the client can do; cp1: answer a claims challenge",
        "xms_mirid" => "resource id of the managed identity",
        "xms_tcdt" => "tenant created",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::Jwt;

    fn jwt(claims: Value) -> Jwt {
        let Value::Object(claims) = claims else { panic!("an object") };
        Jwt { header: Map::new(), claims }
    }

    #[test]
    fn claims_are_explained() {
        let jwt = jwt(json!({
            "aud": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", "exp": 1_800_000_120, "auth_time": "1800000000",
            "xms_tcdt": 1_500_000_000, "xms_st": {"sub": "x"}, "xms_n": 7, "mine": 1_800_000_000,
        }));
        for (name, words) in [
            ("aud", Some("for whom it is: databricks")),
            ("exp", Some("expires: 2027-01-15T08:02:00Z, in 2 minutes")),
            ("auth_time", Some("signed in: 2027-01-15T08:00:00Z, now")),
            ("xms_tcdt", Some("tenant created: 2017-07-14T02:40:00Z, 9 years ago")),
            ("xms_st", None),
            ("xms_n", None),
            ("mine", None),
        ] {
            assert_eq!(explain(&jwt, name, 1_800_000_000).as_deref(), words, "{name}");
        }
    }

    #[test]
    fn raw_values_stay_one_line_each() {
        for (value, text) in [
            (json!("plain é"), "plain é"),
            (json!("say \"a\\b\""), "say \"a\\b\""),
            (json!("two\nlines"), "\"two\\nlines\""),
            (json!("\u{1b}[2J"), "\"\\u001b[2J\""),
            (json!("\u{9b}2J\u{202e}"), "\"\\u009b2J\\u202e\""),
            (json!(["a", 1, "\u{7f}"]), "[\"a\",1,\"\\u007f\"]"),
            (json!(5), "5"),
            (json!(""), ""),
        ] {
            assert_eq!(raw(&value), text);
        }
        let long = "x".repeat(5000);
        assert_eq!(raw(&json!(long)), long);
    }
}
