//! The forms of `jeton token`, for scripts. Each ends with a line end.

use serde::Serialize;

use super::line;
use crate::clock;
use crate::token::Token;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    token_type: &'a str,
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
}

/// The token alone.
#[must_use]
pub fn token(token: &Token) -> String {
    line::of([token.value.expose()])
}

/// One JSON object: accessToken, expiresOn (RFC 3339, UTC, where it is known), tokenType, scopes, tenant.
#[must_use]
pub fn json(token: &Token) -> String {
    let document = Document {
        access_token: token.value.expose(),
        expires_on: token.expiry().map(clock::rfc3339),
        token_type: &token.token_type,
        scopes: &token.scopes,
        tenant: token.tenant.as_deref(),
    };
    line::json(&document, token.value.expose())
}

/// Headers that go along with a token, by name.
pub type Beside<'a> = [(&'a str, &'a str)];

/// An HTTP header line (RFC 6750 section 2.1), and one for each of those that go along.
#[must_use]
pub fn header(token: &Token, beside: &Beside<'_>) -> String {
    let mut text = line::of(["Authorization: ", &token.token_type, " ", token.value.expose()]);
    beside.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\n")));
    text
}

/// The value of an Authorization header (RFC 9110 section 11.6.2), for tools that add the header's name.
#[must_use]
pub fn authorization(token: &Token) -> String {
    [&token.token_type, " ", token.value.expose()].concat()
}

/// The same and a line end.
#[must_use]
pub fn authorization_line(token: &Token) -> String {
    line::of([&token.token_type, " ", token.value.expose()])
}

/// Lines for `eval` in a POSIX shell.
#[must_use]
pub fn env(token: &Token) -> String {
    let mut text = format!(
        "export JETON_TOKEN={}\nexport JETON_TOKEN_TYPE={}\n",
        quoted(token.value.expose()),
        quoted(&token.token_type)
    );
    if let Some(at) = token.expiry() {
        text.push_str(&format!("export JETON_TOKEN_EXPIRES_ON={}\n", quoted(&clock::rfc3339(at))));
    }
    text
}

/// A configuration that `curl -K -` reads from its standard input, so that the token stands in no argument list.
#[must_use]
pub fn curl(token: &Token, beside: &Beside<'_>) -> String {
    let lines = header(token, beside);
    let quoted = lines.lines().map(|line| line.replace('\\', "\\\\").replace('"', "\\\""));
    quoted.map(|line| format!("header = \"{line}\"\n")).collect()
}

/// Single quotes take everything literally but themselves.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::token as sample;

    #[test]
    fn each_form_is_as_documented() {
        let token_ = sample("a.b'c\"d\\e", 0, 3600);
        assert_eq!(token(&token_), "a.b'c\"d\\e\n");
        assert_eq!(
            json(&token_),
            concat!(
                r#"{"accessToken":"a.b'c\"d\\e","expiresOn":"1970-01-01T01:00:00Z","tokenType":"Bearer","#,
                r#""scopes":["r/.default"],"tenant":"t"}"#,
                "\n"
            )
        );
        assert_eq!(header(&token_, &[]), "Authorization: Bearer a.b'c\"d\\e\n");
        assert_eq!(header(&token_, &[("a", "b")]), "Authorization: Bearer a.b'c\"d\\e\na: b\n");
        assert_eq!(authorization_line(&token_), "Bearer a.b'c\"d\\e\n");
        assert_eq!(env(&token_).lines().next(), Some(r#"export JETON_TOKEN='a.b'\''c"d\e'"#));
        assert_eq!(curl(&token_, &[("a", "b")]).lines().nth(1), Some("header = \"a: b\""));
        assert_eq!(curl(&token_, &[]), "header = \"Authorization: Bearer a.b'c\\\"d\\\\e\"\n");
    }
}
