//! Flags, environment, profile, built-in: which value counts, and where it came from.

use std::cell::RefCell;
use std::fmt;

use super::databricks;
use super::databrickscfg;
use super::field::Field;
use super::flow::FlowName;
use super::{FIELDS, Group, Profile, Shape, Store};
use crate::aws::AssumeRole;
use crate::entra::{Audience, Authority, Cloud, Endpoint};
use crate::environment;
use crate::error::{Error, Result};
use crate::log::Log;
use crate::secret::SecretSource;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A flag, by its name.
    Flag(&'static str),
    /// What the calling tool handed over in its protocol.
    Caller(&'static str),
    /// An environment variable, by its name.
    Environment(&'static str),
    /// The profile.
    Profile,
    /// Nobody said anything else.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Caller(name) => f.write_str(name),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Profile => f.write_str("profile"),
            Self::BuiltIn => f.write_str("built-in"),
        }
    }
}

/// A value that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// As text. A secret's is the place to read it from.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

impl Setting {
    /// The value, as it may be shown. Somebody may have put the secret itself in the place of its source.
    #[must_use]
    pub fn shown(&self, field: Field) -> &str {
        match field {
            field if field.is_source() && self.value.parse::<SecretSource>().is_err() => {
                "(not a place to read a secret from)"
            }
            _ => &self.value,
        }
    }
}

/// What the command line says, by field; an empty text counts as not given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    values: Vec<(Field, String, Origin)>,
}

impl Flags {
    /// Adds a flag's value, if there is one.
    pub fn set(&mut self, field: Field, value: Option<&str>) {
        self.set_from(field, value, Origin::Flag(field.spec().flag));
    }

    /// Adds a value that ranks with the flags but came another way.
    pub fn set_from(&mut self, field: Field, value: Option<&str>, origin: Origin) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.values.push((field, value.to_owned(), origin));
        }
    }

    /// Adds what others were given.
    pub fn append(&mut self, others: &Self) {
        self.values.extend_from_slice(&others.values);
    }

    /// What was given, for commands that write profiles.
    pub fn given(&self) -> impl Iterator<Item = (Field, &str)> {
        self.values.iter().map(|(field, value, _)| (*field, value.as_str()))
    }

    fn get(&self, field: Field) -> Option<Setting> {
        let (_, value, origin) = self.values.iter().find(|(given, _, _)| *given == field)?;
        Some(Setting { value: value.clone(), origin: *origin })
    }
}

/// The joined settings of one call.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) flags: Flags,
    pub(super) profile: Option<Profile>,
    /// Whether the environment counts.
    pub(super) with_environment: bool,
    /// What was found already: a look at the environment goes through all of it, and settings are asked for again.
    known: RefCell<[Option<Option<Setting>>; FIELDS.len()]>,
}

impl Settings {
    /// Joins `flags` with the environment and the profile `name` (or JETON_PROFILE's).
    ///
    /// # Errors
    /// A profile that is not there, a malformed profiles.json.
    pub fn load(flags: Flags, name: Option<&str>, store: &Store) -> Result<Self> {
        let name = name.map(str::to_owned).filter(|name| !name.is_empty()).or_else(environment::profile);
        let profile = match name {
            Some(name) => Some(match store.look(&name)? {
                Some(profile) => profile,
                None => databrickscfg::find(&name)?.map_or_else(|| Err(store.not_found(&name)), Ok)?,
            }),
            None => databrickscfg::chosen(&flags)?,
        };
        Ok(Self::with(flags, profile))
    }

    /// Joins `flags` with the environment and `profile`.
    pub(super) fn with(flags: Flags, profile: Option<Profile>) -> Self {
        Self { flags, profile, with_environment: true, known: RefCell::new([const { None }; FIELDS.len()]) }
    }

    /// What a profile alone says.
    pub(crate) fn of(profile: Profile) -> Self {
        Self {
            flags: Flags::default(),
            profile: Some(profile),
            with_environment: false,
            known: RefCell::new([const { None }; FIELDS.len()]),
        }
    }

    /// A profile that was read already, joined with the environment.
    pub(crate) fn of_read(profile: Profile) -> Self {
        Self { with_environment: true, ..Self::of(profile) }
    }

    /// Adds a value after the fact; it counts like a flag's, whatever its origin is called.
    pub fn add(&mut self, field: Field, value: &str, origin: Origin) {
        self.flags.set_from(field, Some(value), origin);
        // All of it: what one setting is may decide what another one is taken to be.
        *self.known.borrow_mut() = [const { None }; FIELDS.len()];
    }

    /// The same settings for a token for `resource` and nothing else.
    pub(crate) fn for_resource(&self, resource: &str) -> Self {
        let mut settings = self.clone();
        settings.flags.values.retain(|(field, ..)| !matches!(field, Field::Scopes | Field::Resource));
        *settings.known.borrow_mut() = [const { None }; FIELDS.len()];
        // At the rank of a flag, so that scopes from elsewhere do not count beside it.
        settings.add(Field::Resource, resource, Origin::Caller("the kind of token"));
        settings
    }

    /// The profile in use.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The value of `field` that counts: flag > environment > profile > built-in.
    ///
    /// # Errors
    /// A value of a wrong type in the profile.
    pub fn get(&self, field: Field) -> Result<Option<Setting>> {
        if let Some(known) = &self.known.borrow()[field as usize] {
            return Ok(known.clone());
        }
        let found = self.find(field)?;
        self.known.borrow_mut()[field as usize] = Some(found.clone());
        Ok(found)
    }

    fn find(&self, field: Field) -> Result<Option<Setting>> {
        if let Some(setting) = self.flags.get(field) {
            return Ok(Some(setting));
        }
        if let Some(setting) = self.environment(field)? {
            return Ok(Some(setting));
        }
        if let Some(profile) = &self.profile
            && let Some(value) = profile.get(field)?
        {
            return Ok(Some(Setting { value, origin: Origin::Profile }));
        }
        if field == Field::Cloud
            && let Some(cloud) = self.databricks_cloud()?
        {
            return Ok(Some(Setting { value: cloud.to_string(), origin: Origin::BuiltIn }));
        }
        if field == Field::Flow {
            let value = FlowName::infer(self)?.as_str().to_owned();
            return Ok(Some(Setting { value, origin: Origin::BuiltIn }));
        }
        Ok(field.built_in().map(|value| Setting { value: value.to_owned(), origin: Origin::BuiltIn }))
    }

    fn environment(&self, field: Field) -> Result<Option<Setting>> {
        if !self.with_environment {
            return Ok(None);
        }
        if field == Field::Background {
            let off = !environment::background()?;
            return Ok(off.then(|| Setting { value: "false".into(), origin: Origin::Environment("JETON_BACKGROUND") }));
        }
        if field == Field::Flow && environment::var("JETON_FLOW").is_none() {
            return self.databricks_auth_type();
        }
        for name in field.spec().env {
            let Some(value) = environment::var(name) else { continue };
            let foreign = !name.starts_with("JETON_");
            if !foreign || (!self.ignores_environment()? && self.goes_with_client(field, name)?) {
                let value = match field {
                    Field::DatabricksSubject => databricks::subject(name, value),
                    // The variable names the file.
                    Field::FederatedToken if name.contains("_FILE") => format!("file:{value}"),
                    field if field.is_source() => format!("env:{name}"),
                    // Azure's libraries take 1 as well as true.
                    field if field.is_switch() => (value == "1" || value.eq_ignore_ascii_case("true")).to_string(),
                    _ => value,
                };
                return Ok(Some(Setting { value, origin: Origin::Environment(name) }));
            }
        }
        Ok(None)
    }

    /// A credential from AZURE_* does not belong to a client id from ARM_*, nor the other way round.
    fn goes_with_client(&self, field: Field, name: &str) -> Result<bool> {
        if name.starts_with("DATABRICKS_") {
            return self.takes_databricks(field);
        }
        if !matches!(
            field,
            Field::ClientSecret | Field::Certificate | Field::CertificatePassword | Field::FederatedToken
        ) {
            return Ok(true);
        }
        Ok(match self.get(Field::ClientId)?.map(|client| client.origin) {
            Some(Origin::Environment(client)) if !client.starts_with("JETON_") => {
                client.split('_').next() == name.split('_').next()
            }
            _ => true,
        })
    }

    pub(super) fn ignores_environment(&self) -> Result<bool> {
        let given = match self.flags.get(Field::IgnoreEnvironment) {
            Some(setting) => Some(setting.value),
            None => match &self.profile {
                Some(profile) => profile.get(Field::IgnoreEnvironment)?,
                None => None,
            },
        };
        Ok(given.as_deref() == Some("true"))
    }

    /// A variable that is no setting of jeton's, but says something to one flow alone.
    ///
    /// # Errors
    /// A value of a wrong type in the profile.
    pub(crate) fn foreign(&self, name: &str) -> Result<Option<String>> {
        Ok(if self.with_environment && !self.ignores_environment()? { environment::var(name) } else { None })
    }

    /// Those of `fields`, which say the same in different ways, that are set at the place that ranks highest.
    ///
    /// # Errors
    /// A value of a wrong type in the profile.
    pub(crate) fn foremost(&self, fields: &[Field]) -> Result<Vec<(Field, String)>> {
        let mut found = Vec::new();
        for field in fields {
            found.extend(self.get(*field)?.map(|setting| (*field, setting)));
        }
        let best = found.iter().map(|(_, setting)| rank(setting.origin)).min();
        found.retain(|(_, setting)| Some(rank(setting.origin)) == best);
        Ok(found.into_iter().map(|(field, setting)| (field, setting.value)).collect())
    }

    /// The value that counts, as text.
    pub(crate) fn text(&self, field: Field) -> Result<Option<String>> {
        Ok(self.get(field)?.map(|setting| setting.value))
    }

    /// The value that counts, or an error that says how to set it. `what` names it in the message.
    pub(crate) fn need(&self, field: Field, what: &str) -> Result<String> {
        self.text(field)?.ok_or_else(|| {
            let spec = field.spec();
            let known = |name: &&&str| name.starts_with("AZURE_") || name.starts_with("DATABRICKS_");
            let variable = spec.env.iter().find(known).or(spec.env.first());
            let error = Error::configuration(format!("no {what} is set"));
            match (&self.profile, variable) {
                (Some(profile), _) => {
                    error.hint(format!("add it: jeton profile edit {} {} ...", profile.name, spec.flag))
                }
                (None, Some(variable)) => {
                    error.hint(format!("give {}, set {variable}, or name a profile with -p", spec.flag))
                }
                (None, None) => error.hint(format!("give {}, or name a profile with -p", spec.flag)),
            }
        })
    }

    /// Tells on stderr where the environment overrides a profile, and which fields of the profile mean nothing here.
    ///
    /// # Errors
    /// A value of a wrong type in the profile.
    pub fn warn(&self, log: &Log) -> Result<()> {
        let Some(profile) = &self.profile else { return Ok(()) };
        // By what the profile has, not by the table: this runs for every token from the cache.
        for name in profile.fields.keys() {
            let Some(field) = Field::of_key(name) else {
                log.warn(format!(
                    "the profile {:?} has a field {name:?} that this version of jeton does not know",
                    profile.name
                ));
                continue;
            };
            if let Some(Setting { origin: Origin::Environment(variable), .. }) = self.get(field)?
                && !variable.starts_with("JETON_")
            {
                log.warn(format!(
                    "{variable} overrides {name} of the profile {:?} (--ignore-env leaves such variables out)",
                    profile.name
                ));
            }
        }
        Ok(())
    }

    /// Shows, one step a field, what counts and where it came from. Of a secret, the place is shown.
    pub fn trace(&self, log: &Log) {
        for spec in FIELDS {
            if let Ok(Some(setting)) = self.get(spec.field)
                && setting.origin != Origin::BuiltIn
            {
                log.step(|| format!("{} = {} ({})", spec.key, setting.shown(spec.field), setting.origin));
            }
        }
    }

    /// The authority: an explicit host, or the cloud's.
    pub(crate) fn authority(&self, tenant: &str) -> Result<(Authority, Option<Cloud>)> {
        let host = self.get(Field::AuthorityHost)?;
        let cloud = self.get(Field::Cloud)?;
        match (host, cloud) {
            // A cloud that ranks higher than the host is meant: `--cloud china` with AZURE_AUTHORITY_HOST set.
            (Some(host), Some(cloud)) if rank(host.origin) <= rank(cloud.origin) => {
                let authority = Authority::new(&host.value, tenant)?;
                let known = authority.base().split_once("://").and_then(|(_, host)| Cloud::of_host(host));
                let named = if cloud.origin == Origin::BuiltIn { None } else { Some(Cloud::parse(&cloud.value)?) };
                Ok((authority, known.or(named)))
            }
            (_, cloud) => {
                let cloud = Cloud::parse(cloud.as_ref().map_or("public", |cloud| &cloud.value))?;
                Ok((Authority::new(cloud.host(), tenant)?, Some(cloud)))
            }
        }
    }

    /// Scopes and resource; where both are set at different ranks, the higher one alone counts.
    pub(crate) fn audience(&self) -> Result<Audience> {
        let (scopes, resource) = (self.get(Field::Scopes)?, self.get(Field::Resource)?);
        let (scopes, resource) = match (scopes, resource) {
            (Some(scopes), Some(resource)) if rank(scopes.origin) != rank(resource.origin) => {
                if rank(scopes.origin) < rank(resource.origin) { (Some(scopes), None) } else { (None, Some(resource)) }
            }
            both => both,
        };
        if scopes.is_none() && resource.is_none() && self.databricks_host()?.is_some() {
            return Ok(Audience::new([], Some("databricks")));
        }
        let scopes = scopes.map(|scopes| scopes.value).unwrap_or_default();
        Ok(Audience::new([scopes.as_str()], resource.as_ref().map(|resource| resource.value.as_str())))
    }

    /// The flow that is named, or meant.
    pub(crate) fn flow_name(&self) -> Result<FlowName> {
        FlowName::parse(&self.text(Field::Flow)?.unwrap_or_default())
    }

    /// The version of the token endpoint.
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        Endpoint::parse(&self.text(Field::Endpoint)?.unwrap_or_default())
    }

    /// A place to read a secret from, if one is named.
    pub(crate) fn source(&self, field: Field) -> Result<Option<SecretSource>> {
        self.text(field)?.map(|source| source.parse()).transpose()
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, field: Field) -> Result<bool> {
        Ok(self.text(field)?.as_deref() == Some("true"))
    }

    /// The command that signs in for these settings: shown wherever a person has to.
    pub(crate) fn login_command(&self) -> String {
        if let Some(profile) = &self.profile {
            return format!("jeton login -p {}", profile.name);
        }
        let mut command = "jeton login".to_owned();
        for spec in FIELDS {
            let shown =
                matches!(spec.group, Group::Entra | Group::SignIn | Group::Databricks) && spec.shape == Shape::Text;
            if let Ok(Some(setting)) = self.get(spec.field)
                && shown
                && matches!(setting.origin, Origin::Flag(_))
                && !matches!(spec.field, Field::Interactive)
            {
                let plain = setting.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@+=,".contains(&b));
                let value = if plain { setting.value } else { format!("'{}'", setting.value.replace('\'', "'\\''")) };
                command.push_str(&format!(" {} {value}", spec.flag));
            }
        }
        if let Ok(Some(Setting { value, origin: Origin::Flag(_) })) = self.get(Field::Scopes) {
            command.push_str(&format!(" --scope '{value}'"));
        }
        command
    }

    /// The AWS role that these settings mean, if they name one.
    ///
    /// # Errors
    /// Values that AWS would refuse.
    pub fn aws_role(&self) -> Result<Option<AssumeRole>> {
        let Some(role) = self.text(Field::AwsRoleArn)? else { return Ok(None) };
        let duration = self.text(Field::AwsDuration)?.unwrap_or_default();
        let flow = AssumeRole {
            region: self.text(Field::AwsRegion)?,
            endpoint: self.text(Field::AwsEndpoint)?,
            duration: aws_duration(&duration)?,
            ..AssumeRole::new(role, self.text(Field::AwsSessionName)?.unwrap_or_default())
        };
        flow.checked().map(Some)
    }
}

/// Seconds that AWS keys are to live.
pub(super) fn aws_duration(text: &str) -> Result<u32> {
    let duration = environment::parse_duration(text)
        .map_err(|why| Error::configuration(format!("{text:?} is not a length of time")).hint(why))?;
    Ok(duration.as_secs().try_into().unwrap_or(u32::MAX))
}

/// Lower counts more.
pub(super) fn rank(origin: Origin) -> u8 {
    match origin {
        Origin::Flag(_) | Origin::Caller(_) => 0,
        Origin::Environment(_) => 1,
        Origin::Profile => 2,
        Origin::BuiltIn => 3,
    }
}
