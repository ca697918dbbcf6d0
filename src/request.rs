//! What is asked of the broker, and what a flow has to offer for it.

use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::clock::Deadline;
use crate::error::Result;
use crate::http::Http;
use crate::log::Log;
use crate::sign_in::SignIns;
use crate::token::Token;

/// One request for one token: made by a command or protocol, answered by [`crate::broker::Broker::get`].
#[derive(Debug)]
pub struct TokenRequest {
    /// How to get the token when the cache has none.
    pub flow: Box<dyn Flow>,
    /// The token that `flow` exchanges for another (AWS keys, federation), if it does.
    pub subject: Option<Box<TokenRequest>>,
    /// Seconds of life that this caller wants left; a token below that is renewed first.
    pub margin: u64,
    /// The user asked for more than `margin` (`--min-ttl`): seconds.
    pub min_ttl: Option<u64>,
    /// Do not answer from the cache.
    pub force_refresh: bool,
    /// A forced refresh is shared with others that say so: how long before this request theirs counts, in milliseconds.
    pub shares_refresh_ms: u64,
    /// Whether a due token may be renewed by a process that runs on after this one.
    pub background: bool,
}

/// One way to get a token: an OAuth grant, an exchange, a managed identity. A flow knows nothing of the cache.
pub trait Flow: std::fmt::Debug {
    /// Everything that makes the token what it is.
    fn identity(&self) -> Identity;

    /// Whether its token is kept in the cache. One that is only read from where it is kept already is not.
    fn is_kept(&self) -> bool {
        true
    }

    /// Whether a process without terminal and standard input can run it: a background renewal.
    fn is_unattended(&self) -> bool {
        true
    }

    /// Whether it may wait for a person: those that want the same token then wait longer.
    fn asks_a_person(&self) -> bool {
        false
    }

    /// The token that there is already, of a flow whose tokens are not kept in the cache because it keeps them itself. It is
    /// judged like one from there.
    ///
    /// # Errors
    /// What it is kept in can't be read.
    fn held(&self, _call: &FlowCall<'_>) -> Result<Option<Token>> {
        Ok(None)
    }

    /// Fetches a new token. `subject` is the token of [`TokenRequest::subject`].
    ///
    /// # Errors
    /// What the network or the provider says, with a hint and ids for support.
    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token>;
}

/// What a flow may use while it fetches.
#[derive(Clone, Copy)]
pub struct FlowCall<'a> {
    /// The one HTTP client.
    pub http: &'a Http,
    /// The bound for all the work of this call.
    pub deadline: Deadline,
    /// The bound that was asked for, to say so when it is over.
    pub limit: Duration,
    /// Where steps and warnings go.
    pub log: &'a Log,
    /// The sign-ins of people, for flows in which one signs in.
    pub sign_ins: &'a SignIns<'a>,
    /// Tells those who wait for the same token what takes so long.
    pub progress: &'a dyn Fn(&str),
    /// This process renews beside its caller, what is due and nothing else.
    pub renews: bool,
    /// When the token was asked for: milliseconds since 1970, UTC.
    pub arrived_ms: u64,
}

impl std::fmt::Debug for FlowCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowCall").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Everything that makes a token what it is, in words. It is kept beside the token for `status`, so nothing in it is
/// secret, except [`Identity::fingerprint`], which goes into the key alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// `entra`, `aws`, ...
    pub provider: &'static str,
    /// The flow's name, as `--flow` takes it.
    pub flow: &'static str,
    /// Scheme, host and (for v1 and v2 of one host) path of the endpoint.
    pub authority: String,
    /// Tenant id or domain.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Client id, role ARN, ...
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Where the credential comes from (`env:NAME`, `file:PATH`, ...), never the credential.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub credential: String,
    /// Tells two values of one secret apart where reading it costs nothing (environment).
    #[serde(skip)]
    pub fingerprint: Option<[u8; 32]>,
    /// The scopes, or the one v1 resource.
    pub scopes: Vec<String>,
    /// What else distinguishes the token: session name, duration, claims, ...
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<(&'static str, String)>,
}

/// The name of a cache entry: a SHA-256 in hex of an [`Identity`] (and of the subject's, for an exchange).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of a canonical text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(text) {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
            }
        }
        Self(hex)
    }

    /// The key of the token that `flow` gets by itself.
    #[must_use]
    pub fn of_flow(flow: &dyn Flow) -> Self {
        Self::of_identity(&flow.identity(), None)
    }

    fn of_identity(identity: &Identity, subject: Option<&TokenRequest>) -> Self {
        let mut text = Vec::with_capacity(1024);
        text.push(1);
        describe(identity, subject, &mut text);
        Self::of(&text)
    }

    /// The key of that name; `None` for what is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_key = name.len() == 64 && name.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| Self(name.to_owned()))
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TokenRequest {
    /// One for any token of `flow` that lives, by the usual margin of 300 s.
    #[must_use]
    pub fn new(flow: Box<dyn Flow>) -> Self {
        Self {
            flow,
            subject: None,
            margin: 300,
            min_ttl: None,
            force_refresh: false,
            shares_refresh_ms: 0,
            background: false,
        }
    }

    /// The name under which this request's token is cached.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        CacheKey::of_identity(&self.flow.identity(), self.subject.as_deref())
    }
}

/// The canonical text of an identity: each field goes in with a tag and its length, so that no two identities have one
/// text. It is kept short, because hashing it is a good part of the work of a cache hit.
fn describe(identity: &Identity, subject: Option<&TokenRequest>, text: &mut Vec<u8>) {
    identity.describe(text);
    if let Some(subject) = subject {
        text.extend_from_slice(&[b'x', 0, 0, 0, 0]);
        describe(&subject.flow.identity(), subject.subject.as_deref(), text);
    }
}

impl Identity {
    /// See [`describe`].
    pub(crate) fn describe(&self, text: &mut Vec<u8>) {
        let mut field = |tag: u8, value: &[u8]| {
            text.push(tag);
            text.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            text.extend_from_slice(value);
        };
        field(b'p', self.provider.as_bytes());
        field(b'f', self.flow.as_bytes());
        field(b'a', self.authority.as_bytes());
        field(b't', self.tenant.to_ascii_lowercase().as_bytes());
        field(b'c', self.client.to_ascii_lowercase().as_bytes());
        field(b'k', self.credential.as_bytes());
        if let Some(fingerprint) = &self.fingerprint {
            field(b'v', fingerprint);
        }
        let mut scopes: Vec<_> = self.scopes.iter().map(String::as_str).collect();
        scopes.sort_unstable();
        for scope in scopes {
            field(b's', scope.as_bytes());
        }
        for (name, value) in &self.other {
            field(b'n', name.as_bytes());
            field(b'o', value.as_bytes());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    pub(crate) struct Named(pub(crate) Identity);

    impl Flow for Named {
        fn identity(&self) -> Identity {
            self.0.clone()
        }

        fn fetch(&self, _: &FlowCall<'_>, _: Option<&Token>) -> Result<Token> {
            unreachable!("a test of names fetches nothing")
        }
    }

    fn of(identity: Identity) -> TokenRequest {
        TokenRequest::new(Box::new(Named(identity)))
    }

    pub(crate) fn request(client: &str) -> TokenRequest {
        of(Identity { client: client.into(), ..Identity::default() })
    }

    #[test]
    fn each_field_makes_another_key() {
        let base = || Identity {
            provider: "entra",
            flow: "client-credentials",
            authority: "https://a".into(),
            tenant: "t".into(),
            client: "c".into(),
            credential: "env:S".into(),
            fingerprint: Some([0; 32]),
            scopes: vec!["s/.default".into()],
            other: vec![("claims", "x".into())],
        };
        let changed = [
            base(),
            Identity { provider: "aws", ..base() },
            Identity { flow: "password", ..base() },
            Identity { authority: "https://b".into(), ..base() },
            Identity { tenant: "u".into(), ..base() },
            Identity { client: "d".into(), ..base() },
            Identity { credential: "env:T".into(), ..base() },
            Identity { fingerprint: Some([1; 32]), ..base() },
            Identity { fingerprint: None, ..base() },
            Identity { scopes: vec!["s/.default".into(), "openid".into()], ..base() },
            Identity { scopes: vec!["s/.defaultopenid".into()], ..base() },
            Identity { other: vec![("claims", "y".into())], ..base() },
            Identity { other: vec![], ..base() },
        ];
        let mut keys: Vec<_> = changed.into_iter().map(|identity| of(identity).key().0).collect();
        let mut with_subject = of(base());
        with_subject.subject = Some(Box::new(request("c")));
        keys.push(with_subject.key().0);
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn the_order_of_scopes_and_the_case_of_ids_do_not_matter() {
        let one = Identity { tenant: "T".into(), scopes: vec!["a".into(), "b".into()], ..Identity::default() };
        let two = Identity { tenant: "t".into(), scopes: vec!["b".into(), "a".into()], ..Identity::default() };
        assert_eq!(of(one).key(), of(two).key());
    }
}
