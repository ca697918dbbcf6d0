//! What Entra's refusals mean for people, and what an OAuth error means for the program.
//!
//! The two are kept apart, as Microsoft's reference asks: the program reacts to the field `error` alone ([`kind_of`]),
//! because AADSTS numbers and texts may change at any time; the numbers only choose the words that are shown
//! ([`for_code`]), and a number that is not known here costs nothing but those words.
//!
//! Source: "Microsoft Entra authentication and authorization error codes" (MicrosoftDocs/entra-docs,
//! `docs/identity-platform/reference-error-codes.md`, commit 04f65548), also for the numbers in [`table`].

mod table;

use self::table::TABLE;
use crate::error::Kind;

/// One AADSTS number in plain words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The number behind `AADSTS`.
    pub(crate) code: u32,
    /// What is wrong: a sentence in lower case without a full stop.
    pub(crate) meaning: &'static str,
    /// What to do about it: an imperative that may hold `{tenant}`, `{client}` and `{scope}`.
    pub(crate) next: &'static str,
}

/// What [`Advice::next`] names. An empty field is put into general words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context<'a> {
    /// Tenant id or domain.
    pub(crate) tenant: &'a str,
    /// Application (client) id.
    pub(crate) client: &'a str,
    /// The scope, or the v1 resource.
    pub(crate) scope: &'a str,
}

impl Advice {
    /// The next step, with what this call was about in place of the placeholders.
    ///
    /// The text is gone through once, so that a value which looks like a placeholder stays as it is.
    pub(crate) fn next(&self, context: &Context<'_>) -> String {
        let mut filled = String::with_capacity(self.next.len() + 80);
        let mut rest = self.next;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let (kind, value) = match name {
                "tenant" => ("tenant", context.tenant),
                "client" => ("app", context.client),
                _ => ("scope", context.scope),
            };
            filled.push_str(if value.is_empty() { "the " } else { "" });
            filled.push_str(kind);
            if !value.is_empty() {
                filled.push(' ');
                filled.push_str(value);
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// The advice for an AADSTS number, if there is any.
pub(crate) fn for_code(code: u32) -> Option<&'static Advice> {
    let index = TABLE.binary_search_by_key(&code, |advice| advice.code).ok()?;
    TABLE.get(index)
}

/// The AADSTS numbers in an `error_description`, in their order, each once. (The field `error_codes` has them too, but
/// not every answer has that field.)
pub(crate) fn codes_in(description: &str) -> Vec<u32> {
    let mut codes = Vec::new();
    for after in description.split("AADSTS").skip(1) {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        // A number that does not fit is none of Entra's.
        if let Ok(code) = after[..digits].parse()
            && !codes.contains(&code)
        {
            codes.push(code);
        }
    }
    codes
}

/// What an OAuth error means for the program: by `error` (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5,
/// OpenID Connect Core section 3.1.2.6, and Entra's page), and by the HTTP status where `error` is unknown.
///
/// `suberror` only takes back the promise that signing in would help. It is what MSAL relies on (MSAL for .NET,
/// `MsalServiceExceptionFactory` and `InvalidGrantClassification`), not part of Entra's contract.
pub(crate) fn kind_of(error: &str, suberror: Option<&str>, status: u16) -> Kind {
    if status == 429 || status >= 500 {
        // Whatever the body says: the service was not able to look at the request.
        return Kind::Network;
    }
    match error {
        "invalid_client" | "unauthorized_client" | "access_denied" | "authorization_declined" => Kind::Refused,
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => match suberror {
            // The token belongs to another app, the app must be managed, or a policy forbids it and only a message
            // would be shown.
            Some("client_mismatch" | "protection_policy_required" | "message_only") => Kind::Refused,
            _ => Kind::SignIn,
        },
        // Device code: nobody has signed in (in time).
        "authorization_pending" | "slow_down" | "expired_token" => Kind::SignIn,
        "invalid_scope" | "invalid_resource" | "invalid_request" | "unsupported_grant_type" => Kind::Configuration,
        "temporarily_unavailable" | "server_error" => Kind::Network,
        _ if matches!(status, 401 | 403) => Kind::Refused,
        _ => Kind::Failed,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every number that Entra's page explains and that a token helper can meet.
    const EXPECTED: &[u32] = &[
        16000, 28002, 28003, 50001, 50002, 50005, 50011, 50012, 50013, 50020, 50033, 50034, 50053, 50055, 50056, 50057,
        50058, 50059, 50072, 50074, 50076, 50078, 50079, 50085, 50089, 50097, 50105, 50126, 50128, 50131, 50132, 50133,
        50158, 50173, 50194, 50196, 53000, 53001, 53002, 53003, 53004, 54005, 65001, 65002, 65004, 70000, 70001, 70002,
        70004, 70007, 70008, 70011, 70016, 70018, 70019, 70043, 80013, 90002, 90006, 90008, 90009, 90012, 90024, 90033,
        90038, 90055, 90072, 90094, 90120, 100_007, 500_011, 500_021, 500_022, 500_133, 500_212, 500_213, 501_481,
        530_032, 530_034, 530_035, 650_052, 650_056, 650_057, 700_005, 700_011, 700_016, 700_022, 700_023, 700_025,
        700_027, 700_030, 700_082, 700_084, 900_144, 900_382, 900_432, 901_002, 7_000_112, 7_000_215, 7_000_218,
        7_000_222, 9_001_023, 9_002_313, 9_002_332,
    ];

    #[test]
    fn the_table_is_sorted_and_complete() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].code, pair[1].code);
        }
        for code in EXPECTED {
            assert_eq!(for_code(*code).map(|advice| advice.code), Some(*code));
        }
        for unknown in [0, 1, u32::MAX] {
            assert_eq!(for_code(unknown), None);
        }
    }

    #[test]
    fn every_text_is_a_line_without_full_stop_and_with_known_placeholders() {
        for Advice { code, meaning, next } in TABLE {
            for text in [meaning, next] {
                assert!(!text.is_empty() && !text.ends_with(['.', ' ', '!']), "{code}: {text}");
                assert!(text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()), "{code}: {text}");
                assert!(text.len() <= 200, "{code}: {text}");
            }
            assert!(!meaning.contains('{'), "{code}: {meaning}");
            for part in next.split('{').skip(1) {
                let name = part.split('}').next().unwrap_or_default();
                assert!(["tenant", "client", "scope"].contains(&name), "{code}: {next}");
            }
        }
    }

    #[test]
    fn the_page_has_every_number_with_what_it_means_and_what_to_do() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/aadsts.md");
        let page = std::fs::read_to_string(path).expect("a page");
        let (before, table) = page.split_once("\n|---|---|---|\n").expect("a table");
        let (_, after) = table.split_once("\n\n").expect("what follows it");
        let row = |advice: &Advice| {
            let next = advice.next(&Context::default()).replace('<', "&lt;");
            format!("| AADSTS{} | {} | {next} |", advice.code, advice.meaning)
        };
        let rows: Vec<_> = TABLE.iter().map(row).collect();
        let right = format!("{before}\n|---|---|---|\n{}\n\n{after}", rows.join("\n"));
        if std::env::var_os("JETON_WRITE_PAGES").is_some() {
            std::fs::write(path, &right).expect("a page");
        }
        assert!(page == right, "docs/aadsts.md is not of this table: JETON_WRITE_PAGES=1 cargo test the_page_has");
    }

    #[test]
    fn a_wrong_secret_and_an_expired_one_are_told_apart() {
        let wrong = for_code(7_000_215).unwrap();
        assert!(wrong.meaning.contains("wrong") && !wrong.meaning.contains("expired"), "{wrong:?}");
        let context = Context { client: "c1", ..Context::default() };
        assert!(wrong.next(&context).contains("Value, not its ID"), "{}", wrong.next(&context));
        assert!(wrong.next(&context).contains("app c1"), "{}", wrong.next(&context));
        assert!(for_code(7_000_222).unwrap().meaning.contains("expired"));
        assert!(for_code(50057).unwrap().meaning.contains("user"));
        assert!(for_code(7_000_112).unwrap().meaning.contains("app"));
    }

    #[test]
    fn placeholders_are_filled_once_and_without_values_by_words() {
        let advice = Advice { code: 1, meaning: "m", next: "ask {tenant} for {scope} of {client}" };
        let context = Context { tenant: "{client}", client: "", scope: "https://a/.default" };
        assert_eq!(advice.next(&context), "ask tenant {client} for scope https://a/.default of the app");
        assert_eq!(advice.next(&Context::default()), "ask the tenant for the scope of the app");
    }

    #[test]
    fn numbers_are_found_in_texts() {
        let text = "AADSTS50076: Due to ... AADSTS700016:AADSTS50076 AADSTS AADSTSx AADSTS99999999999999 xAADSTS70011.";
        assert_eq!(codes_in(text), [50076, 700_016, 70011]);
        assert!(codes_in("").is_empty());
    }

    #[test]
    fn the_error_field_decides() {
        for (error, suberror, status, kind) in [
            ("invalid_client", None, 401, Kind::Refused),
            ("unauthorized_client", None, 400, Kind::Refused),
            ("access_denied", None, 400, Kind::Refused),
            ("authorization_declined", None, 400, Kind::Refused),
            ("invalid_grant", None, 400, Kind::SignIn),
            ("invalid_grant", Some("bad_token"), 400, Kind::SignIn),
            ("invalid_grant", Some("client_mismatch"), 400, Kind::Refused),
            ("invalid_grant", Some("protection_policy_required"), 400, Kind::Refused),
            ("interaction_required", Some("basic_action"), 400, Kind::SignIn),
            ("interaction_required", Some("message_only"), 400, Kind::Refused),
            ("consent_required", None, 400, Kind::SignIn),
            ("login_required", None, 400, Kind::SignIn),
            ("expired_token", None, 400, Kind::SignIn),
            ("invalid_scope", None, 400, Kind::Configuration),
            ("invalid_resource", None, 400, Kind::Configuration),
            ("invalid_request", Some("message_only"), 400, Kind::Configuration),
            ("unsupported_grant_type", None, 400, Kind::Configuration),
            ("temporarily_unavailable", None, 400, Kind::Network),
            ("server_error", None, 400, Kind::Network),
            ("invalid_request", None, 429, Kind::Network),
            ("invalid_grant", None, 503, Kind::Network),
            ("new_error", None, 500, Kind::Network),
            ("new_error", None, 401, Kind::Refused),
            ("new_error", None, 403, Kind::Refused),
            ("", None, 400, Kind::Failed),
        ] {
            assert_eq!(kind_of(error, suberror, status), kind, "{error} {suberror:?} {status}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_a_panic(text in "(AADSTS|[0-9]{1,12}|é|.){0,40}") {
            let codes = codes_in(&text);
            prop_assert!(codes.iter().all(|code| text.contains(&code.to_string())) || text.contains("AADSTS0"));
        }
    }
}
