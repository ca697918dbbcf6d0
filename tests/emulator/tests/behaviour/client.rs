//! A small client over ureq that trusts the emulator's CA and returns every status as an answer.

use std::time::Duration;

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider};

pub(crate) struct Client {
    agent: Agent,
    base: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Status, `error`, and the first of `error_codes`.
    pub(crate) fn failure(&self) -> (u16, String, u64) {
        let body = self.json();
        let code = body["error_codes"][0].as_u64().expect("error_codes");
        (self.status, body["error"].as_str().expect("error").to_owned(), code)
    }
}

pub(crate) fn client(emulator: &Emulator) -> Client {
    let roots: Vec<_> = ureq::tls::parse_pem(emulator.ca_pem().as_bytes())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    let tls = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(RootCerts::Specific(roots.into())).build();
    let agent = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into();
    Client { agent, base: emulator.url().to_owned() }
}

/// One that knows no CA, for plain HTTP (and, where it must fail, for HTTPS).
pub(crate) fn stranger(base: &str) -> Client {
    let agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into();
    Client { agent, base: base.to_owned() }
}

impl Client {
    pub(crate) fn get(&self, path: &str, bearer: Option<&str>) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(bearer) = bearer {
            request = request.header("Authorization", format!("Bearer {bearer}"));
        }
        finish(request.call()).expect("an answer")
    }

    /// The same client for another base.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { agent: self.agent.clone(), base: base.to_owned() }
    }

    /// One that looks at no certificate.
    pub(crate) fn trusting_all(&self) -> Self {
        let tls = TlsConfig::builder().provider(TlsProvider::Rustls).disable_verification(true).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self { agent, base: self.base.clone() }
    }

    /// With these headers and no others of its own choice.
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        finish(request.call())
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        finish(request.send(body))
    }

    /// Any method with a bearer, and with a JSON body unless it is null.
    pub(crate) fn json(&self, method: &str, path: &str, bearer: &str, body: &Value) -> Result<Answer, ureq::Error> {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        let request = request.header("Authorization", format!("Bearer {bearer}"));
        if body.is_null() {
            return finish(self.agent.run(request.body(()).expect("a request")));
        }
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        finish(self.agent.run(request.expect("a request")))
    }

    /// A form as jeton would send it.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
            ("client-request-id", "01234567-89ab-cdef-0123-456789abcdef"),
        ];
        self.post(path, &headers, body.as_bytes())
    }

    /// Asks v2 for a token of the default app.
    pub(crate) fn token(&self) -> Result<Answer, ureq::Error> {
        self.form(&format!("/{TENANT}/oauth2/v2.0/token"), &V2)
    }
}

/// The fields of a good request to v2.
pub(crate) const V2: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_id", CLIENT_ID),
    ("client_secret", CLIENT_SECRET),
    ("scope", "https://resource.example/.default"),
];

fn finish(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let mut response = result?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.body_mut().read_to_string()?,
    })
}
