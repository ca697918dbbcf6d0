//! The emulator's own certificate authority and its server certificate, made at each start.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::certificate::hex;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a CA and, signed by it, a certificate for `localhost`, the loopback addresses and `extra_names`.
/// Returns the CA as PEM beside the server's settings.
pub(crate) fn make(extra_names: &[String]) -> io::Result<(String, Arc<ServerConfig>)> {
    let (ca_pem, leaf, key) = certificates(extra_names).map_err(io::Error::other)?;
    Ok((ca_pem, config(leaf, key)?))
}

/// Makes a certificate that signs itself, as Service Fabric has it. Returns its SHA-1 thumbprint beside the settings.
pub(crate) fn self_signed() -> io::Result<(Arc<ServerConfig>, String)> {
    let make = || {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "ServiceFabricNode");
        params.not_before = (SystemTime::now() - DAY).into();
        params.not_after = (SystemTime::now() + DAY * 300).into();
        let key = KeyPair::generate()?;
        Ok((params.self_signed(&key)?.der().clone(), key))
    };
    let (der, key) = make().map_err(|error: rcgen::Error| io::Error::other(error))?;
    let thumbprint = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref());
    Ok((config(der, PrivatePkcs8KeyDer::from(key.serialize_der()))?, thumbprint))
}

fn config(certificate: CertificateDer<'static>, key: PrivatePkcs8KeyDer<'static>) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key))
        .map_err(io::Error::other)?;
    Ok(Arc::new(config))
}

type Made = (String, CertificateDer<'static>, PrivatePkcs8KeyDer<'static>);

fn certificates(extra_names: &[String]) -> Result<Made, rcgen::Error> {
    let now = SystemTime::now();

    // Key usages and key identifiers are there because strict verifiers (Python 3.13, macOS) ask for them.
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name.push(DnType::CommonName, "jeton emulator CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    ca.not_before = (now - DAY).into();
    ca.not_after = (now + DAY * 300).into();
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend_from_slice(extra_names);
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "jeton emulator");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    leaf.not_before = (now - DAY).into();
    leaf.not_after = (now + DAY * 300).into();
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &ca)?;
    Ok((ca.pem(), leaf.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der())))
}
