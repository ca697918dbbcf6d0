//! Whose token a tool gets that asks for a workspace or account of Databricks, as SDKs ask `databricks`.

use super::account::only;
use super::databrickscfg::{self, Section};
use super::resolve::Origin;
use super::store::best_for;
use super::{Field, Flags, FlowName, Place, Profile, Settings, Store};
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

/// What binds a profile to a host that is asked for.
#[derive(Debug, Clone, Copy)]
enum Bond {
    /// It is the profile's own.
    Own,
    /// The profile lists it.
    Listed,
    /// The profile was named, and has none.
    Named,
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
        let of_section = section.as_ref().is_some_and(is_left_to_the_cli);
        let its = if asked.is_some() || of_section { site_of(&profile)? } else { None };
        if let (Some(asked), Some(its)) = (asked, &its)
            && asked.fits(its).is_none()
        {
            return match wanted.profile {
                None if environment::profile().is_some() => Ok(None),
                // The variable of all SDKs is not meant for every host that one program asks for.
                None => Self::at_site(flags, asked, None, store),
                Some(name) => Err(Error::usage(format!(
                    "--profile {name:?} has host {:?}, which conflicts with --host {:?}",
                    its.host.origin(),
                    asked.host.origin()
                ))
                .hint("use --profile alone to select a profile")),
            };
        }
        if of_section && let Some(its) = its {
            return Self::at_site(flags, asked.unwrap_or(&its), section, store);
        }
        let bond = if its.is_some() { Bond::Own } else { Bond::Named };
        Self::of_profile(flags, profile, asked.map(|site| (site, bond)), true)
    }

    /// The settings for a host; `section` is the one that is meant where no profile of jeton's is for it.
    fn at_site(flags: &Flags, site: &Site, section: Option<Profile>, store: &Store) -> Result<Option<Answering>> {
        let origin = site.host.origin();
        let question = format!(
            "at {origin} {} {}",
            site.account_id.as_deref().unwrap_or_default(),
            site.workspace_id.as_deref().unwrap_or_default()
        );
        let found = store.choose(&question, None, &|all| match at(all, site)? {
            Some(own) => Ok(Some(own)),
            None => Place::of_url(origin)?.map_or(Ok(None), |place| best_for(all, &place)),
        })?;
        if let Some(profile) = found {
            let is_own = site_of(&profile)?.is_some_and(|its| site.fits(&its).is_some());
            let bond = if is_own { Bond::Own } else { Bond::Listed };
            return Self::of_profile(flags, profile, Some((site, bond)), true);
        }
        let section = match section {
            Some(section) => Some(section),
            None => section_at(site)?,
        };
        match section {
            Some(section) => {
                let is_set_up = !is_left_to_the_cli(&section);
                Self::of_profile(flags, section, Some((site, Bond::Own)), is_set_up)
            }
            None => Self::of_environment(flags, site),
        }
    }

    fn of_none(flags: &Flags, store: &Store) -> Result<Option<Answering>> {
        let found = store.choose("at no host", None, &|all| Ok(for_databricks(all)))?;
        if let Some(profile) = found {
            return Self::of_profile(flags, profile, None, true);
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

    /// The settings of `profile` for a host, or for its own; `None` where its token may not go there.
    fn of_profile(
        flags: &Flags,
        profile: Profile,
        site: Option<(&Site, Bond)>,
        is_set_up: bool,
    ) -> Result<Option<Answering>> {
        let mut flags = flags.clone();
        flags.set_from(Field::IgnoreEnvironment, Some("true"), ORIGIN);
        let has = |field: Field| profile.fields.contains_key(field.key());
        // (By what the profile alone says, which is a look at much of it: not for the usual call.)
        let flow = || Self::of(profile.clone()).flow_name();
        if let Some((site, bond)) = site {
            let may = match bond {
                Bond::Own => true,
                // (A token of Databricks' own is for one host.)
                Bond::Listed => !has(Field::DatabricksHost) || !flow()?.is_databricks(),
                Bond::Named => {
                    let place = Place::of_url(site.host.origin())?;
                    let listed = place.map(|place| profile.fits(&place)).transpose()?.flatten().is_some();
                    listed || may_have_entras(&site.host, flow()?)
                }
            };
            if !may {
                return Ok(None);
            }
            flags.set_from(Field::DatabricksHost, Some(site.host.origin()), ORIGIN);
            if let Some(account_id) = &site.account_id
                && !has(Field::DatabricksAccountId)
                && site.needs_account(flow()?)
            {
                flags.set_from(Field::DatabricksAccountId, Some(account_id), ORIGIN);
            }
        }
        if !has(Field::DatabricksHost) && environment::var("JETON_FLOW").is_none() {
            // The host alone would mean a person's sign-in there.
            flags.set_from(Field::Flow, Some(flow()?.as_str()), ORIGIN);
        }
        let settings = Self::with(flags, Some(profile)).for_databricks()?;
        Ok(Some(Answering { settings, is_set_up }))
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

/// The place of the profile whose own host it is.
fn at(all: &[Profile], site: &Site) -> Result<Option<usize>> {
    let shared = |profile: &Profile| {
        let host = profile.fields.get(Field::DatabricksHost.key())?.as_str()?;
        // (Most are of another name, and need not be read for that. One that is none is told when its profile answers.)
        let is_like_it = host.to_ascii_lowercase().contains(site.host.name());
        if is_like_it { site.fits(&site_of(profile).ok()??) } else { None }
    };
    match all.iter().filter_map(shared).max() {
        None => Ok(None),
        best => only(all, &mut |profile| Ok(shared(profile) == best), site.host.origin(), TOOL)
            .map_err(|error| error.hint("name one with --profile, or set JETON_PROFILE")),
    }
}

/// The place of the profile for a call that names no host.
fn for_databricks(all: &[Profile]) -> Option<usize> {
    let has_host = |profile: &Profile| profile.fields.contains_key(Field::DatabricksHost.key());
    let called = |name| all.iter().position(|one| one.name == name && has_host(one));
    [TOOL, "default"].into_iter().find_map(called)
}
