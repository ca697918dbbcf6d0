//! Whose token a tool gets that asks for a workspace or account of Databricks, as SDKs ask `databricks`.

use super::account::only;
use super::databrickscfg::{self, Section};
use super::resolve::Origin;
use super::{Document, Field, Flags, FlowName, Place, Profile, Settings, Store};
use crate::databricks::Host;
use crate::environment;
use crate::error::{Error, Result};

/// A profile of this name is the one for the tool, where several would do.
const TOOL: &str = "databricks";

const ORIGIN: Origin = Origin::Caller("what databricks is asked for");

/// What the tool said of the workspace or account that it means.
#[derive(Debug, Clone, Copy, Default)]
pub struct Workspace<'a> {
    /// A profile's name, or else a host.
    pub target: Option<&'a str>,
    /// A profile's name, here or in .databrickscfg.
    pub profile: Option<&'a str>,
    /// The host, as people write it.
    pub host: Option<&'a str>,
    /// Account id.
    pub account_id: Option<&'a str>,
    /// Workspace id, where several are at one host.
    pub workspace_id: Option<&'a str>,
}

/// The settings that answer.
#[derive(Debug)]
pub struct Answering {
    /// The settings.
    pub settings: Settings,
    /// They were set up for jeton, or hold a credential. Otherwise somebody may have signed in with the real CLI instead.
    pub is_set_up: bool,
}

/// A host, and the ids beside it.
struct Site {
    host: Host,
    account_id: Option<String>,
    workspace_id: Option<String>,
}

impl Site {
    fn of(host: &str, account_id: Option<&str>, workspace_id: Option<&str>) -> Result<Self> {
        let host = Host::parse(host)?;
        let own = |id: Option<&str>| id.map(str::to_owned);
        Ok(Self {
            account_id: own(account_id.or(host.account_id())),
            workspace_id: own(workspace_id.or(host.workspace_id())),
            host,
        })
    }

    /// How well `other` is the one that this one means: `None` if it is another one, else how many ids they share.
    fn fits(&self, other: &Self) -> Option<usize> {
        let mut shared = 0;
        for (one, other) in [(&self.account_id, &other.account_id), (&self.workspace_id, &other.workspace_id)] {
            match (one, other) {
                (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => shared += 1,
                (Some(_), Some(_)) => return None,
                _ => {}
            }
        }
        (self.host.origin() == other.host.origin()).then_some(shared)
    }
}

impl Site {
    /// Whether a token for it is told by the account as well. A user's sign-in to a workspace is not: SDKs name the account
    /// of some workspaces, too.
    fn needs_account(&self, flow: FlowName) -> bool {
        self.host.is_account() || !flow.keeps_a_sign_in()
    }
}

impl Settings {
    /// The settings that answer for `wanted`; `None` where nothing is set up for it. In this order:
    ///
    /// 1. the profile that is asked for by name, else JETON_PROFILE's, else DATABRICKS_CONFIG_PROFILE's, and no other: jeton's
    ///    own, or that section of .databrickscfg; of a section that leaves the sign-in to the CLI, only the host counts if
    ///    a profile of jeton's is for that,
    /// 2. for a host, which may be DATABRICKS_HOST: the profile whose `databricks_host` it is, the one whose `hosts` mean it,
    ///    a section of .databrickscfg, flags and environment alone,
    /// 3. for none: the profiles called `databricks` and `default`, the default section of .databrickscfg, the only profile
    ///    with a host, the only section.
    ///
    /// Beside a profile, only `JETON_*` variables count: the others tell the SDK how to sign in, which asks here because of them.
    ///
    /// # Errors
    /// A profile that is not there or is for another host, a malformed file, several that answer equally well (with their
    /// names), and what is no host.
    pub fn load_workspace(flags: &Flags, wanted: Workspace<'_>, store: &Store) -> Result<Option<Answering>> {
        let mut wanted = wanted;
        if let Some(target) = wanted.target {
            let is_name = store.look(target)?.is_some() || databrickscfg::find(target)?.is_some();
            let is_host = target.contains(['.', ':']) || target == "localhost";
            match (is_name, is_host) {
                (true, _) => wanted.profile = Some(target),
                (false, true) => wanted.host = Some(target),
                (false, false) => return Err(store.not_found(target)),
            }
        }
        let site = |host| Site::of(host, wanted.account_id, wanted.workspace_id);
        let asked = wanted.host.map(site).transpose()?;
        let variable = || environment::profile().or_else(|| environment::var("DATABRICKS_CONFIG_PROFILE"));
        if let Some(name) = wanted.profile.map(str::to_owned).or_else(variable) {
            return Self::of_named(flags, &name, asked.as_ref(), wanted, store);
        }
        let asked = match asked {
            Some(asked) => Some(asked),
            None => environment::databricks_host()
                .map(|host| {
                    let (account, workspace) =
                        (environment::var("DATABRICKS_ACCOUNT_ID"), environment::var("DATABRICKS_WORKSPACE_ID"));
                    Site::of(
                        &host,
                        wanted.account_id.or(account.as_deref()),
                        wanted.workspace_id.or(workspace.as_deref()),
                    )
                })
                .transpose()?,
        };
        match asked {
            Some(site) => Self::at_site(flags, &site, None, store),
            None => Self::of_none(flags, store),
        }
    }

    fn of_named(
        flags: &Flags,
        name: &str,
        asked: Option<&Site>,
        wanted: Workspace<'_>,
        store: &Store,
    ) -> Result<Option<Answering>> {
        let own = store.look(name)?;
        let section = if own.is_some() { None } else { databrickscfg::find(name)? };
        let Some(profile) = own.or_else(|| section.clone()) else { return Err(store.not_found(name)) };
        let its = site_of(&profile)?;
        if let (Some(asked), Some(its)) = (asked, &its)
            && asked.fits(its).is_none()
        {
            // (Somebody who named both means something by it; a variable is not meant for every host.)
            return match wanted.profile {
                None => Ok(None),
                Some(name) => Err(Error::usage(format!(
                    "--profile {name:?} has host {:?}, which conflicts with --host {:?}",
                    its.host.origin(),
                    asked.host.origin()
                ))
                .hint("use --profile alone to select a profile")),
            };
        }
        match (section, its) {
            (Some(section), Some(its)) if is_left_to_the_cli(&section) => {
                let site = asked.unwrap_or(&its);
                Self::at_site(flags, site, Some(section), store)
            }
            _ => {
                Ok(Self::of_profile(flags, profile, asked, true)?
                    .map(|settings| Answering { settings, is_set_up: true }))
            }
        }
    }

    /// The settings for a host; `section` is the one that is meant where no profile of jeton's is for it.
    fn at_site(flags: &Flags, site: &Site, section: Option<Profile>, store: &Store) -> Result<Option<Answering>> {
        let origin = site.host.origin();
        let question = format!(
            "at {origin} {} {}",
            site.account_id.as_deref().unwrap_or_default(),
            site.workspace_id.as_deref().unwrap_or_default()
        );
        let mut profile = store.choose(&question, |all| all.at(site))?;
        if profile.is_none() {
            profile = Place::of_url(origin)?.map(|place| store.find_for(&place)).transpose()?.flatten();
        }
        if let Some(profile) = profile {
            let settings = Self::of_profile(flags, profile, Some(site), false)?;
            return Ok(settings.map(|settings| Answering { settings, is_set_up: true }));
        }
        let section = match section {
            Some(section) => Some(section),
            None => section_at(site)?,
        };
        if let Some(section) = section {
            let is_set_up = !is_left_to_the_cli(&section);
            let settings = Self::of_profile(flags, section, Some(site), false)?;
            return Ok(settings.map(|settings| Answering { settings, is_set_up }));
        }
        Self::of_environment(flags, site)
    }

    fn of_none(flags: &Flags, store: &Store) -> Result<Option<Answering>> {
        let found = store.choose("at no host", Document::for_databricks)?;
        let of = |profile: Profile, is_set_up| {
            let settings = Self::of_profile(flags, profile, None, false)?;
            Ok(settings.map(|settings| Answering { settings, is_set_up }))
        };
        if let Some(profile) = found {
            return of(profile, true);
        }
        let sections = databrickscfg::own()?;
        let default = databrickscfg::default_name(&sections);
        let default = sections.iter().find(|section| section.name == default && section.get("host").is_some());
        if let Some(section) = default {
            return Self::of_named(flags, &section.name.clone(), None, Workspace::default(), store);
        }
        let names: Vec<_> = Self::names_for_databricks(store)?.into_iter().map(|(name, _)| name).collect();
        match names.as_slice() {
            [] => Ok(None),
            [name] => Self::of_named(flags, &name.clone(), None, Workspace::default(), store),
            names => Err(Error::configuration(format!("no profile specified, and there are {}", names.join(", ")))
                .hint("use --profile NAME to specify which profile to use, or set JETON_PROFILE")),
        }
    }

    /// The names of all profiles with a host, and which of them are jeton's own: those, then the sections of .databrickscfg.
    ///
    /// # Errors
    /// A malformed file.
    pub(crate) fn names_for_databricks(store: &Store) -> Result<Vec<(String, bool)>> {
        let own = store.load()?;
        let own = own.profiles().filter(|profile| profile.fields.contains_key(Field::DatabricksHost.key()));
        let mut names: Vec<_> = own.map(|profile| (profile.name, true)).collect();
        for section in databrickscfg::own()? {
            if section.get("host").is_some() && !names.iter().any(|(name, _)| *name == section.name) {
                names.push((section.name, false));
            }
        }
        Ok(names)
    }

    /// Whether .databrickscfg has a profile of this name, as far as it can be read.
    pub(crate) fn has_databricks_section(name: &str) -> bool {
        databrickscfg::own().is_ok_and(|sections| sections.iter().any(|section| section.name == name))
    }

    /// The settings of `profile` for `site`, or for its own host; `None` where its token may not go there.
    fn of_profile(flags: &Flags, profile: Profile, site: Option<&Site>, named: bool) -> Result<Option<Self>> {
        let (flow, own) = (Self::of(profile.clone()).flow_name()?, site_of(&profile)?);
        let mut flags = flags.clone();
        flags.set_from(Field::IgnoreEnvironment, Some("true"), ORIGIN);
        if let Some(site) = site {
            if own.as_ref().is_none_or(|own| site.fits(own).is_none()) {
                let place = Place::of_url(site.host.origin())?;
                let listed = place.map(|place| profile.fits(&place)).transpose()?.flatten().is_some();
                // (A token of Databricks' own is for one host.)
                let is_others = own.is_some() && flow.is_databricks();
                if is_others || !(listed || (named && may_have_entras(&site.host, flow))) {
                    return Ok(None);
                }
            }
            flags.set_from(Field::DatabricksHost, Some(site.host.origin()), ORIGIN);
            if profile.get(Field::DatabricksAccountId)?.is_none() && site.needs_account(flow) {
                flags.set_from(Field::DatabricksAccountId, site.account_id.as_deref(), ORIGIN);
            }
        }
        let mut settings = Self::with(flags, Some(profile));
        if own.is_none() && environment::var("JETON_FLOW").is_none() {
            // The host alone would mean a person's sign-in there.
            settings.add(Field::Flow, flow.as_str(), ORIGIN);
        }
        settings.for_databricks().map(Some)
    }

    /// Flags and environment alone.
    fn of_environment(flags: &Flags, site: &Site) -> Result<Option<Answering>> {
        let mut flags = flags.clone();
        // (As a flag: the command that signs in has it.)
        flags.set(Field::DatabricksHost, Some(site.host.origin()));
        // Who says that the CLI has the sign-in means none of the credentials that SDKs would take themselves.
        let left_to_the_cli = environment::var("DATABRICKS_AUTH_TYPE")
            .is_some_and(|name| FlowName::of_auth_type(&name).is_ok_and(|flow| flow == FlowName::DatabricksU2m));
        if left_to_the_cli {
            flags.set_from(Field::IgnoreEnvironment, Some("true"), ORIGIN);
        }
        let mut settings = Self::with(flags, None);
        let flow = settings.flow_name()?;
        let own = environment::databricks_host().and_then(|host| Host::parse(&host).ok());
        let is_own = own.is_some_and(|own| own.origin() == site.host.origin());
        if !flow.is_databricks() && !is_own && !may_have_entras(&site.host, flow) {
            return Ok(None);
        }
        if let Some(account_id) = site.account_id.as_deref().filter(|_| site.needs_account(flow)) {
            let field = Field::DatabricksAccountId;
            settings.add(field, account_id, Origin::Flag(field.spec().flag));
        }
        let is_set_up = flow != FlowName::DatabricksU2m;
        settings.for_databricks().map(|settings| Some(Answering { settings, is_set_up }))
    }

    /// The same for a token that Databricks takes.
    fn for_databricks(self) -> Result<Self> {
        Ok(if self.flow_name()?.is_databricks() { self } else { self.for_resource("databricks") })
    }
}

/// Whether a token of Entra may go to `host`: by its name, it is a workspace in Azure.
fn may_have_entras(host: &Host, flow: FlowName) -> bool {
    !flow.is_databricks() && matches!(host.cloud(), Some(crate::databricks::Cloud::Azure(_)))
}

/// Where a profile's token is for, if it says so.
fn site_of(profile: &Profile) -> Result<Option<Site>> {
    let account_id = profile.get(Field::DatabricksAccountId)?;
    let host = profile.get(Field::DatabricksHost)?;
    host.map(|host| Site::of(&host, account_id.as_deref(), None)).transpose()
}

/// Whether a section of .databrickscfg says nothing of how to sign in but that the CLI knows it.
fn is_left_to_the_cli(section: &Profile) -> bool {
    Settings::of(section.clone()).flow_name().is_ok_and(|flow| flow == FlowName::DatabricksU2m)
}

/// The section for a host. Those that leave the sign-in to the CLI go before those that hold a credential, which SDKs
/// use without asking anybody.
fn section_at(site: &Site) -> Result<Option<Profile>> {
    let sections = databrickscfg::own()?;
    let mut found: Vec<(usize, &Section, Profile)> = Vec::new();
    for section in &sections {
        let text = |key| section.get(key).map(crate::secret::Secret::expose);
        let Some(host) = text("host") else { continue };
        // (What is wrong with another section is none of this call's.)
        let Ok(its) = Site::of(host, text("account_id"), text("workspace_id")) else { continue };
        if let (Some(shared), Ok(profile)) = (site.fits(&its), section.usable()) {
            let rank = 2 * shared + usize::from(is_left_to_the_cli(&profile));
            found.push((rank, section, profile));
        }
    }
    let best = found.iter().map(|(rank, ..)| *rank).max().unwrap_or_default();
    found.retain(|(rank, ..)| *rank == best);
    let default = databrickscfg::default_name(&sections);
    if found.len() > 1
        && let Some(at) = found.iter().position(|(_, section, _)| section.name == default)
    {
        return Ok(Some(found.swap_remove(at).2));
    }
    if found.len() > 1 {
        let names: Vec<_> = found.iter().map(|(_, section, _)| section.name.as_str()).collect();
        return Err(Error::configuration(format!(
            "{} match {} in .databrickscfg",
            names.join(" and "),
            site.host.origin()
        ))
        .hint("use --profile NAME to specify which profile to use, or set DATABRICKS_CONFIG_PROFILE"));
    }
    Ok(found.pop().map(|(_, _, profile)| profile))
}

impl Document {
    /// The profile whose own host it is.
    fn at(&self, site: &Site) -> Result<Option<Profile>> {
        let mut found = Vec::new();
        for profile in self.profiles() {
            // (A host that is none is told when its profile answers.)
            if let Some(shared) = site_of(&profile).ok().flatten().and_then(|its| site.fits(&its)) {
                found.push((shared, profile));
            }
        }
        let best = found.iter().map(|(shared, _)| *shared).max().unwrap_or_default();
        let found = found.into_iter().filter(|(shared, _)| *shared == best).map(|(_, profile)| profile).collect();
        only(found, site.host.origin(), TOOL).map_err(named_by_its_name)
    }

    /// The profile for a call that names no host.
    fn for_databricks(&self) -> Result<Option<Profile>> {
        let for_it = |name: &&str| self.get(name).filter(|one| one.fields.contains_key(Field::DatabricksHost.key()));
        Ok([TOOL, "default"].iter().find_map(for_it))
    }
}

fn named_by_its_name(error: Error) -> Error {
    error.hint("name one with --profile, or set JETON_PROFILE")
}
