//! Whose token a tool gets that asks for a host: the rules that keep a token from a host it was not set up for.

use super::databrickscfg;
use super::{Field, Flags, Origin, Place, Profile, Service, Settings, Store};
use crate::environment;
use crate::error::Result;

impl Settings {
    /// The settings that answer for `place`; `None` where none were made for it. In this order:
    ///
    /// 1. the profile `name`, or JETON_PROFILE's, and no other one where one is named,
    /// 2. the profile whose `hosts` mean the place most exactly,
    /// 3. flags and environment alone.
    ///
    /// A profile that lists `hosts` answers for those. One that lists none, and flags and environment alone, answer at a
    /// place of `service`, the latter only if they were told of a client or a flow: what nobody set up must not stand
    /// between a tool and its user. Their token is for the service's resource, whatever their other tokens are for: it
    /// was not said that the host may see one of those.
    ///
    /// # Errors
    /// A profile that is not there, a malformed profiles.json, two profiles that mean the place equally well.
    pub fn load_for(
        mut flags: Flags,
        name: Option<&str>,
        place: &Place,
        service: Option<Service>,
        store: &Store,
    ) -> Result<Option<Self>> {
        let service = service.filter(|service| service.is_at(place));
        let (profile, lists_it, lists_none) = match Profile::named(name, store)? {
            Some(profile) => {
                let (lists_it, lists_none) = (profile.fits(place)?.is_some(), profile.get(Field::Hosts)?.is_none());
                (Some(profile), lists_it, lists_none)
            }
            None => match store.find_for(place)? {
                Some(profile) => (Some(profile), true, false),
                None => (None, false, true),
            },
        };
        if lists_it {
            let mut settings = Self::with(flags, profile);
            if let Some(service) = service {
                settings.default_resource(service.resource)?;
            }
            return Ok(Some(settings));
        }
        let Some(service) = service.filter(|_| lists_none) else { return Ok(None) };
        if !flags.given().any(|(field, _)| matches!(field, Field::Scopes | Field::Resource)) {
            // (Ranks with the flags: it must not lose against the profile's scopes.)
            flags.set_from(Field::Resource, Some(service.resource), Origin::Caller("the host"));
        }
        let settings = Self::with(flags, profile);
        let is_meant = settings.profile().is_some() || settings.names_somebody()?;
        // A token of Databricks is for its own workspace, whatever resource is named.
        Ok((is_meant && !settings.flow_name()?.is_databricks()).then_some(settings))
    }
}

impl Profile {
    /// The profile `name`, or JETON_PROFILE's, also out of .databrickscfg; `None` where none is named.
    ///
    /// # Errors
    /// A profile that is not there, a malformed profiles.json.
    pub fn named(name: Option<&str>, store: &Store) -> Result<Option<Self>> {
        let name = name.map(str::to_owned).filter(|name| !name.is_empty()).or_else(environment::profile);
        let Some(name) = name else { return Ok(None) };
        let found = match store.look(&name)? {
            Some(profile) => Some(profile),
            None => databrickscfg::find(&name)?,
        };
        found.map_or_else(|| Err(store.not_found(&name)), |profile| Ok(Some(profile)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whose settings answer for a place, with these profiles; `-` for nobody, an empty text for the flags alone.
    fn answers(profiles: &str, name: Option<&str>, place: &str, client: Option<&str>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), &dir.path().join("cache"));
        std::fs::write(store.path(), format!(r#"{{"version":1,"profiles":{profiles}}}"#)).unwrap();
        let mut flags = Flags::default();
        flags.set(Field::ClientId, client);
        // (The flow is given, so that the environment of whoever runs this does not matter.)
        let found =
            Settings::load_for(flags, name, &Place::parse(place).unwrap(), Some(Service::AZURE_REPOS), &store).unwrap();
        found.map_or("-".into(), |settings| settings.profile().map(|profile| profile.name.clone()).unwrap_or_default())
    }

    #[test]
    fn a_token_goes_to_no_host_that_it_was_not_set_up_for() {
        let profiles = r#"{"work":{"hosts":["dev.azure.com/contoso"]},"any":{},"git":{"hosts":["git.example"]},
            "bricks":{"flow":"databricks-m2m"},"own":{"flow":"databricks-m2m","hosts":["dev.azure.com/own"]}}"#;
        for (name, place, owner) in [
            (None, "dev.azure.com/contoso/p", "work"),
            (None, "git.example", "git"),
            (None, "other.example", "-"),
            (Some("work"), "dev.azure.com/contoso/p", "work"),
            (Some("work"), "dev.azure.com/fabrikam", "-"),
            (Some("work"), "git.example", "-"),
            (Some("any"), "dev.azure.com/fabrikam", "any"),
            (Some("any"), "git.example", "-"),
            (Some("git"), "dev.azure.com", "-"),
            (Some("bricks"), "dev.azure.com", "-"),
            (Some("own"), "dev.azure.com/own", "own"),
        ] {
            assert_eq!(answers(profiles, name, place, None), owner, "{name:?} {place}");
        }
    }

    #[test]
    fn without_a_profile_a_client_has_to_be_named() {
        assert_eq!(answers("{}", None, "dev.azure.com", Some("c")), "");
        assert_eq!(answers("{}", None, "other.example", Some("c")), "-");
    }
}
