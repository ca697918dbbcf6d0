//! TLS with a server that is known by its certificate's thumbprint alone, as Service Fabric's identity endpoint is: no
//! root vouches for it, and its name says nothing.
//!
//! The HTTP library takes roots but no verifier, so this is a TLS layer of its own between the library's TCP and HTTP, by
//! the library's interface for such layers.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring as provider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, TcpConnector, Transport, TransportAdapter,
};

/// The SHA-1 of a certificate's DER, by which Windows and Azure name certificates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// Reads forty hexadecimal digits in any case; blanks and colons between them do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digits: Vec<u8> = text.chars().filter(|c| !matches!(c, ' ' | ':')).map(digit).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        // (An odd digit would be left over.)
        if digits.len() == 40 { Some(Self(bytes.try_into().ok()?)) } else { None }
    }

    fn of(certificate: &[u8]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// The library's client, for which no other server counts than the one with this certificate.
pub(super) fn agent(config: Config, pin: Thumbprint) -> Agent {
    let connector = ().chain(TcpConnector::default()).chain(PinnedTls(pin));
    Agent::with_parts(config, connector, DefaultResolver::default())
}

#[derive(Debug)]
struct PinnedTls(Thumbprint);

impl<In: Transport> Connector<In> for PinnedTls {
    type Out = PinnedTransport;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<PinnedTransport>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        let failed = |error: String| ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let crypto = Arc::new(provider::default_provider());
        let verifier = Arc::new(Verifier { pin: self.0, crypto: Arc::clone(&crypto) });
        let config = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        let host = super::target::bare(details.uri.host().unwrap_or_default());
        let name = ServerName::try_from(host).map_err(|error| failed(error.to_string()))?;
        let mut conn = ClientConnection::new(Arc::new(config), name).map_err(|error| failed(error.to_string()))?;
        let mut sock = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        sock.set_timeout(details.timeout);
        // Before anything is sent, so that a wrong certificate is an error of the connection.
        while conn.is_handshaking() {
            conn.complete_io(&mut sock)?;
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(PinnedTransport { buffers, stream: StreamOwned { conn, sock } }))
    }
}

struct PinnedTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for PinnedTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for PinnedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedTransport").finish_non_exhaustive()
    }
}

/// Compares the thumbprint, and verifies that the server has the certificate's key.
#[derive(Debug)]
struct Verifier {
    pin: Thumbprint,
    crypto: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = Thumbprint::of(leaf);
        if found == self.pin {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!("its certificate has the thumbprint {found}, not {}", self.pin)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_read_in_every_form_that_tools_show() {
        let plain = "0123456789abcdef0123456789ABCDEF01234567";
        let read = Thumbprint::parse(plain).unwrap();
        assert_eq!(read.to_string(), plain.to_uppercase());
        let colons = "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67";
        assert_eq!(Thumbprint::parse(colons), Some(read));
        for bad in ["", "0123", &plain[1..], &format!("{plain}0"), &plain.replace('a', "g"), &plain.replace("0", "é")]
        {
            assert_eq!(Thumbprint::parse(bad), None, "{bad}");
        }
    }
}
