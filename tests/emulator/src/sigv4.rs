//! AWS Signature Version 4, the receiver's side: proves that a client holds the secret key unharmed.

use ring::{digest, hmac};

use crate::capture::Request;

/// The parts of `Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`.
pub(crate) struct Signature<'a> {
    pub(crate) key_id: &'a str,
    /// `date/region/service/aws4_request`
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

pub(crate) fn parse(request: &Request) -> Option<Signature<'_>> {
    let parts = request.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256")?;
    let part = |name: &str| parts.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (key_id, scope) = part("Credential")?.split_once('/')?;
    Some(Signature { key_id, scope, signed_headers: part("SignedHeaders")?, signature: part("Signature")? })
}

impl Signature<'_> {
    /// Whether the signature is that of this request (without a query) by this secret key.
    pub(crate) fn verify(&self, request: &Request, secret: &str) -> bool {
        let headers: String = self
            .signed_headers
            .split(';')
            .map(|name| format!("{name}:{}\n", request.header(name).unwrap_or_default().trim()))
            .collect();
        let canonical = format!(
            "{}\n{}\n\n{headers}\n{}\n{}",
            request.method,
            request.path,
            self.signed_headers,
            hex(digest::digest(&digest::SHA256, &request.body).as_ref())
        );
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            request.header("x-amz-date").unwrap_or_default(),
            self.scope,
            hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
        );
        let key =
            self.scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| sign(&key, part.as_bytes()));
        hex(&sign(&key, text.as_bytes())) == self.signature
    }
}

fn sign(key: &[u8], data: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
