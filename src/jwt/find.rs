//! Finds the token in what a tool printed or a person pasted.
//!
//! Known are the answers of az, azd, databricks, gcloud, kubelogin (ExecCredential) and jeton itself, header lines, curl
//! configurations, lines for a shell, tables and panels, and files in UTF-16 as PowerShell writes them.

use serde_json::Value;
use zeroize::Zeroizing;

use super::{Jwt, scan};

/// What was found in a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A token that can be read.
    Jwt(Jwt),
    /// A JSON Web Encryption: only its recipient can read the claims.
    Encrypted,
    /// A JSON Web Token that is cut or damaged.
    Damaged,
    /// A Databricks personal access token.
    Pat,
    /// Something that can be a token, of a form that says nothing.
    Opaque,
    /// No token.
    Nothing,
}

impl Found {
    /// This, or `other` if it says more.
    pub(super) fn or(self, other: Self) -> Self {
        if other.rank() < self.rank() { other } else { self }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Jwt(_) => 0,
            Self::Encrypted => 1,
            Self::Pat => 2,
            Self::Damaged => 3,
            Self::Opaque => 4,
            Self::Nothing => 5,
        }
    }
}

/// Finds the token in `text`. In a JSON document a field's name counts before what is in it: of an access token and an id
/// token the access token is taken.
#[must_use]
pub fn find(text: &[u8]) -> Found {
    let text = plain(&decode(text));
    let text = text.trim();
    in_json(text).unwrap_or_else(|| in_text(text))
}

/// UTF-8, or UTF-16 with its mark, which is what `>` makes in Windows PowerShell.
fn decode(text: &[u8]) -> Zeroizing<String> {
    let wide = |pairs: &[u8], order: fn([u8; 2]) -> u16| {
        let units: Zeroizing<Vec<u16>> =
            Zeroizing::new(pairs.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect());
        String::from_utf16_lossy(&units)
    };
    Zeroizing::new(match text {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(text).into_owned(),
    })
}

/// Without a terminal's colours and links (ECMA-48 control sequences).
fn plain(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => match characters.next() {
                Some('[') => {
                    let _ = characters.find(|c| ('@'..='~').contains(c));
                }
                // It ends with BEL, or with ESC and a backslash.
                Some(']') => {
                    let end = characters.find(|c| matches!(c, '\u{7}' | '\u{1b}'));
                    if end == Some('\u{1b}') {
                        characters.next();
                    }
                }
                _ => {}
            },
            '\n' => plain.push(c),
            c if c.is_control() => plain.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            c => plain.push(c),
        }
    }
    plain
}

/// The token of a JSON document, also of one with other lines before and behind it.
fn in_json(text: &str) -> Option<Found> {
    let document = serde_json::from_str(text).ok().or_else(|| {
        let (start, end) = (text.find('{')?, text.rfind('}')?);
        serde_json::from_str(text.get(start..=end)?).ok()
    })?;
    // A bare number or word is no document.
    let is_document = matches!(document, Value::Object(_) | Value::Array(_) | Value::String(_));
    let mut best = None;
    walk(None, &document, &mut best);
    match best {
        Some((_, found)) => Some(found),
        None => is_document.then_some(Found::Nothing),
    }
}

/// How sure a field's name makes it that this is the token that is meant; smaller is surer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Access,
    Token,
    Id,
    Other,
    Refresh,
}

impl Field {
    fn of(name: &str) -> Self {
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(40).collect();
        match name.as_str() {
            "accesstoken" | "bearertoken" => Self::Access,
            "token" | "authtoken" | "sessiontoken" | "authorization" | "password" | "secret" => Self::Token,
            "idtoken" => Self::Id,
            "refreshtoken" | "identitytoken" => Self::Refresh,
            _ => Self::Other,
        }
    }
}

/// Looks through a document. serde_json bounds its depth (128).
fn walk(name: Option<&str>, value: &Value, best: &mut Option<(Field, Found)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(Some(name), value, best)),
        // The name of a list counts for what is in it: {"headers":{"Authorization":["Bearer ..."]}}
        Value::Array(items) => items.iter().for_each(|item| walk(name, item, best)),
        Value::String(text) => {
            // A document that is one string is as good as its text.
            let field = name.map_or(Field::Token, Field::of);
            if best.as_ref().is_some_and(|(known, _)| *known <= field) {
                return;
            }
            let text = text.trim();
            let found = match (scan::scan(text), field) {
                (Found::Nothing, Field::Other) => Found::Nothing,
                (Found::Nothing, _) => opaque(text, true),
                (found, _) => found,
            };
            if found != Found::Nothing {
                *best = Some((field, found));
            }
        }
        _ => {}
    }
}

fn in_text(text: &str) -> Found {
    match scan::scan(text) {
        Found::Nothing => {
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let alone = lines.clone().nth(1).is_none();
            lines.find(|line| opaque(line, alone) == Found::Opaque).map_or(Found::Nothing, |_| Found::Opaque)
        }
        found => found,
    }
}

/// Whether a line has something like a bearer token (RFC 6750 section 2.1) and nothing else but what is written around
/// it. A bare word counts if it is `alone`.
fn opaque(line: &str, alone: bool) -> Found {
    // Shorter ones are words.
    const SHORTEST: usize = 16;
    let quotes = |c: char| matches!(c, '"' | '\'' | '`' | ';' | ',' | '\\');
    let mut words = line.split_whitespace().map(|word| word.trim_matches(quotes)).filter(|word| !word.is_empty());
    let mut wrapped = false;
    let word = loop {
        let Some(word) = words.next() else { return Found::Nothing };
        let name = word.trim_end_matches([':', '=']).to_ascii_lowercase();
        let known = [
            "authorization",
            "authorization:bearer",
            "bearer",
            "export",
            "set",
            "declare",
            "header",
            "-h",
            "token",
            "",
        ];
        if !known.contains(&name.as_str()) && !name.starts_with("$env:") {
            break word;
        }
        wrapped = true;
    };
    let value = value_of(word).unwrap_or(word).trim_matches(quotes);
    wrapped |= value.len() < word.len();
    let is_token = value.len() >= SHORTEST
        && value.trim_end_matches('=').bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
    if is_token && words.next().is_none() && (wrapped || alone) { Found::Opaque } else { Found::Nothing }
}

/// What follows a name and an equals sign. Where nothing follows, the sign may also be the padding at a token's end; but
/// no token is written like the name of a variable.
fn value_of(word: &str) -> Option<&str> {
    let (name, value) = word.split_once('=')?;
    let is_variable = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (is_variable || !value.trim_matches('=').is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::tests::{encode, token};
    use super::*;

    const PAT: &str = "dapi0123456789abcdef0123456789abcdef";
    const OPAQUE: &str = "ya29.a0AfH6SMBx-_opaque";

    fn long() -> String {
        token(&json!({"aud": "right", "groups": (0..40).map(|n| format!("group-{n}")).collect::<Vec<_>>()}))
    }

    /// Every way in which tools write a token: the text before and behind it.
    const AROUND: &[(&str, &str)] = &[
        ("", ""),
        (" \r\n\t", "\r\n\r\n"),
        ("\u{feff}", "\n"),
        ("\"", "\"\n"),
        ("'", "'"),
        ("Bearer ", ""),
        ("bearer ", "\n"),
        ("Authorization: Bearer ", "\r\n"),
        ("authorization:Bearer ", ""),
        ("GET / HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer ", "\r\nAccept: */*\r\n\r\n"),
        ("-H \"Authorization: Bearer ", "\" \\"),
        ("header = \"Authorization: Bearer ", "\"\n"),
        ("export TOKEN=", "\n"),
        ("export DATABRICKS_TOKEN='", "'\n"),
        ("$env:TOKEN = \"", "\"\r\n"),
        ("set TOKEN=", "\r\n"),
        ("TOKEN=", ""),
        ("username=token\npassword=", "\n"),
        ("{\"accessToken\":\"", "\",\"expiresOn\":\"2030-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}"),
        ("{\"token\":\"", "\",\"expiresOn\":\"2030-01-01T00:00:00Z\"}\n"),
        ("{\n  \"access_token\": \"", "\",\n  \"token_type\": \"Bearer\",\n  \"expires_in\": 3600\n}\n"),
        ("{\"credential\":{\"id_token\":\"x.y\",\"access_token\":\"", "\"}}"),
        (
            "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"",
            "\",\"expirationTimestamp\":\"2030-01-01T00:00:00Z\"}}\n",
        ),
        ("{\"headers\":{\"Authorization\":[\"Bearer ", "\"]}}"),
        ("{\"Username\":\"token\",\"Secret\":\"", "\"}"),
        ("[{\"accessToken\":\"", "\"}]"),
        ("WARNING: something\n{\"accessToken\":\"", "\"}\nDone.\n"),
        ("\u{1b}[1m\u{1b}[32m", "\u{1b}[0m\n"),
        ("\u{1b}]8;;https://example.com\u{7}", "\u{1b}]8;;\u{1b}\\\n"),
        ("╭─Access Token─╮\n│ ", " │\n╰──────────────╯\n"),
        ("| Access Token | ", " |\n"),
    ];

    #[test]
    fn a_jwt_is_found_whatever_stands_around_it() {
        let jwt = Jwt::parse(&long()).unwrap();
        for (before, behind) in AROUND {
            let text = format!("{before}{}{behind}", long());
            assert_eq!(find(text.as_bytes()), Found::Jwt(jwt.clone()), "{text}");
        }
    }

    #[test]
    fn a_pat_and_an_opaque_token_are_found_as_such() {
        for (before, behind) in AROUND {
            for (value, found) in
                [(PAT, Found::Pat), (&format!("{PAT}-2"), Found::Pat), (OPAQUE, Found::Opaque), ("", Found::Nothing)]
            {
                // A table's words, a link and lines around a document make a bare word no token.
                let text = format!("{before}{value}{behind}");
                let bare = before.contains(['│', '|']);
                let id_token = before.contains("id_token") && value.is_empty();
                if !(bare && found == Found::Opaque || id_token) {
                    assert_eq!(find(text.as_bytes()), found, "{text}");
                }
            }
        }
        assert!(!scan::is_pat("dapi01234") && !scan::is_pat("dapi0123456789abcdef0123456789abcdef-x"));
    }

    #[test]
    fn prose_is_no_token() {
        for text in
            ["", "hello", "ERROR: Please run 'az login' to setup account.", "null", "42", "{}", "[]", "{\"a\":\"b\"}"]
        {
            assert_eq!(find(text.as_bytes()), Found::Nothing, "{text}");
        }
    }

    #[test]
    fn utf_16_is_read() {
        let wide: Vec<u16> = format!("\u{feff}{}\r\n", long()).encode_utf16().collect();
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = wide.iter().flat_map(|unit| order(*unit)).collect();
            assert!(matches!(find(&bytes), Found::Jwt(_)));
        }
    }

    #[test]
    fn the_access_token_goes_before_others() {
        let of = |name: &str| token(&json!({"which": name}));
        let names = ["refresh_token", "other", "id_token", "token", "access_token"];
        for most in 1..=names.len() {
            let fields: serde_json::Map<_, _> =
                names[..most].iter().map(|name| ((*name).to_owned(), of(name).into())).collect();
            let Found::Jwt(jwt) = find(Value::Object(fields).to_string().as_bytes()) else { panic!("none of {most}") };
            assert_eq!(jwt.claims["which"], names[most - 1]);
        }
        let opaque = json!({"access_token": OPAQUE, "id_token": of("id_token")});
        assert_eq!(find(opaque.to_string().as_bytes()), Found::Opaque);
    }

    #[test]
    fn what_is_cut_or_encrypted_is_told() {
        let whole = long();
        let (cut, _) = whole.rsplit_once('.').unwrap();
        for text in [cut, &cut[..cut.len() - 9], &format!("{}…", &cut[..60]), &format!("{}...", &cut[..80])] {
            assert_eq!(find(text.as_bytes()), Found::Damaged, "{text}");
        }
        let sealed = encode(&json!({"alg": "dir", "enc": "A128GCM"}), &json!({}));
        assert_eq!(find(format!("{sealed}.x.y").as_bytes()), Found::Encrypted);
    }

    #[test]
    fn a_token_in_a_sentence_ends_before_the_full_stop() {
        for end in [".", "...", ", which", "!", ")"] {
            let text = format!("The token ({}{end}\n", long());
            assert!(matches!(find(text.as_bytes()), Found::Jwt(_)), "{text}");
        }
    }

    /// The lines of `text`, `width` characters each.
    fn wrapped(text: &str, width: usize) -> Vec<&str> {
        text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect()
    }

    #[test]
    fn wide_tables_with_the_token_in_any_column_are_read() {
        let token = long();
        for (first, more) in [
            ("│ Token │ {} │", "│       │ {} │"),
            ("│ Token │ {} │ Bearer │", "│       │ {} │        │"),
            ("| {} | Bearer |", "| {} |        |"),
            ("{} \\", "  {} \\"),
            ("> Token: {}", "{}"),
        ] {
            for width in [2, 3, 20, 77] {
                let mut text = String::from("+-------+------+\n");
                for (number, line) in wrapped(&token, width).into_iter().enumerate() {
                    text += &if number == 0 { first } else { more }.replace("{}", line);
                    text += "\n";
                }
                text += "+-------+------+\nExpires in 5 minutes\n";
                assert!(matches!(find(text.as_bytes()), Found::Jwt(_)), "{width}: {text}");
            }
        }
    }

    #[test]
    fn a_text_full_of_beginnings_takes_no_age() {
        let start = std::time::Instant::now();
        for text in ["ey ", "ey\n", "eyJ.", "e30.e30\n", "{\"a\":", "│ey│\n", "ewogIA \n\n"] {
            let _ = find(text.repeat((1 << 18) / text.len()).as_bytes());
        }
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = find(&bytes);
        }

        #[test]
        fn any_text_of_the_right_parts_is_read_without_a_panic(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("eyJhbGciOiJub25lIn0".to_owned()), Just("e30".into()), Just(".".into()), Just("\n".into()),
                    Just("│".into()), Just("|".into()), Just("{\"token\":\"".into()), Just("\"}".into()),
                    Just("Bearer ".into()), Just("=".into()), Just("\u{1b}[".into()), Just("\u{1b}]".into()),
                    Just("──".into()), Just(" ".into()), ".{0,4}",
                ],
                0..30,
            )
        ) {
            let _ = find(parts.concat().as_bytes());
        }

        #[test]
        fn a_token_survives_every_wrapping(
            value in ".{0,200}",
            width in 2_usize..120,
            border in prop_oneof![Just(""), Just("│"), Just("┃"), Just("|"), Just("  ")],
            end in prop_oneof![Just("\n"), Just("\r\n"), Just(" "), Just("\n\n")],
        ) {
            let token = token(&json!({"value": value}));
            let text: String =
                wrapped(&token, width).iter().map(|line| format!("{border} {line} {border}{end}")).collect();
            // (Borders inside one line are no wrapping.)
            prop_assume!(border.trim().is_empty() || end.contains('\n'));
            prop_assert_eq!(find(text.as_bytes()), Found::Jwt(Jwt::parse(&token).unwrap()), "{}", text);
        }
    }
}
