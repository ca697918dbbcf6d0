//! What apps have registered beside their secrets: certificates, subject names, federated credentials. The control
//! paths and the methods of [`Emulator`] that register them.

use serde::Deserialize;
use serde_json::json;

use crate::capture::Request;
use crate::certificate::Certificate;
use crate::emulator::Emulator;
use crate::registry::App;
use crate::state::State;
use crate::token::uuid;
use crate::wire::Response;

/// All apps' credentials, each with its client id in lower case.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    certificates: Vec<(String, Certificate)>,
    subjects: Vec<(String, SubjectName)>,
    federations: Vec<(String, Federation)>,
}

/// Any certificate of this subject that this issuer signed.
#[derive(Clone, Debug)]
pub(crate) struct SubjectName {
    pub(crate) issuer: Certificate,
    pub(crate) subject: String,
}

/// A federated credential: whose tokens are taken for the app's own.
#[derive(Clone, Debug)]
pub(crate) struct Federation {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
}

fn of<T: Clone>(all: &[(String, T)], client_id: &str) -> Vec<T> {
    all.iter().filter(|(id, _)| id.eq_ignore_ascii_case(client_id)).map(|(_, item)| item.clone()).collect()
}

impl Credentials {
    pub(super) fn certificates(&self, client_id: &str) -> Vec<Certificate> {
        of(&self.certificates, client_id)
    }

    pub(super) fn subjects(&self, client_id: &str) -> Vec<SubjectName> {
        of(&self.subjects, client_id)
    }

    pub(super) fn federations(&self, client_id: &str) -> Vec<Federation> {
        of(&self.federations, client_id)
    }
}

/// One thing to register, as the control paths take it.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Registration {
    Certificate { client_id: String, certificate: String },
    Subject { client_id: String, issuer: String, subject: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FederationForm {
    client_id: String,
    issuer: String,
    subject: String,
    audience: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenForm {
    issuer: String,
    subject: String,
    audience: String,
    lifetime: i64,
}

/// The control paths `certificates`, `federations` and `federated-tokens`; an error's text is for status 400.
pub(crate) fn control(state: &State, name: &str, request: &Request) -> Option<Result<Response, String>> {
    if request.method != "POST" {
        return None;
    }
    let done = |()| Response::json(200, &json!({"ok": true}));
    Some(match name {
        "certificates" => read(request).and_then(|form| register(state, form)).map(done),
        "federations" => read(request).map(|form: FederationForm| {
            let federation = Federation { issuer: form.issuer, subject: form.subject, audience: form.audience };
            federate(state, &form.client_id, federation);
            done(())
        }),
        "federated-tokens" => read(request).map(|form: TokenForm| {
            let token = issue(state, &form.issuer, &form.subject, &form.audience, form.lifetime);
            Response::json(200, &json!({"token": token}))
        }),
        _ => return None,
    })
}

fn read<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn register(state: &State, registration: Registration) -> Result<(), String> {
    match registration {
        Registration::Certificate { client_id, certificate } => {
            let certificate = Certificate::read(certificate.as_bytes())?;
            if !certificate.is_rsa() {
                return Err("Entra takes certificates with an RSA key only".into());
            }
            add_app(state, &client_id);
            state.lock().credentials.certificates.push((client_id, certificate));
        }
        Registration::Subject { client_id, issuer, subject } => {
            let issuer = Certificate::read(issuer.as_bytes())?;
            add_app(state, &client_id);
            state.lock().credentials.subjects.push((client_id, SubjectName { issuer, subject }));
        }
    }
    Ok(())
}

fn federate(state: &State, client_id: &str, federation: Federation) {
    add_app(state, client_id);
    state.lock().credentials.federations.push((client_id.into(), federation));
}

/// An app that nobody knows gets known by its first credential.
fn add_app(state: &State, client_id: &str) {
    let mut inner = state.lock();
    if !inner.registry.has_app(client_id) {
        inner.registry.add_app(App::new(client_id));
    }
}

/// A token of the issuer; `lifetime` in seconds from now, negative for one that has expired.
pub(crate) fn issue(state: &State, issuer: &str, subject: &str, audience: &str, lifetime: i64) -> String {
    let expires = state.epoch().saturating_add_signed(lifetime);
    let from = state.epoch().min(expires).saturating_sub(5);
    state.signer.sign(&json!({
        "iss": issuer, "sub": subject, "aud": audience, "jti": uuid(), "iat": from, "nbf": from, "exp": expires,
    }))
}

impl Emulator {
    /// Registers a certificate for an app, which is added if need be: PEM (with or without its key beside it).
    ///
    /// # Panics
    /// When it is not a certificate with an RSA key.
    pub fn register_certificate(&self, client_id: &str, pem: &str) {
        let registration = Registration::Certificate { client_id: client_id.into(), certificate: pem.into() };
        register(&self.state, registration).expect("a certificate with an RSA key");
    }

    /// Lets an app sign with any certificate of this subject (a common name or DNS name) whose chain in `x5c` leads to
    /// this issuer, as PEM ("subject name and issuer").
    ///
    /// # Panics
    /// When the issuer is not a certificate.
    pub fn register_subject_name(&self, client_id: &str, issuer_pem: &str, subject: &str) {
        let registration =
            Registration::Subject { client_id: client_id.into(), issuer: issuer_pem.into(), subject: subject.into() };
        register(&self.state, registration).expect("the certificate of an issuer");
    }

    /// Gives an app (added if need be) a federated credential: it is taken for the bearer of a token with exactly
    /// these `iss`, `sub` and `aud` that this emulator signed.
    pub fn federate(&self, client_id: &str, issuer: &str, subject: &str, audience: &str) {
        let federation = Federation { issuer: issuer.into(), subject: subject.into(), audience: audience.into() };
        federate(&self.state, client_id, federation);
    }

    /// A signed token of an issuer outside of Entra, to be written into a file as Kubernetes does. `lifetime` in
    /// seconds; Entra tolerates 300, so that -600 is one that has expired.
    pub fn issue_federated_token(&self, issuer: &str, subject: &str, audience: &str, lifetime: i64) -> String {
        issue(&self.state, issuer, subject, audience, lifetime)
    }
}
