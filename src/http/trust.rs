//! Whose certificates are believed: the operating system's roots, and those that variables add.
//!
//! `JETON_CA_FILE`, `SSL_CERT_FILE` and `SSL_CERT_DIR` (PEM) add to the system's roots and take none away: who sits
//! behind a TLS-inspecting proxy needs its root beside the others. (OpenSSL lets `SSL_CERT_*` replace its roots; a whole
//! bundle named there works the same in both ways.)
//!
//! A server is verified with one set of roots after the other, until one does ([`Trust::set`]):
//!
//! 1. the files that variables name, and on Linux and BSD the system's bundle: all that is needed nearly always;
//! 2. the folders, of `SSL_CERT_DIR` and the system: some hundred small files, which take longer than all the rest;
//! 3. on macOS and Windows the system's own verifier, with its own rules and the roots that an administrator added (it
//!    takes no roots from files); elsewhere, where there is no store at all (an empty container), Mozilla's roots as they
//!    were when jeton was built.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths};
use rustls_pki_types::CertificateDer;
use ureq::tls::{Certificate, RootCerts};

use crate::error::{Error, Result};
use crate::log::Log;

/// Where distributions keep all roots in one file; the first that exists counts. Sources: Go's
/// `crypto/x509/root_{linux,bsd,solaris}.go`, the crate openssl-probe.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo, NixOS
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/ssl/cert.pem",                  // Alpine, OpenBSD
    "/opt/etc/ssl/certs/ca-certificates.crt", // Entware
    "/usr/local/etc/ssl/cert.pem",        // FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt", // DragonFly
    "/etc/openssl/certs/ca-certificates.crt", // NetBSD
    "/etc/certs/ca-certificates.crt",     // Solaris
];

/// Folders with one root a file. A root that someone put there by hand is in no bundle.
const FOLDERS: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs", "/usr/local/share/certs"];

/// What the environment says about roots.
#[derive(Debug, Default)]
pub(super) struct TrustSettings {
    jeton_ca_file: Option<PathBuf>,
    ssl_cert_file: Option<PathBuf>,
    ssl_cert_dir: Option<OsString>,
}

impl TrustSettings {
    /// Reads the variables through `var`. An empty one counts as unset.
    pub(super) fn read(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        Self {
            jeton_ca_file: set("JETON_CA_FILE").map(PathBuf::from),
            ssl_cert_file: set("SSL_CERT_FILE").map(PathBuf::from),
            ssl_cert_dir: set("SSL_CERT_DIR"),
        }
    }
}

/// The sets of roots, each read when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Trust {
    settings: TrustSettings,
    sets: [OnceLock<Set>; SETS],
}

/// How many sets there are.
pub(super) const SETS: usize = 3;

#[derive(Debug)]
struct Set {
    roots: Option<RootCerts>,
    /// Whether a store of the system is in it.
    system: bool,
}

impl Trust {
    pub(super) fn new(settings: TrustSettings) -> Self {
        Self { settings, sets: Default::default() }
    }

    /// See [`TrustSettings::named`].
    pub(super) fn named(&self) -> Vec<(&'static str, PathBuf, std::result::Result<usize, String>)> {
        self.settings.named()
    }

    /// The set of this number (below [`SETS`]), if there is anything in it.
    ///
    /// # Errors
    /// `JETON_CA_FILE` does not give a certificate. (`SSL_CERT_*` is there for other programs too: a warning.)
    pub(super) fn set(&self, number: usize, log: &Log) -> Result<Option<&RootCerts>> {
        let known = match self.sets[number].get() {
            Some(known) => known,
            None => {
                let read = self.read(number, log)?;
                self.sets[number].get_or_init(|| read)
            }
        };
        Ok(known.roots.as_ref())
    }

    fn read(&self, number: usize, log: &Log) -> Result<Set> {
        const OS_VERIFIES: bool = cfg!(any(target_os = "macos", windows));
        let mut roots = Roots::default();
        let system = match number {
            0 => {
                self.settings.add_files(&mut roots, log)?;
                !OS_VERIFIES && roots.add_first_bundle(BUNDLES)
            }
            1 => {
                self.settings.add_folders(&mut roots, log);
                !OS_VERIFIES && roots.add_all_folders(FOLDERS)
            }
            _ => {
                let store = self.sets.iter().filter_map(OnceLock::get).any(|set| set.system);
                let last = match (OS_VERIFIES, store) {
                    (true, _) => Some(("the operating system's verifier", RootCerts::PlatformVerifier)),
                    (false, false) => Some(("Mozilla's, as this system has none", RootCerts::WebPki)),
                    (false, true) => None,
                };
                if let Some((name, _)) = &last {
                    log.step(|| format!("root certificates: {name}"));
                }
                return Ok(Set { roots: last.map(|(_, roots)| roots), system: true });
            }
        };
        if !roots.certificates.is_empty() {
            log.step(|| {
                let read: Vec<_> = roots.read.iter().map(|path| path.display().to_string()).collect();
                format!("root certificates: {} of {}", roots.certificates.len(), read.join(", "))
            });
        }
        Ok(Set { roots: roots.into_set(), system })
    }
}

impl TrustSettings {
    /// Adds the files that variables name.
    fn add_files(&self, roots: &mut Roots, log: &Log) -> Result<()> {
        if let Some(path) = &self.jeton_ca_file {
            roots.file(path).map_err(|why| {
                Error::configuration(format!("JETON_CA_FILE={}: {why}", path.display()))
                    .hint("name a readable file with the CA certificate in PEM form, or unset JETON_CA_FILE")
            })?;
        }
        if let Some(path) = &self.ssl_cert_file
            && let Err(why) = roots.file(path)
        {
            log.warn(format!("SSL_CERT_FILE={}: {why}", path.display()));
        }
        Ok(())
    }

    /// Adds the folders of `SSL_CERT_DIR`.
    fn add_folders(&self, roots: &mut Roots, log: &Log) {
        for path in self.ssl_cert_dir.iter().flat_map(std::env::split_paths).filter(|path| path != Path::new("")) {
            if let Err(why) = roots.folder(&path) {
                log.warn(format!("SSL_CERT_DIR={}: {why}", path.display()));
            }
        }
    }
}

impl TrustSettings {
    /// The files and folders that variables name, with how many certificates are in each, or why there are none.
    pub(super) fn named(&self) -> Vec<(&'static str, PathBuf, std::result::Result<usize, String>)> {
        let count = |read: fn(&mut Roots, &Path) -> std::result::Result<(), String>, path: &Path| {
            let mut roots = Roots::default();
            read(&mut roots, path).map(|()| roots.certificates.len())
        };
        let files = [("JETON_CA_FILE", &self.jeton_ca_file), ("SSL_CERT_FILE", &self.ssl_cert_file)];
        let files = files.into_iter().filter_map(|(name, path)| Some((name, path.clone()?)));
        let files = files.map(|(name, path)| (name, count(Roots::file, &path), path));
        let folders = self.ssl_cert_dir.iter().flat_map(std::env::split_paths).filter(|path| path != Path::new(""));
        let folders = folders.map(|path| ("SSL_CERT_DIR", count(Roots::folder, &path), path));
        files.chain(folders).map(|(name, read, path)| (name, path, read)).collect()
    }
}

/// Certificates, and where they were read. (`SSL_CERT_*` often name the system's own files: those are read once.)
#[derive(Debug, Default)]
struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    read: Vec<PathBuf>,
}

impl Roots {
    /// Adds the first of `bundles` that exists. Whether there was one with a certificate.
    fn add_first_bundle(&mut self, bundles: &[&str]) -> bool {
        bundles.iter().map(Path::new).find(|path| path.exists()).is_some_and(|path| self.file(path).is_ok())
    }

    /// Adds all `folders` that exist. Whether there was one with a certificate.
    fn add_all_folders(&mut self, folders: &[&str]) -> bool {
        // (What can't be read is no reason to stop: the root that is needed may be in another file.)
        folders.iter().map(Path::new).filter(|path| self.folder(path).is_ok()).count() > 0
    }

    /// Adds the certificates of a file; the error says why there are none.
    fn file(&mut self, path: &Path) -> std::result::Result<(), String> {
        self.add(path, || load_certs_from_paths(Some(path), None))
    }

    /// Adds the certificates of the files in a folder; the error says why there are none.
    fn folder(&mut self, path: &Path) -> std::result::Result<(), String> {
        self.add(path, || load_certs_from_paths(None, Some(path)))
    }

    fn add(&mut self, path: &Path, load: impl FnOnce() -> CertificateResult) -> std::result::Result<(), String> {
        let path = path.canonicalize().map_err(|error| error.to_string())?;
        if self.read.contains(&path) {
            return Ok(());
        }
        let found = load();
        if found.certs.is_empty() {
            return Err(match found.errors.first().map(|error| &error.kind) {
                Some(ErrorKind::Io { inner, .. }) => inner.to_string(),
                Some(ErrorKind::Pem(error)) => format!("it is not in PEM form: {error:?}"),
                _ => "there is no PEM certificate in it".to_owned(),
            });
        }
        self.certificates.extend(found.certs);
        self.read.push(path);
        Ok(())
    }

    fn into_set(mut self) -> Option<RootCerts> {
        self.certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        self.certificates.dedup();
        let roots: Vec<_> = self.certificates.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        (!roots.is_empty()).then(|| roots.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    /// A certificate in form only: nothing looks inside before a connection is made.
    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    fn settings(variables: &[(&str, &Path)]) -> TrustSettings {
        TrustSettings::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, path)| path.as_os_str().to_owned())
        })
    }

    fn added(variables: &[(&str, &Path)]) -> Result<usize> {
        let mut roots = Roots::default();
        settings(variables).add_files(&mut roots, &Log::silent())?;
        settings(variables).add_folders(&mut roots, &Log::silent());
        Ok(roots.certificates.len())
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, empty) = (folder.path().join("missing.pem"), folder.path().join("empty.pem"));
        std::fs::write(&empty, "no certificate").unwrap();
        for path in [&missing, &empty, &folder.path().to_owned()] {
            let trust = Trust::new(settings(&[("JETON_CA_FILE", path)]));
            let error = trust.set(0, &Log::silent()).unwrap_err();
            assert_eq!(error.kind, Kind::Configuration);
            assert!(error.message.starts_with(&format!("JETON_CA_FILE={}: ", path.display())), "{error}");
            // The same in a variable that is not jeton's own is no error.
            assert_eq!(added(&[("SSL_CERT_FILE", path), ("SSL_CERT_DIR", path)]), Ok(0));
        }
        assert_eq!(added(&[("JETON_CA_FILE", Path::new(""))]), Ok(0));
    }

    #[test]
    fn all_variables_add() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("ca.pem"), folder.path().join("other"));
        std::fs::write(&file, PEM).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("ca.pem"), PEM).unwrap();
        let dirs = std::env::join_paths([Path::new("/nonexistent"), &other]).unwrap();
        let all = [("JETON_CA_FILE", &*file), ("SSL_CERT_FILE", &*file), ("SSL_CERT_DIR", Path::new(&dirs))];
        // The one file is read once.
        assert_eq!(added(&all), Ok(2));
        for number in [0, 1] {
            let trust = Trust::new(settings(&all));
            let set = trust.set(number, &Log::silent()).unwrap();
            assert!(
                matches!(set, Some(RootCerts::Specific(roots)) if roots.iter().any(|root| root.der() == [0x30, 0]))
            );
        }
    }

    #[test]
    fn there_is_always_a_set() {
        let trust = Trust::new(settings(&[]));
        let sets = (0..SETS).filter_map(|number| trust.set(number, &Log::silent()).unwrap());
        assert!(sets.count() > 0);
    }

    #[test]
    fn a_system_without_a_store_has_no_roots() {
        let mut roots = Roots::default();
        assert!(!roots.add_first_bundle(&["/nonexistent/a.pem"]) && !roots.add_all_folders(&["/nonexistent"]));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, PEM).unwrap();
        assert!(roots.add_first_bundle(&["/nonexistent/a.pem", file.to_str().unwrap()]));
        assert!(roots.add_all_folders(&["/nonexistent", folder.path().to_str().unwrap()]));
        // One root, though it stands in the bundle and in the folder.
        assert!(matches!(roots.into_set(), Some(RootCerts::Specific(roots)) if roots.len() == 1));
    }
}
