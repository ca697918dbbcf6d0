//! What a token is for: scopes on the v2 endpoint, one resource on v1.
//!
//! Rules: "Scopes and permissions in the Microsoft identity platform", the `/.default` scope; `resource_to_scopes` in
//! azure-cli-core `auth/util.py` for the trailing slash, which belongs to the audience and is kept
//! (`https://management.azure.com//.default`).

use super::authority::Cloud;
use crate::error::{Error, Result};

/// The end of a scope that means "all that the app was granted".
const DEFAULT: &str = "/.default";

/// Names that stand for a resource: `--scope databricks`, `--resource arm`. The second column is the public cloud's.
pub const WELL_KNOWN: &[(&str, &str)] = &[
    ("aks", "6dae42f8-4368-4678-94ff-3960e28e3630"),
    ("arm", "https://management.azure.com"),
    ("containerregistry", "https://containerregistry.azure.net"),
    ("databricks", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"),
    ("devops", "499b84ac-1321-427f-aa17-267ca6975798"),
    ("graph", "https://graph.microsoft.com"),
    ("keyvault", "https://vault.azure.net"),
    ("sql", "https://database.windows.net"),
    ("storage", "https://storage.azure.com"),
];

/// Where the other clouds differ: azure-cli-core `cloud.py`.
const NATIONAL: &[(&str, Cloud, &str)] = &[
    ("arm", Cloud::UsGov, "https://management.usgovcloudapi.net"),
    ("arm", Cloud::China, "https://management.chinacloudapi.cn"),
    ("arm", Cloud::Bleu, "https://management.sovcloud-api.fr"),
    ("graph", Cloud::UsGov, "https://graph.microsoft.us"),
    ("graph", Cloud::China, "https://microsoftgraph.chinacloudapi.cn"),
    ("keyvault", Cloud::UsGov, "https://vault.usgovcloudapi.net"),
    ("keyvault", Cloud::China, "https://vault.azure.cn"),
    ("sql", Cloud::UsGov, "https://database.usgovcloudapi.net"),
    ("sql", Cloud::China, "https://database.chinacloudapi.cn"),
];

/// The application ids of resources that go by a URL above: tokens of version 2 name those as their audience.
/// Source: "Application IDs of commonly used Microsoft applications" and "verify first-party Microsoft applications in
/// sign-in reports" (Microsoft Learn). The second URL is the one that azure-cli asks for.
const ALSO_KNOWN: &[(&str, &str)] = &[
    ("arm", "797f4846-ba00-4fd7-ba43-dac1f8f63013"),
    ("arm", "https://management.core.windows.net"),
    ("graph", "00000003-0000-0000-c000-000000000000"),
    ("keyvault", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"),
    ("sql", "022907d3-0f1b-48f7-badc-1ba6abab6d66"),
    ("storage", "e406a681-f3d4-42a8-90b6-c2b029497af1"),
];

/// The well-known name of an audience, whatever cloud it is in: `databricks` for its GUID, `arm` for its URL with or
/// without a slash.
#[must_use]
pub fn name_of(audience: &str) -> Option<&'static str> {
    let bare = audience.trim_end_matches('/');
    let national = NATIONAL.iter().map(|(name, _, value)| (name, value));
    let known = WELL_KNOWN.iter().chain(ALSO_KNOWN).map(|(name, value)| (name, value)).chain(national);
    known.into_iter().find(|(_, value)| value.eq_ignore_ascii_case(bare)).map(|(name, _)| *name)
}

/// A resource: an App ID URI or an application's GUID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource(String);

impl Resource {
    /// Reads `--resource`: a well-known name, an App ID URI or a GUID, with or without `/.default`.
    ///
    /// # Errors
    /// An empty text, blanks in it, `GUID.default`, or a well-known name that this cloud's value is not known for.
    pub fn parse(text: &str, cloud: Option<Cloud>) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::usage(format!("{text:?} is not a resource")).hint(
                "give one App ID URI, GUID or well-known name, such as https://graph.microsoft.com or databricks",
            ));
        }
        refuse_missing_slash(text)?;
        let bare = text.strip_suffix(DEFAULT).unwrap_or(text);
        Ok(Self(well_known(bare, cloud)?.unwrap_or(bare).to_owned()))
    }

    /// The v1 `resource` parameter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The v2 scope that means all that the app was granted.
    #[must_use]
    pub fn default_scope(&self) -> String {
        format!("{}{DEFAULT}", self.0)
    }
}

/// What was asked for, as typed, before a flow says which form it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience {
    /// `--scope`: separated, de-duplicated, in the order given.
    pub scopes: Vec<String>,
    /// `--resource`.
    pub resource: Option<String>,
}

impl Audience {
    /// Separates lists by blanks and commas and drops repetitions.
    #[must_use]
    pub fn new<'a>(scopes: impl IntoIterator<Item = &'a str>, resource: Option<&str>) -> Self {
        let mut separated: Vec<String> = Vec::new();
        for scope in scopes.into_iter().flat_map(|list| list.split([' ', ',', '\t', '\n', '\r'])) {
            if !scope.is_empty() && !separated.iter().any(|known| known == scope) {
                separated.push(scope.to_owned());
            }
        }
        Self { scopes: separated, resource: resource.map(str::to_owned) }
    }

    /// The one resource that an app's own token is for. A scope may be written with or without `/.default`.
    ///
    /// # Errors
    /// None or several of them, or a scope for a single permission: an app gets `{resource}/.default` only (AADSTS1002012).
    pub fn for_app(&self, cloud: Option<Cloud>) -> Result<Resource> {
        let mut resources: Vec<Resource> = Vec::new();
        if let Some(resource) = &self.resource {
            resources.push(Resource::parse(resource, cloud)?);
        }
        for scope in &self.scopes {
            let resource = app_scope(scope, cloud)?;
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        if resources.len() > 1 {
            return Err(several(&resources.into_iter().map(|resource| resource.0).collect::<Vec<_>>()));
        }
        resources.pop().ok_or_else(nothing_asked)
    }
}

/// What a user's token is for: scopes of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserScopes {
    /// As v2 takes them, without those of OpenID Connect.
    pub scopes: Vec<String>,
    /// As v1 takes it.
    pub resource: String,
}

/// Scopes that every sign-in asks for anyway: OpenID Connect Core section 5.4 and 11.
const RESERVED: &[&str] = &["openid", "profile", "offline_access", "email"];

/// Microsoft Graph, which scopes without a resource are for ("Scopes and permissions in the Microsoft identity platform").
const GRAPH: &str = "https://graph.microsoft.com";

impl Audience {
    /// The scopes that a user's token is for. A resource alone means `{resource}/.default`.
    ///
    /// # Errors
    /// None, or scopes of several resources: a token is for one (AADSTS28000).
    pub fn for_user(&self, cloud: Option<Cloud>) -> Result<UserScopes> {
        let mut scopes: Vec<String> = Vec::new();
        let mut resources: Vec<String> = Vec::new();
        let mut add = |scope: String, resource: String| {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        };
        if let Some(resource) = &self.resource {
            let resource = Resource::parse(resource, cloud)?;
            add(resource.default_scope(), resource.0);
        }
        for scope in self.scopes.iter().filter(|scope| !RESERVED.contains(&scope.as_str())) {
            if names_a_permission(scope) && !scope.ends_with(DEFAULT) {
                match scope.rsplit_once('/') {
                    Some((resource, _)) => add(scope.clone(), resource.to_owned()),
                    // v2 needs no resource for these, so a cloud whose Graph is not known here does not matter.
                    None => add(scope.clone(), well_known("graph", cloud).ok().flatten().unwrap_or(GRAPH).to_owned()),
                }
            } else {
                let resource = Resource::parse(scope, cloud)?;
                add(resource.default_scope(), resource.0);
            }
        }
        if resources.len() > 1 {
            return Err(several(&resources));
        }
        let resource = resources.pop().ok_or_else(nothing_asked)?;
        Ok(UserScopes { scopes, resource })
    }
}

fn several(resources: &[String]) -> Error {
    Error::usage(format!("a token is for one resource, but {} were asked for", resources.join(" and ")))
        .hint("ask for one token each")
}

fn nothing_asked() -> Error {
    let names: Vec<_> = WELL_KNOWN.iter().map(|(name, _)| *name).collect();
    Error::usage("it was not said what the token is for")
        .hint(format!("add --scope with a resource, or one of: {}", names.join(", ")))
}

/// The resource of one scope of an app.
fn app_scope(scope: &str, cloud: Option<Cloud>) -> Result<Resource> {
    let resource = Resource::parse(scope, cloud)?;
    if scope.ends_with(DEFAULT) || !names_a_permission(scope) {
        return Ok(resource);
    }
    let base = scope.rsplit_once('/').map_or(scope, |(base, _)| base);
    Err(Error::usage(format!("{scope} is a single permission, and an app's own token carries all that it was granted"))
        .hint(format!("ask for {base}{DEFAULT}; if {scope} is the resource itself, give it as --resource")))
}

/// Whether a scope ends in the name of a permission: `https://graph.microsoft.com/User.Read`, `api://x/read`, `User.Read`.
fn names_a_permission(scope: &str) -> bool {
    if is_guid(scope) || WELL_KNOWN.iter().any(|(name, _)| name.eq_ignore_ascii_case(scope)) {
        return false;
    }
    match scope.split_once("://") {
        Some((_, rest)) => rest.split_once('/').is_some_and(|(_, path)| !path.is_empty()),
        None => true,
    }
}

fn well_known(name: &str, cloud: Option<Cloud>) -> Result<Option<&'static str>> {
    let Some((name, public)) = WELL_KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    let cloud = cloud.unwrap_or(Cloud::Public);
    // Ids are the same in every cloud; of the host names, storage's is too.
    if cloud == Cloud::Public || !public.contains("://") || *name == "storage" {
        return Ok(Some(public));
    }
    match NATIONAL.iter().find(|(known, of, _)| known == name && *of == cloud) {
        Some((_, _, url)) => Ok(Some(url)),
        None => Err(Error::usage(format!("the resource {name} is not known for the cloud {cloud}"))
            .hint("give its URL as --resource")),
    }
}

/// `<GUID>.default` is a mistake that a published guide makes: without the slash it names nothing.
fn refuse_missing_slash(scope: &str) -> Result<()> {
    match scope.strip_suffix(".default") {
        Some(before) if is_guid(before) => {
            Err(Error::usage(format!("{scope} lacks a slash before .default")).hint(format!("write {before}{DEFAULT}")))
        }
        _ => Ok(()),
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let mut parts = text.split('-');
    [8, 4, 4, 4, 12]
        .iter()
        .all(|length| parts.next().is_some_and(|p| p.len() == *length && p.bytes().all(|b| b.is_ascii_hexdigit())))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GUID: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

    fn app(scopes: &[&str]) -> Result<String> {
        Ok(Audience::new(scopes.iter().copied(), None).for_app(None)?.default_scope())
    }

    #[test]
    fn an_app_may_name_its_resource_in_many_ways() {
        for (scope, sent) in [
            (GUID, "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"),
            ("databricks", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"),
            ("Databricks", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"),
            ("https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
            ("https://graph.microsoft.com/.default", "https://graph.microsoft.com/.default"),
            ("https://management.core.windows.net/", "https://management.core.windows.net//.default"),
            ("https://management.core.windows.net//.default", "https://management.core.windows.net//.default"),
            ("api://my-app", "api://my-app/.default"),
            ("api://my-app/deep/.default", "api://my-app/deep/.default"),
            ("graph, graph graph/.default", "https://graph.microsoft.com/.default"),
        ] {
            assert_eq!(app(&[scope]).unwrap(), sent, "{scope}");
        }
    }

    #[test]
    fn a_single_permission_two_resources_and_nothing_are_refused() {
        for (scopes, hint) in [
            (&["https://graph.microsoft.com/User.Read"][..], "https://graph.microsoft.com/.default"),
            (&["User.Read"][..], "--resource"),
            (&["graph,arm"][..], "one token each"),
            (&[][..], "databricks"),
        ] {
            let error = app(scopes).unwrap_err();
            assert!(error.hint.as_deref().unwrap().contains(hint), "{error}");
        }
    }

    #[test]
    fn the_missing_slash_of_a_guide_gets_a_hint() {
        let error = app(&["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d.default"]).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("write 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"));
    }

    #[test]
    fn a_resource_with_a_path_is_taken_as_it_is() {
        let audience = Audience::new([], Some("api://app/with/path"));
        assert_eq!(audience.for_app(None).unwrap().default_scope(), "api://app/with/path/.default");
    }

    #[test]
    fn clouds_have_their_own_hosts() {
        let arm = |cloud| Audience::new(["arm"], None).for_app(Some(cloud)).map(|r| r.as_str().to_owned());
        assert_eq!(arm(Cloud::UsGov).unwrap(), "https://management.usgovcloudapi.net");
        assert!(arm(Cloud::Delos).is_err());
        assert_eq!(Audience::new(["databricks"], None).for_app(Some(Cloud::Delos)).unwrap().as_str(), GUID);
    }

    #[test]
    fn an_audience_has_its_name_back() {
        for (audience, name) in [
            (GUID, Some("databricks")),
            ("https://management.azure.com/", Some("arm")),
            ("https://management.core.windows.net/", Some("arm")),
            ("https://GRAPH.microsoft.us", Some("graph")),
            ("00000003-0000-0000-c000-000000000000", Some("graph")),
            ("api://mine", None),
            ("", None),
        ] {
            assert_eq!(name_of(audience), name, "{audience}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,60}", resource in proptest::option::of(".{0,20}")) {
            let _ = Audience::new([text.as_str()], resource.as_deref()).for_app(Some(Cloud::Public));
        }
    }
}
