//! Whose token a tool gets that asks for a host: the rules that keep a token from a host it was not set up for.

use super::databricks;
use super::{Field, Flags, Origin, Place, Profile, Settings, Store};
use crate::environment;
use crate::error::Result;

impl Settings {
    /// The settings that answer for `place`; `None` where none were made for it. In this order:
    ///
    /// 1. the profile `name`, and no other one where one is named,
    /// 2. the profile of JETON_PROFILE,
    /// 3. the profile whose `hosts` mean the place most exactly,
    /// 4. flags and environment alone.
    ///
    /// A profile that lists `hosts` answers for those. One that lists none, and flags and environment alone, answer where
    /// `built_in` says that the place is a service which the protocol knows, and then only if they were told of a client
    /// or a flow: what nobody set up must not stand between a tool and its user.
    ///
    /// # Errors
    /// A profile that is not there, a malformed profiles.json, two profiles that mean the place equally well.
    pub fn load_for(
        flags: Flags,
        name: Option<&str>,
        place: &Place,
        built_in: bool,
        store: &Store,
    ) -> Result<Option<Self>> {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let profile = store.find(name)?;
            return Ok(profile.answers_for(place, built_in)?.then(|| Self::with(flags, Some(profile))));
        }
        if let Some(name) = environment::profile() {
            let profile = store.find(&name)?;
            if profile.answers_for(place, built_in)? {
                return Ok(Some(Self::with(flags, Some(profile))));
            }
        }
        if let Some(profile) = store.find_for(place)? {
            return Ok(Some(Self::with(flags, Some(profile))));
        }
        if !built_in {
            return Ok(None);
        }
        let settings = Self::with(flags, None);
        Ok(settings.name_somebody()?.then_some(settings))
    }

    /// Whether a client or a flow is named: without one, the built-in client would be meant.
    fn name_somebody(&self) -> Result<bool> {
        // (A variable for Databricks says nothing about other services.)
        let by_itself = |origin| !matches!(origin, Origin::BuiltIn | databricks::AUTH_TYPE_ORIGIN);
        let names_a_flow = self.get(Field::Flow)?.is_some_and(|flow| by_itself(flow.origin));
        Ok(names_a_flow || self.get(Field::ClientId)?.is_some())
    }
}

impl Profile {
    fn answers_for(&self, place: &Place, built_in: bool) -> Result<bool> {
        Ok(self.fits(place)?.is_some() || (built_in && self.get(Field::Hosts)?.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whose settings answer for a place, with these profiles; `-` for nobody, an empty text for the flags alone.
    fn answers(profiles: &str, name: Option<&str>, place: &str, built_in: bool, client: Option<&str>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), &dir.path().join("cache"));
        std::fs::write(store.path(), format!(r#"{{"version":1,"profiles":{profiles}}}"#)).unwrap();
        let mut flags = Flags::default();
        flags.set(Field::ClientId, client);
        // (The flow is given, so that the environment of whoever runs this does not matter.)
        let found = Settings::load_for(flags, name, &Place::parse(place).unwrap(), built_in, &store).unwrap();
        found.map_or("-".into(), |settings| settings.profile().map(|profile| profile.name.clone()).unwrap_or_default())
    }

    #[test]
    fn a_token_goes_to_no_host_that_it_was_not_set_up_for() {
        let profiles = r#"{"work":{"hosts":["dev.azure.com/contoso"]},"any":{},"git":{"hosts":["git.example"]}}"#;
        for (name, place, built_in, owner) in [
            (None, "dev.azure.com/contoso/p", true, "work"),
            (None, "git.example", false, "git"),
            (None, "other.example", false, "-"),
            (Some("work"), "dev.azure.com/contoso/p", true, "work"),
            (Some("work"), "dev.azure.com/fabrikam", true, "-"),
            (Some("work"), "git.example", false, "-"),
            (Some("any"), "dev.azure.com/fabrikam", true, "any"),
            (Some("any"), "git.example", false, "-"),
            (Some("git"), "dev.azure.com", true, "-"),
        ] {
            assert_eq!(answers(profiles, name, place, built_in, None), owner, "{name:?} {place}");
        }
    }

    #[test]
    fn without_a_profile_a_client_has_to_be_named() {
        assert_eq!(answers("{}", None, "dev.azure.com", true, Some("c")), "");
        assert_eq!(answers("{}", None, "other.example", false, Some("c")), "-");
    }
}
