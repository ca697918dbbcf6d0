//! What each profile proves itself with: whether it is there and can be read, and how long a certificate lasts.
//!
//! Commands are not run, people not asked, keyrings not opened: of those it is told what will be done.

use std::path::Path;

use super::{Examination, Finding};
use crate::certificate::ClientCertificate;
use crate::clock::{self, Deadline};
use crate::error::Result;
use crate::platform;
use crate::profile::{Field, Flags, FlowName, Settings, Store};
use crate::secret::{Secret, SecretSource};
use crate::vault::Vault;

const CHECK: &str = "credential";
/// A certificate that ends within this time is worth a warning, in seconds: 30 days.
const SOON: u64 = 30 * 24 * 3600;

pub(super) fn check(examination: &Examination<'_>, store: &Store, name: &str) -> Vec<Finding> {
    let examine = || -> Result<Vec<Finding>> {
        let settings = Settings::load(Flags::default(), Some(name), store)?;
        let fields: &[Field] = match settings.flow_name()? {
            FlowName::ClientCredentials => &[Field::ClientSecret],
            FlowName::Certificate => &[Field::CertificatePassword],
            FlowName::WorkloadIdentity => &[Field::FederatedToken],
            FlowName::Password => &[Field::Password],
            FlowName::DatabricksM2m => &[Field::DatabricksClientSecret],
            FlowName::DatabricksMetadataService => &[Field::DatabricksMetadataUrl],
            FlowName::DatabricksPat => &[Field::DatabricksToken],
            _ => &[],
        };
        let mut findings = Vec::new();
        let mut read = None;
        for field in fields {
            if let Some(source) = settings.source(*field)? {
                let (finding, secret) = source_of(examination, name, *field, &source)?;
                findings.push(finding);
                read = secret;
            }
        }
        if settings.flow_name()? == FlowName::Certificate
            && let Some(path) = settings.text(Field::Certificate)?
        {
            // With a password that is asked for when it is needed, nothing can be said now.
            let waits = settings.source(Field::CertificatePassword)?.is_some() && read.is_none();
            if !waits {
                findings.push(certificate(name, Path::new(&path), read.as_ref())?);
            }
        }
        Ok(findings)
    };
    examine().unwrap_or_else(|error| {
        let text = format!("the profile {name:?}: {}", error.message);
        vec![Finding { text, ..Finding::of(CHECK, &error) }]
    })
}

/// What is to be said of a source, and the secret where it was read to see that it can be.
fn source_of(
    examination: &Examination<'_>,
    name: &str,
    field: Field,
    source: &SecretSource,
) -> Result<(Finding, Option<Secret>)> {
    let key = field.key();
    let said = |what: &str| Finding::ok(CHECK, format!("the profile {name:?}: {key} {what}"));
    Ok(match source {
        SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Databrickscfg { .. } => {
            let secret = source.read(Deadline::after(examination.limit))?;
            let finding = match source {
                SecretSource::File(path) if field != Field::FederatedToken => loose(path),
                _ => None,
            };
            (finding.unwrap_or_else(|| said(&format!("can be read from {source}"))), Some(secret))
        }
        SecretSource::Keyring(secret) => {
            let vault = Vault::open(examination.data_dir.clone(), None);
            let finding = if vault.contains(secret) {
                said(&format!("is kept as {secret}"))
            } else {
                Finding::fail(
                    CHECK,
                    format!("the profile {name:?}: there is no secret {secret} for its {key}"),
                    format!("keep it: jeton secret set {secret}"),
                )
            };
            (finding, None)
        }
        SecretSource::Command(_) => (said("is asked of a command when it is needed"), None),
        SecretSource::Prompt | SecretSource::Stdin => (said("is typed when it is needed"), None),
    })
}

/// A secret's file that others can read. (It is used all the same: it is not jeton's own.)
fn loose(path: &Path) -> Option<Finding> {
    let distrust = platform::distrust(path, &std::fs::metadata(path).ok()?)?;
    Some(Finding::warning(CHECK, distrust.what, distrust.mend))
}

fn certificate(name: &str, path: &Path, password: Option<&Secret>) -> Result<Finding> {
    let certificate = ClientCertificate::read(path, password)?;
    let now = clock::now();
    certificate.check(now)?;
    let end = certificate.not_after();
    let shown = path.display();
    let ends = format!("{} ({})", clock::in_words(end, now), clock::rfc3339(end));
    if certificate.expires_within(now, SOON) {
        return Ok(Finding::warning(
            CHECK,
            format!("the profile {name:?}: the certificate in {shown} expires {ends}"),
            "make a new certificate, add it to the app's registration in Entra, and put it into this file",
        ));
    }
    Ok(loose(path).unwrap_or_else(|| {
        Finding::ok(CHECK, format!("the profile {name:?}: the certificate in {shown} expires {ends}"))
    }))
}
