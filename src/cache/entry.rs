//! The text of a cache entry: three lines.
//!
//! ```text
//! {"jeton":1,"key":"<64 hex>","token_type":"Bearer","issued_at":…,"expires_at":…,"identity":{…}}
//! <the token>
//! <check over all bytes before this line, 16 hex digits>
//! ```
//!
//! The first line is what `status` may read; it holds no secret. The last line tells a whole entry from one that was
//! cut, overwritten or hit by a bad disk, at a few microseconds for a token of 2 KB. It is no protection against
//! somebody who can write the file: that is what the file's owner and mode are checked for.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::request::{CacheKey, Identity};
use crate::secret::Secret;
use crate::token::{Life, Token};
use crate::who::Who;

/// The version of the entry format that this program reads and writes.
const VERSION: u32 = 1;

/// Why the bytes of a cache file are not an entry for the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Cut short, overwritten, or not made by jeton.
    Damaged,
    /// Written by a newer jeton.
    Newer,
    /// An entry, but for another key.
    OtherKey,
}

impl Defect {
    /// The end of a sentence that begins with the file's name.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Damaged => "is damaged or not a cache entry",
            Self::Newer => "was written by a newer version of jeton",
            Self::OtherKey => "belongs to another token",
        }
    }
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    jeton: u32,
    key: &'a str,
    token_type: &'a str,
    issued_at: u64,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_at: Option<u64>,
    stored_ms: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shared: bool,
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    identity: &'a Identity,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'a Who>,
}

/// Unknown fields, and `identity`, are passed over: the hit path reads what it hands on, no more.
#[derive(Deserialize)]
struct HeaderIn<'a> {
    jeton: u32,
    #[serde(borrow)]
    key: Cow<'a, str>,
    token_type: String,
    issued_at: u64,
    expires_at: u64,
    refresh_at: Option<u64>,
    #[serde(default)]
    stored_ms: u64,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    scopes: Vec<String>,
    tenant: Option<String>,
    account: Option<String>,
}

#[derive(Deserialize)]
struct VersionOnly {
    jeton: u32,
}

/// A token from the cache and when it was put there (milliseconds since 1970, UTC).
#[derive(Debug)]
pub struct Entry {
    /// The token.
    pub token: Token,
    /// When it was stored: tells a token that another process just fetched from an older one.
    pub stored_ms: u64,
    /// It was fetched for somebody who wanted a new one, whatever there was, and it is new to others who do so shortly after.
    pub shared: bool,
}

/// What `status` reads of an entry: its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: CacheKey,
    /// Whose it is.
    pub who: Who,
    /// Whose token it was exchanged for, if it was.
    pub via: Option<Who>,
    /// The flow that got it.
    pub flow: String,
    /// When it was asked for, dies and is due.
    pub life: Life,
    /// What it is for.
    pub scopes: Vec<String>,
    /// The tenant that issued it, if there is one.
    pub tenant: Option<String>,
    /// The user who signed in for it, if a user did and the provider said who.
    pub account: Option<String>,
}

#[derive(Deserialize)]
struct HeaderListed<'a> {
    jeton: u32,
    #[serde(borrow)]
    key: Cow<'a, str>,
    issued_at: u64,
    expires_at: u64,
    refresh_at: Option<u64>,
    #[serde(default)]
    scopes: Vec<String>,
    tenant: Option<String>,
    account: Option<String>,
    #[serde(borrow)]
    identity: IdentityListed<'a>,
    via: Option<Who>,
}

/// An identity, as far as it says whose a token is.
#[derive(Deserialize)]
struct IdentityListed<'a> {
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(borrow)]
    flow: Cow<'a, str>,
    #[serde(borrow)]
    authority: Cow<'a, str>,
    #[serde(borrow, default)]
    tenant: Cow<'a, str>,
    #[serde(borrow, default)]
    client: Cow<'a, str>,
    #[serde(borrow, default)]
    credential: Cow<'a, str>,
}

/// Reads the first line of the entry `key`. Whether the rest is whole is not looked at.
///
/// # Errors
/// A line that is no such entry's.
pub fn describe(key: &CacheKey, header: &[u8]) -> Result<Listed, Defect> {
    let header = std::str::from_utf8(header).map_err(|_| Defect::Damaged)?;
    let parsed: HeaderListed<'_> = serde_json::from_str(header).map_err(|_| defect_of(header))?;
    if parsed.jeton != VERSION {
        return Err(defect_of(header));
    }
    if parsed.key != key.as_str() {
        return Err(Defect::OtherKey);
    }
    let IdentityListed { provider, flow, authority, tenant, client, credential } = &parsed.identity;
    Ok(Listed {
        key: key.clone(),
        who: Who::new(provider, flow, authority, tenant, client, credential),
        via: parsed.via,
        flow: flow.to_string(),
        life: Life { issued_at: parsed.issued_at, expires_at: parsed.expires_at, refresh_at: parsed.refresh_at },
        scopes: parsed.scopes,
        tenant: parsed.tenant,
        account: parsed.account,
    })
}

/// The three lines of an entry, for [`crate::atomic::write_private`]: header, token, check.
pub(super) fn encode(
    key: &CacheKey,
    identity: &Identity,
    via: Option<&Who>,
    token: &Token,
    stored_ms: u64,
    shared: bool,
) -> [zeroize::Zeroizing<String>; 3] {
    let header = HeaderOut {
        jeton: VERSION,
        key: key.as_str(),
        token_type: &token.token_type,
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        refresh_at: token.refresh_at,
        stored_ms,
        shared,
        scopes: &token.scopes,
        tenant: token.tenant.as_deref(),
        account: token.account.as_deref(),
        identity,
        via,
    };
    // Strings and numbers always serialise.
    let mut header = serde_json::to_string(&header).unwrap_or_default();
    header.push('\n');
    let mut value = String::with_capacity(token.value.expose().len() + 1);
    value.push_str(token.value.expose());
    value.push('\n');
    let check = format!("{:016x}\n", check_of(&header, &value));
    [header.into(), value.into(), check.into()]
}

/// Reads an entry for `key`.
///
/// # Errors
/// Bytes that are no such entry.
pub fn decode(key: &CacheKey, text: &[u8]) -> Result<Entry, Defect> {
    let text = std::str::from_utf8(text).map_err(|_| Defect::Damaged)?;
    let (header, rest) = text.split_once('\n').ok_or(Defect::Damaged)?;
    let parsed: HeaderIn<'_> = serde_json::from_str(header).map_err(|_| defect_of(header))?;
    if parsed.jeton != VERSION {
        return Err(defect_of(header));
    }
    let (value, check) = rest.split_once('\n').ok_or(Defect::Damaged)?;
    let (header_end, value_end) = (header.len() + 1, header.len() + 1 + value.len() + 1);
    let expected = check_of(&text[..header_end], &text[header_end..value_end]);
    if check.strip_suffix('\n').map(|hex| (hex.len(), u64::from_str_radix(hex, 16))) != Some((16, Ok(expected))) {
        return Err(Defect::Damaged);
    }
    if parsed.key != key.as_str() {
        return Err(Defect::OtherKey);
    }
    Ok(Entry {
        stored_ms: parsed.stored_ms,
        shared: parsed.shared,
        token: Token {
            value: Secret::from(value),
            token_type: parsed.token_type,
            issued_at: parsed.issued_at,
            expires_at: parsed.expires_at,
            refresh_at: parsed.refresh_at,
            scopes: parsed.scopes,
            tenant: parsed.tenant,
            account: parsed.account,
        },
    })
}

/// A header that does not fit: of a newer version, or none at all.
fn defect_of(header: &str) -> Defect {
    match serde_json::from_str::<VersionOnly>(header) {
        Ok(version) if version.jeton > VERSION => Defect::Newer,
        _ => Defect::Damaged,
    }
}

/// FNV-1a (draft-eastlake-fnv, 64 bit) over words of eight bytes, the last one filled up with zeros, and the length.
///
/// Words, because a hash of every byte is a twentieth of the work of a cache hit; FNV, because it needs no table and no
/// look at the processor's features. Each step can be undone, so one changed word is always noticed.
fn check_of(header: &str, value: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET;
    for text in [header, value] {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last, &(text.len() as u64).to_le_bytes()]) {
            hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::{key, token};

    fn text() -> Vec<u8> {
        let parts = encode(&key("a"), &Identity::default(), None, &token("the.token.value", 100, 3600), 100_000, false);
        parts.iter().flat_map(|part| part.bytes()).collect()
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let entry = decode(&key("a"), &text()).unwrap();
        assert_eq!(entry.token, token("the.token.value", 100, 3600));
        assert_eq!(entry.stored_ms, 100_000);
    }

    #[test]
    fn the_first_line_says_whose_it_is_and_what_for() {
        let identity = Identity { provider: "entra", flow: "device-code", tenant: "T".into(), ..Identity::default() };
        let via = Who { client: "c".into(), ..Who::default() };
        let [header, ..] = encode(&key("a"), &identity, Some(&via), &token("v", 100, 3600), 100_000, false);
        let listed = describe(&key("a"), header.trim_end().as_bytes()).unwrap();
        assert_eq!((&listed.who, listed.via.as_ref()), (&identity.who(), Some(&via)));
        assert_eq!((listed.flow.as_str(), listed.life), ("device-code", token("v", 100, 3600).life()));
        assert_eq!((listed.scopes, listed.tenant), (vec!["r/.default".to_owned()], Some("t".to_owned())));
        assert_eq!(describe(&key("b"), header.trim_end().as_bytes()).err(), Some(Defect::OtherKey));
        assert_eq!(describe(&key("a"), b"{\"jeton\":2}").err(), Some(Defect::Newer));
    }

    #[test]
    fn an_entry_cut_at_any_byte_is_damaged() {
        let text = text();
        for end in 0..text.len() {
            assert_eq!(decode(&key("a"), &text[..end]).err(), Some(Defect::Damaged), "cut at {end}");
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let text = text();
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 0x01;
            assert!(decode(&key("a"), &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_newer_version_and_another_key_have_their_own_names() {
        assert_eq!(decode(&key("a"), b"{\"jeton\":2,\"new\":[]}\nx\n").err(), Some(Defect::Newer));
        assert_eq!(decode(&key("b"), &text()).err(), Some(Defect::OtherKey));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&key("a"), &bytes);
            let _ = describe(&key("a"), &bytes);
        }
    }
}
