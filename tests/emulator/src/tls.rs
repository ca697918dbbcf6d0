//! The emulator's own certificate authority and its server certificate, made at each start.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a CA and, signed by it, a certificate for `localhost`, the loopback addresses and `extra_names`.
/// Returns the CA as PEM beside the server's settings.
pub(crate) fn make(extra_names: &[String]) -> io::Result<(String, Arc<ServerConfig>)> {
    let (ca_pem, leaf, key) = certificates(extra_names).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![leaf], PrivateKeyDer::Pkcs8(key))
        .map_err(io::Error::other)?;
    Ok((ca_pem, Arc::new(config)))
}

type Made = (String, rustls::pki_types::CertificateDer<'static>, PrivatePkcs8KeyDer<'static>);

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
