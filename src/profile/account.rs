//! Whose token a tool gets that asks for an account by tenant or subscription, as `az` and `azd` are asked.

use super::databricks;
use super::{Field, Flags, Origin, Profile, Settings, Store};
use crate::environment;
use crate::error::{Error, Result};

/// What the tool said of the account that it means.
#[derive(Debug, Clone, Copy, Default)]
pub struct Account<'a> {
    /// Tenant id or domain.
    pub tenant: Option<&'a str>,
    /// Subscription, by its id or name.
    pub subscription: Option<&'a str>,
    /// The tool that is stood in for: a profile of that name is for it.
    pub tool: &'static str,
}

/// Who answers.
#[derive(Debug)]
pub enum Named {
    /// These settings.
    Settings(Box<Settings>),
    /// Nobody: there are no profiles, and the environment names no client and no flow.
    Nobody,
    /// There are accounts, but none has that subscription.
    NoSuchSubscription,
}

impl Settings {
    /// The settings that answer for `account`, in this order:
    ///
    /// 1. the profile of JETON_PROFILE, and no other,
    /// 2. where a subscription is asked for, the profile that has it in `subscription`, or as its name; or flags and
    ///    environment alone where JETON_SUBSCRIPTION, AZURE_SUBSCRIPTION_ID or ARM_SUBSCRIPTION_ID is that one; and no other,
    /// 3. where a tenant is asked for, the profiles whose `tenant` it is,
    /// 4. all profiles; those with Databricks' own tokens are no accounts of Entra.
    ///
    /// Of several, the one counts that is called like the tool, then `default`. Where there is none of these in 4, flags and
    /// environment alone count, if they name a client or a flow, then the only profile.
    ///
    /// # Errors
    /// A profile that is not there, a malformed profiles.json, several that answer equally well (Kind::Configuration, with
    /// their names).
    pub fn load_account(flags: Flags, account: Account<'_>, store: &Store) -> Result<Named> {
        let with = |flags, profile| Ok(Named::Settings(Box::new(Self::with(flags, profile))));
        if let Some(name) = environment::profile() {
            let profile = store.find(&name)?;
            let other = profile.get(Field::Subscription)?;
            return match account.subscription {
                Some(asked) if other.is_some_and(|known| !same(&known, asked)) && !same(&profile.name, asked) => {
                    Ok(Named::NoSuchSubscription)
                }
                _ => with(flags, Some(profile)),
            };
        }
        let Account { tenant, subscription, tool } = account;
        let question = format!("of {tool} {} {}", tenant.unwrap_or_default(), subscription.unwrap_or_default());
        let alone = Self::with(flags.clone(), None);
        if let Some(subscription) = subscription {
            if let Some(profile) = store.choose(&question, None, &|all| with_subscription(all, subscription, tool))? {
                return with(flags, Some(profile));
            }
            let is_own = alone.names_somebody_of_entra()?
                && alone.subscription()?.is_some_and(|known| same(&known, subscription));
            if is_own {
                return Ok(Named::Settings(Box::new(alone)));
            }
            let somebody =
                alone.names_somebody_of_entra()? || store.load()?.profiles().any(|profile| is_of_entra(&profile));
            return Ok(if somebody { Named::NoSuchSubscription } else { Named::Nobody });
        }
        if let Some(profile) = store.choose(&question, None, &|all| of_tenant(all, tenant, tool))? {
            return with(flags, Some(profile));
        }
        if alone.names_somebody_of_entra()? {
            return Ok(Named::Settings(Box::new(alone)));
        }
        match store
            .choose("of all", None, &|all| only(all, &mut |profile| Ok(is_of_entra(profile)), "any tenant", ""))?
        {
            Some(profile) => with(flags, Some(profile)),
            None => Ok(Named::Nobody),
        }
    }

    /// The subscription, which tools are told of and `az` finds an account by. What other tools call it counts only where
    /// nothing else is set: a token does not depend on it.
    ///
    /// # Errors
    /// A value of a wrong type in the profile.
    pub fn subscription(&self) -> Result<Option<String>> {
        if let Some(own) = self.text(Field::Subscription)? {
            return Ok(Some(own));
        }
        match self.foreign("AZURE_SUBSCRIPTION_ID")? {
            Some(foreign) => Ok(Some(foreign)),
            None => self.foreign("ARM_SUBSCRIPTION_ID"),
        }
    }

    /// The same, and not a flow of Databricks.
    fn names_somebody_of_entra(&self) -> Result<bool> {
        let named = self.get(Field::Flow)?.filter(|flow| flow.origin != Origin::BuiltIn);
        let of_databricks = named.is_some() && self.flow_name()?.is_databricks();
        Ok(!of_databricks && self.names_somebody()?)
    }

    /// Whether a client or a flow is named: without one, the built-in client would be meant.
    pub(super) fn names_somebody(&self) -> Result<bool> {
        // (A variable for Databricks says nothing about other services.)
        let by_itself = |origin| !matches!(origin, Origin::BuiltIn | databricks::AUTH_TYPE_ORIGIN);
        let names_a_flow = self.get(Field::Flow)?.is_some_and(|flow| by_itself(flow.origin));
        Ok(names_a_flow || self.get(Field::ClientId)?.is_some())
    }
}

/// Whether the profile's tokens are Entra's. (One that is malformed is told when it answers.)
fn is_of_entra(profile: &Profile) -> bool {
    // Most profiles say nothing of Databricks, and then the rest need not be looked at.
    !profile.speaks_of_databricks()
        || !Settings::of(profile.clone()).flow_name().is_ok_and(super::FlowName::is_databricks)
}

fn with_subscription(profiles: &[Profile], subscription: &str, tool: &str) -> Result<Option<usize>> {
    let has_it = &mut |profile: &Profile| {
        let named = same(&profile.name, subscription)
            || profile.get(Field::Subscription)?.is_some_and(|own| same(&own, subscription));
        Ok(named && is_of_entra(profile))
    };
    only(profiles, has_it, &format!("the subscription {subscription:?}"), tool)
}

/// The profile of that tenant, else the one that is there for `tool` or for all.
fn of_tenant(profiles: &[Profile], tenant: Option<&str>, tool: &str) -> Result<Option<usize>> {
    if let Some(tenant) = tenant {
        let is_of_it = &mut |profile: &Profile| {
            let own = profile.get(Field::Tenant)?;
            Ok(own.is_some_and(|own| same(&own, tenant)) && is_of_entra(profile))
        };
        let found = only(profiles, is_of_it, &format!("the tenant {tenant:?}"), tool)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let called = |name| profiles.iter().position(|one| one.name == name && is_of_entra(one));
    Ok([tool, "default"].into_iter().find_map(called))
}

/// Ids and domains are the same in either case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The one profile that counts of those that `is_meant`.
pub(super) fn only(
    profiles: &[Profile],
    is_meant: &mut dyn FnMut(&Profile) -> Result<bool>,
    what: &str,
    tool: &str,
) -> Result<Option<usize>> {
    let mut found = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        if is_meant(profile)? {
            found.push(place);
        }
    }
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let called = |name| found.iter().copied().find(|place| profiles[*place].name == name);
    let preferred = [tool, "default"].into_iter().find_map(called);
    preferred.map(Some).ok_or_else(|| {
        let names: Vec<_> = found.iter().take(20).map(|place| profiles[*place].name.as_str()).collect();
        Error::configuration(format!("several profiles answer for {what}: {}", names.join(", "))).hint(
            "say which one: set JETON_PROFILE, or give one of them the name default: jeton profile rename NAME default",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who answers with these profiles: a profile's name, an empty text for flags and environment alone, or why nobody does.
    fn answers(profiles: &str, tenant: Option<&str>, subscription: Option<&str>, client: Option<&str>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), &dir.path().join("cache"));
        std::fs::write(store.path(), format!(r#"{{"version":1,"profiles":{profiles}}}"#)).unwrap();
        let mut flags = Flags::default();
        flags.set(Field::ClientId, client);
        match Settings::load_account(flags, Account { tenant, subscription, tool: "az" }, &store) {
            Ok(Named::Settings(settings)) => settings.profile().map(|profile| profile.name.clone()).unwrap_or_default(),
            Ok(Named::Nobody) => "nobody".into(),
            Ok(Named::NoSuchSubscription) => "no such subscription".into(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn the_profile_is_found_in_the_documented_order() {
        const TWO: &str = r#"{"a":{"tenant":"T1","subscription":"s1"},"b":{"tenant":"t2","subscription":"S2"}}"#;
        const WITH_DEFAULT: &str = r#"{"a":{"tenant":"t1"},"default":{"tenant":"t2"},"b":{"tenant":"t1"}}"#;
        const WITH_AZ: &str = r#"{"default":{"tenant":"t1"},"az":{"tenant":"t1"}}"#;
        for (profiles, tenant, subscription, client, owner) in [
            (TWO, Some("t1"), None, None, "a"),
            (TWO, Some("T2"), None, Some("c"), "b"),
            (TWO, None, Some("S1"), None, "a"),
            (TWO, None, Some("b"), None, "b"),
            (TWO, None, Some("s3"), None, "no such subscription"),
            (TWO, None, None, Some("c"), ""),
            (TWO, Some("t3"), None, Some("c"), ""),
            (TWO, None, None, None, "several profiles answer for any tenant: a, b"),
            (WITH_DEFAULT, None, None, Some("c"), "default"),
            (WITH_DEFAULT, Some("t3"), None, None, "default"),
            (WITH_DEFAULT, Some("t1"), None, None, "several profiles answer for the tenant \"t1\": a, b"),
            (WITH_AZ, Some("t1"), None, None, "az"),
            (WITH_AZ, None, None, None, "az"),
            (r#"{"only":{}}"#, Some("t1"), None, None, "only"),
            (r#"{"only":{}}"#, None, Some("s"), None, "no such subscription"),
            ("{}", Some("t1"), None, None, "nobody"),
            ("{}", None, Some("s"), None, "nobody"),
            ("{}", None, Some("s"), Some("c"), "no such subscription"),
            ("{}", None, None, Some("c"), ""),
            (
                r#"{"only":{},"pat":{"flow":"databricks-pat"},"ws":{"databricks_host":"https://w.example"}}"#,
                None,
                None,
                None,
                "only",
            ),
            (r#"{"default":{"flow":"databricks-u2m","tenant":"t"}}"#, Some("t"), Some("default"), None, "nobody"),
            (r#"{"default":{"flow":"databricks-u2m","tenant":"t"}}"#, Some("t"), None, None, "nobody"),
        ] {
            assert_eq!(
                answers(profiles, tenant, subscription, client),
                owner,
                "{profiles} {tenant:?} {subscription:?}"
            );
        }
    }
}
