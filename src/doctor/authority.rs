//! The authority of each profile: whether it can be reached and trusted, knows the tenant, and has the same time.

use std::collections::BTreeSet;

use super::{Examination, Finding};
use crate::clock::{self, Deadline};
use crate::entra::Authority;
use crate::http::{Answer, Call, Method};
use crate::platform;
use crate::profile::{Field, Flags, FlowName, Settings, Store};

const CHECK: &str = "authority";
/// Seconds by which clocks may differ before it is told.
const NOTABLE: u64 = 60;
/// Seconds from which on assertions are refused and tokens are taken for expired: what Entra lets pass is 5 minutes.
const HARMFUL: u64 = 300;
/// More of them are asked for nobody.
const MOST: usize = 10;

pub(super) fn check(examination: &Examination<'_>, store: &Store, named: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut hosts = BTreeSet::new();
    for authority in authorities(store, named) {
        let is_new = hosts.insert(authority.base().to_owned());
        findings.extend(ask(examination, &authority, is_new));
    }
    findings
}

/// Those of the profiles, or of the environment where there are none. What can't be made out is told by other checks.
fn authorities(store: &Store, named: &[String]) -> Vec<Authority> {
    let mut found: Vec<Authority> = Vec::new();
    let names: Vec<Option<&str>> =
        if named.is_empty() { vec![None] } else { named.iter().map(|name| Some(name.as_str())).collect() };
    for name in names {
        let Ok(settings) = Settings::load(Flags::default(), name, store) else { continue };
        let elsewhere = [FlowName::ManagedIdentity, FlowName::AzureCli, FlowName::Azd];
        if settings.flow_name().is_ok_and(|flow| elsewhere.contains(&flow) || flow.is_databricks()) {
            continue;
        }
        let tenant = settings.text(Field::Tenant).ok().flatten().unwrap_or_else(|| "common".to_owned());
        let Ok((authority, _)) = settings.authority(&tenant) else { continue };
        if !found.contains(&authority) && found.len() < MOST {
            found.push(authority);
        }
    }
    found
}

fn ask(examination: &Examination<'_>, authority: &Authority, is_new: bool) -> Vec<Finding> {
    let url = authority.configuration_url();
    let call = Call::new(Method::Get, &url, Deadline::after(examination.limit));
    let begun = clock::now_millis();
    let answer = match examination.http.send(&call, examination.log) {
        Ok(answer) => answer,
        Err(error) => return vec![Finding::of(CHECK, &error)],
    };
    let now = begun.midpoint(clock::now_millis()) / 1000;
    let mut findings = Vec::new();
    if is_new {
        let way = examination.http.way_to(&url).unwrap_or_default();
        findings.push(Finding::ok(CHECK, format!("{} answers, {way}", authority.base())));
        findings.extend(answer.date.map(|date| time(date, now)));
    }
    findings.push(tenant(authority, &answer));
    findings
}

fn time(date: u64, now: u64) -> Finding {
    const CHECK: &str = "clock";
    let off = date.abs_diff(now);
    let side = if now > date { "ahead of" } else { "behind" };
    let text = format!("this machine's clock is {off} s {side} the authority's");
    match off {
        // (Date has whole seconds.)
        0..=2 => Finding::ok(CHECK, "as the authority's"),
        3..=NOTABLE => Finding::ok(CHECK, text),
        off if off < HARMFUL => Finding::warning(CHECK, text, platform::clock_command()),
        _ => Finding::fail(CHECK, text, platform::clock_command()),
    }
}

fn tenant(authority: &Authority, answer: &Answer) -> Finding {
    const CHECK: &str = "tenant";
    let (tenant, status) = (authority.tenant(), answer.status);
    match status {
        200 => Finding::ok(CHECK, format!("{tenant} is known")),
        // AADSTS90002 and 900023 ("Microsoft Entra authentication and authorization error codes").
        400 | 404 => Finding::fail(
            CHECK,
            format!("{} does not know the tenant {tenant} (status {status})", authority.base()),
            "check the tenant's id or domain, and the cloud: jeton profile edit NAME --tenant ... --cloud ...",
        ),
        _ => Finding::warning(
            CHECK,
            format!("{} answers with status {status} to a question about {tenant}", authority.base()),
            "see whether a proxy or a sign-in page of this network answers in its place, or try again later",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_what_it_harms() {
        let state = |date, now| time(date, now).state;
        assert_eq!(state(1000, 1002), State::Ok);
        assert_eq!(state(1000, 1060), State::Ok);
        assert_eq!(state(1000, 1061), State::Warning);
        assert_eq!(state(1299, 1000), State::Warning);
        assert_eq!(state(1300, 1000), State::Fail);
        assert!(time(1300, 1000).text.contains("300 s behind"));
        assert!(time(1000, 1300).text.contains("300 s ahead of"));
    }
}
