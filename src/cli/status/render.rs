//! How `jeton status` shows what it found: as a table, or as JSON.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::Owner;
use crate::cache::Listed;
use crate::cli::output;
use crate::cli::profile;
use crate::cli::token::MARGIN;
use crate::clock;
use crate::entra;
use crate::environment;
use crate::platform;
use crate::token::{Life, Phase};
use crate::vault::StoreKind;

/// Characters of an expiry's bar.
const BAR: u64 = 10;
/// Where the state stands in a row.
const STATE: usize = 6;

/// What the output may look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    color: bool,
}

impl Look {
    /// Colour is for a terminal that knows it, unless NO_COLOR is set (no-color.org).
    pub(super) fn of_stdout() -> Self {
        let refused = environment::var("NO_COLOR").is_some() || environment::is_dumb_terminal();
        Self { color: std::io::stdout().is_terminal() && platform::terminal_has_colour() && !refused }
    }
}

pub(super) fn table(owners: &[Owner], now: u64, look: Look) -> String {
    let header =
        ["PROFILE", "FLOW", "WHO", "TENANT", "FOR", "EXPIRES", "STATE", "REFRESH TOKEN"].map(str::to_owned).to_vec();
    let mut rows = vec![header];
    for owner in owners {
        if owner.tokens.is_empty() {
            rows.push(owner.row(None, now));
        }
        rows.extend(owner.tokens.iter().map(|token| owner.row(Some(token), now)));
    }
    profile::painted(&rows, |column, cell, padded| match (look.color, column, cell) {
        (true, STATE, "dead") => format!("\u{1b}[31m{padded}\u{1b}[0m"),
        _ => padded,
    })
}

pub(super) fn json(owners: &[Owner], now: u64) -> String {
    let (profiles, others): (Vec<_>, Vec<_>) = owners.iter().partition(|owner| owner.profile.is_some());
    let objects = |owners: Vec<&Owner>| owners.into_iter().map(|owner| owner.object(now)).collect::<Vec<_>>();
    output::json(&json!({"profiles": objects(profiles), "others": objects(others)}))
}

impl Owner {
    fn row(&self, token: Option<&Listed>, now: u64) -> Vec<String> {
        let dash = || "-".to_owned();
        let who = self.who.as_ref();
        let expires = |token: &Listed| format!("{} {}", bar(token.life, now), left(token.life, now));
        let state = match (token, &self.problem) {
            (Some(token), _) => state(token.life, now).to_owned(),
            (None, Some(problem)) => format!("unusable: {}", problem.message),
            (None, None) => "none".to_owned(),
        };
        vec![
            self.profile.clone().unwrap_or_else(dash),
            token.map_or_else(|| self.flow.clone(), |token| token.flow.clone()),
            self.account(token)
                .or_else(|| who.map(|who| who.client.clone()))
                .filter(|text| !text.is_empty())
                .unwrap_or_else(dash),
            self.tenant(token).unwrap_or_else(dash),
            token.map_or_else(dash, |token| audience(&token.scopes)),
            token.map_or_else(dash, expires),
            state,
            self.refresh_token_place().unwrap_or("-").to_owned(),
        ]
    }

    fn object(&self, now: u64) -> Value {
        let token = |token: &Listed| {
            json!({
                "flow": token.flow,
                "account": token.account,
                "tenant": token.tenant,
                "scopes": token.scopes,
                "issued_at": clock::rfc3339(token.life.issued_at),
                "expires_at": clock::rfc3339(token.life.expires_at),
                "expires_in": token.life.expires_at.saturating_sub(now),
                "state": state(token.life, now),
            })
        };
        let who = self.who.as_ref();
        json!({
            "profile": self.profile,
            "flow": self.flow,
            "account": self.account(None),
            "client_id": who.map(|who| &who.client).filter(|client| !client.is_empty()),
            "tenant": self.tenant(None),
            "authority": who.map(|who| &who.authority),
            "problem": self.problem.as_ref().map(|problem| &problem.message),
            "refresh_token": self.refresh_token_place(),
            "tokens": self.tokens.iter().map(token).collect::<Vec<_>>(),
        })
    }

    /// The user, where one signed in.
    fn account(&self, token: Option<&Listed>) -> Option<String> {
        let kept = || self.refresh_token.as_ref().map(|(label, _)| label.account.clone());
        token.and_then(|token| token.account.clone()).or_else(kept).filter(|account| !account.is_empty())
    }

    fn tenant(&self, token: Option<&Listed>) -> Option<String> {
        let meant = || self.who.as_ref().map(|who| who.tenant.clone());
        token.and_then(|token| token.tenant.clone()).or_else(meant).filter(|tenant| !tenant.is_empty())
    }

    /// `None` for who has no refresh tokens at all.
    fn refresh_token_place(&self) -> Option<&'static str> {
        match &self.refresh_token {
            Some((_, kind)) => Some(StoreKind::name(*kind)),
            None => self.who.as_ref().filter(|who| who.is_user()).map(|_| "none"),
        }
    }
}

/// In the words that one would ask for it with: `databricks`, `arm`, or as it is.
fn audience(scopes: &[String]) -> String {
    let short = |scope: &String| {
        let bare = scope.strip_suffix("/.default").unwrap_or(scope);
        entra::name_of(bare).map_or_else(|| scope.clone(), str::to_owned)
    };
    match scopes {
        [] => "-".to_owned(),
        scopes => scopes.iter().map(short).collect::<Vec<_>>().join(" "),
    }
}

/// How much of its life a token has left.
fn bar(life: Life, now: u64) -> String {
    let whole = life.expires_at.saturating_sub(life.issued_at).max(1);
    let left = life.expires_at.saturating_sub(now).min(whole);
    // Rounded up: as long as it lives there is something of it.
    let full =
        usize::try_from(u128::from(left).saturating_mul(u128::from(BAR)).div_ceil(u128::from(whole))).unwrap_or(0);
    format!("[{}{}]", "#".repeat(full), ".".repeat(BAR as usize - full))
}

fn left(life: Life, now: u64) -> String {
    clock::in_words(life.expires_at, now)
}

fn state(life: Life, now: u64) -> &'static str {
    match life.phase(now, MARGIN) {
        Phase::Fresh => "fresh",
        Phase::Due => "due",
        Phase::Stale => "stale",
        Phase::Dead => "dead",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Life = Life { issued_at: 1000, expires_at: 4600, refresh_at: None };

    #[test]
    fn the_bar_shrinks_to_nothing_with_the_token() {
        for (now, shown) in [
            (1000, "[##########]"),
            (1001, "[##########]"),
            (2800, "[#####.....]"),
            (4599, "[#.........]"),
            (4600, "[..........]"),
            (9999, "[..........]"),
            (0, "[##########]"),
        ] {
            assert_eq!(bar(LIFE, now), shown, "at {now}");
        }
        assert_eq!(bar(Life { expires_at: u64::MAX, ..LIFE }, 1000), "[##########]");
        assert_eq!((left(LIFE, 1000), left(LIFE, 4720)), ("in 60 minutes".to_owned(), "2 minutes ago".to_owned()));
    }

    #[test]
    fn the_states_are_those_of_the_broker() {
        for (now, name) in [(1000, "fresh"), (2800, "due"), (4300, "stale"), (4600, "dead")] {
            assert_eq!(state(LIFE, now), name);
        }
    }

    #[test]
    fn a_known_resource_is_shown_by_its_name() {
        assert_eq!(audience(&["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default".into()]), "databricks");
        assert_eq!(audience(&["api://own/.default".into()]), "api://own/.default");
        assert_eq!(audience(&[]), "-");
    }
}
