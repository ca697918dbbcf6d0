//! Services that everybody knows by their hosts, and what a token for them is for.

use super::Place;

/// A well-known service: a profile without `hosts` is good for it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// As in a profile's `hosts`.
    hosts: &'static [&'static str],
    /// What its tokens are for, by the name of a well-known resource.
    pub resource: &'static str,
}

impl Service {
    /// The repositories of Azure DevOps, also by the host that an organisation had before ("Allowed IP addresses and
    /// domain URLs", Microsoft Learn).
    pub const AZURE_REPOS: Self = Self { hosts: &["dev.azure.com", "*.visualstudio.com"], resource: "devops" };

    /// Feeds of packages in Azure DevOps (the same page).
    pub const AZURE_ARTIFACTS: Self = Self { hosts: &["pkgs.dev.azure.com", "*.visualstudio.com"], resource: "devops" };

    /// Azure's container registries, by the domains below which they are (docker-credential-acr-env,
    /// `pkg/credhelper/helper.go`).
    pub const AZURE_REGISTRIES: Self = Self {
        hosts: &["*.azurecr.io", "*.azurecr.cn", "*.azurecr.us", "*.azurecr.de"],
        resource: "containerregistry",
    };

    /// Whether `place` is there.
    #[must_use]
    pub fn is_at(&self, place: &Place) -> bool {
        // (As [`HostPattern::fits`], without reading each pattern at every call. A test compares them.)
        place.port.is_none()
            && self.hosts.iter().any(|host| match host.strip_prefix('*') {
                Some(domain) => place.host.strip_suffix(domain).is_some_and(|label| !label.is_empty()),
                None => place.host == *host,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::HostPattern;

    #[track_caller]
    fn assert_known(service: Service, places: &[(&str, bool)]) {
        for (place, known) in places {
            let place = Place::parse(place).unwrap();
            let patterns = service.hosts.iter().map(|host| host.parse::<HostPattern>().unwrap());
            assert_eq!(service.is_at(&place), *known, "{place}");
            assert_eq!(patterns.filter(|pattern| pattern.fits(&place).is_some()).count() > 0, *known, "{place}");
        }
    }

    #[test]
    fn azure_devops_is_known_by_its_hosts() {
        assert_known(
            Service::AZURE_REPOS,
            &[
                ("dev.azure.com", true),
                ("dev.azure.com/contoso/p", true),
                ("contoso.visualstudio.com", true),
                ("visualstudio.com", false),
                (".visualstudio.com", false),
                ("dev.azure.com.evil.example", false),
                ("dev.azure.com:444", false),
            ],
        );
    }

    #[test]
    fn a_registry_is_known_by_its_domain() {
        assert_known(
            Service::AZURE_REGISTRIES,
            &[
                ("contoso.azurecr.io", true),
                ("https://contoso.azurecr.io/v2/", true),
                ("a.b.azurecr.us", true),
                ("azurecr.io", false),
                (".azurecr.io", false),
                ("evilazurecr.io", false),
                ("contoso.azurecr.io.evil.example", false),
                ("contoso.azurecr.io:444", false),
                ("docker.io", false),
            ],
        );
    }
}
