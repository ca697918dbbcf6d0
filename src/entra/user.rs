//! What all flows of users share: the app that a user signs in to, the token request with what a user's needs, and the
//! renewal by refresh token (RFC 6749 section 6).
//!
//! Entra's refresh tokens are good for any resource that the app may ask for, so a renewal asks for what is wanted now,
//! not for what was asked at the sign-in ("Refresh tokens in the Microsoft identity platform").

use super::advice;
use super::authority::{Authority, Endpoint};
use super::claims::Claims;
use super::client_secret::ClientSecret;
use super::credential::{Credential, Proof};
use super::grant::{About, Granted, Refusal};
use super::scope::UserScopes;
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Call, Method, Repeat};
use crate::jwt::Jwt;
use crate::profile::{Field, Settings};
use crate::request::{FlowCall, Identity};
use crate::secret::Secret;
use crate::sign_in::{NotRenewed, SignedIn};

/// The public client that users sign in to where none is named: the Azure CLI's, as azure-identity does
/// (`azure-identity` `_constants.py`, `DEVELOPER_SIGN_ON_CLIENT_ID`).
pub(crate) const DEFAULT_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// The tenant where none is named: whichever the user belongs to.
const DEFAULT_TENANT: &str = "organizations";

/// Always asked for: a name for the user, and a refresh token (OpenID Connect Core sections 3.1.2.1, 5.4 and 11).
const USER_SCOPES: &str = "openid profile offline_access";

/// An app that a user signs in to, and what the token is for.
#[derive(Debug)]
pub struct UserApp {
    /// Who issues the token.
    pub authority: Authority,
    /// Which endpoints are asked.
    pub endpoint: Endpoint,
    /// The application (client) id.
    pub client_id: String,
    /// What a confidential app proves itself with.
    pub credential: Option<Box<dyn Credential>>,
    /// What the token is for.
    pub audience: UserScopes,
    /// The user who is expected.
    pub login_hint: Option<String>,
    /// A challenge that the token has to answer.
    pub claims: Option<Claims>,
}

/// A token request that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// For the user.
    pub(super) error: Error,
    /// In the server's words, if it said so in OAuth's.
    pub(super) refusal: Option<Box<Refusal>>,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, refusal: None }
    }
}

impl UserApp {
    /// The app that `settings` mean.
    ///
    /// # Errors
    /// Settings that are unknown or contradictory, each with the way to set it.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        let tenant = settings.text(Field::Tenant)?.unwrap_or_else(|| DEFAULT_TENANT.to_owned());
        let (authority, cloud) = settings.authority(&tenant)?;
        let credential: Option<Box<dyn Credential>> = match settings.source(Field::ClientSecret)? {
            Some(source) => Some(Box::new(ClientSecret(source))),
            None => None,
        };
        Ok(Self {
            authority,
            endpoint: settings.endpoint()?,
            client_id: settings.text(Field::ClientId)?.unwrap_or_else(|| DEFAULT_CLIENT_ID.to_owned()),
            credential,
            audience: settings.audience()?.for_user(cloud)?,
            login_hint: settings.text(Field::LoginHint)?,
            claims: settings.text(Field::Claims)?.map(|text| Claims::parse(&text)).transpose()?,
        })
    }

    /// The token's identity, for the flow of this name.
    pub(super) fn identity(&self, flow: &'static str) -> Identity {
        let mut other = vec![("endpoint", self.endpoint.to_string())];
        other.extend(self.claims.as_ref().map(|claims| ("claims", claims.to_string())));
        Identity { flow, scopes: self.scopes(), other, ..self.sign_in() }
    }

    /// The sign-in's identity: no flow and no scopes, because its refresh token is good for all of them.
    pub(super) fn sign_in(&self) -> Identity {
        Identity {
            provider: "entra",
            flow: "user",
            authority: self.authority.base().to_owned(),
            tenant: self.authority.tenant().to_owned(),
            client: self.client_id.clone(),
            credential: self
                .login_hint
                .as_ref()
                .map_or_else(String::new, |user| format!("user:{}", user.to_lowercase())),
            ..Identity::default()
        }
    }

    /// As the token's metadata name it: scopes on v2, the bare resource on v1.
    pub(super) fn scopes(&self) -> Vec<String> {
        match self.endpoint {
            Endpoint::V1 => vec![self.audience.resource.clone()],
            Endpoint::V2 => self.audience.scopes.clone(),
        }
    }

    /// The parameter that says what the token is for, at the token, authorization and device endpoints alike.
    pub(super) fn audience_parameter(&self) -> (&'static str, String) {
        match self.endpoint {
            Endpoint::V1 => ("resource", self.audience.resource.clone()),
            Endpoint::V2 => ("scope", format!("{} {USER_SCOPES}", self.audience.scopes.join(" "))),
        }
    }

    /// Makes the token request of `grant` (its parameters, `grant_type` first).
    pub(super) fn request(
        &self,
        call: &FlowCall<'_>,
        grant: &[(&'static str, &str)],
        repeat: Repeat,
    ) -> std::result::Result<SignedIn, Refused> {
        self.request_checked(call, grant, repeat, |_| Ok(()))
    }

    /// The same where what was granted has to pass `check`.
    pub(super) fn request_checked(
        &self,
        call: &FlowCall<'_>,
        grant: &[(&'static str, &str)],
        repeat: Repeat,
        check: impl FnOnce(&Granted) -> Result<()>,
    ) -> std::result::Result<SignedIn, Refused> {
        let url = self.authority.token_url(self.endpoint);
        let proof = match &self.credential {
            Some(credential) => credential.prove(call, &Proof { token_url: &url, client_id: &self.client_id })?,
            None => Vec::new(),
        };
        let (audience, value) = self.audience_parameter();
        let mut form = grant.to_vec();
        form.extend([("client_id", self.client_id.as_str()), (audience, &value), ("client_info", "1")]);
        form.extend(proof.iter().map(|(name, value)| (*name, value.expose())));
        form.extend(self.claims.iter().map(|claims| ("claims", claims.as_str())));
        let issued_at = clock::now();
        let call_out = Call { body: Body::Form(form), repeat, ..Call::new(Method::Post, &url, call.deadline) };
        let answer = call.http.send(&call_out, call.log)?;
        let scope = self.scopes().join(" ");
        let about = About {
            tenant: self.authority.tenant(),
            client: &self.client_id,
            scope: &scope,
            endpoint: &url,
            interactive: true,
        };
        let granted = about.read(&answer, issued_at).map_err(|not| {
            // A server may repeat what it was sent.
            let sent =
                proof.iter().map(|(_, secret)| secret.expose()).chain(grant.iter().skip(1).map(|(_, value)| *value));
            Refused { error: sent.fold(not.error, Error::without), refusal: not.refusal }
        })?;
        check(&granted)?;
        Ok(self.signed_in(granted, issued_at))
    }

    /// Warns where somebody else signed in than the settings name: a hint is all that Entra was given, if that.
    pub(super) fn compare_account(&self, call: &FlowCall<'_>, signed_in: &SignedIn) {
        if let (Some(expected), Some(account)) = (&self.login_hint, &signed_in.token.account)
            && !expected.eq_ignore_ascii_case(account)
        {
            call.log.warn(format!("{account} signed in, not {expected}, whom the settings name"));
        }
    }

    fn signed_in(&self, mut granted: Granted, issued_at: u64) -> SignedIn {
        let refresh_token = granted.refresh_token.take();
        let account = granted.id_token.as_ref().and_then(account_of).or_else(|| account_of(&granted.access_token));
        let mut token = granted.into_token(issued_at, self.scopes(), self.authority.tenant());
        token.account = account;
        SignedIn { token, refresh_token }
    }

    /// The grant `refresh_token`.
    pub(super) fn renew(
        &self,
        call: &FlowCall<'_>,
        refresh_token: &Secret,
    ) -> std::result::Result<SignedIn, NotRenewed> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        // Redeeming one twice is harmless: Entra keeps the one before valid when it gives a new one.
        self.request(call, &grant, Repeat::Safe).map_err(|refused| match &refused.refusal {
            // A failing or throttling service may say anything in its body.
            _ if refused.error.kind == Kind::Network => NotRenewed::Failed(refused.error),
            Some(refusal) if is_dead(refusal) => NotRenewed::Dead(refused.error),
            _ if refused.error.kind == Kind::SignIn => NotRenewed::WantsUser(refused.error),
            _ => NotRenewed::Failed(refused.error),
        })
    }
}

/// Whether a refusal says that the refresh token itself is no good any more. `invalid_grant` also stands for "not without
/// a second factor" or "not without consent", where it lives on: MSAL tells them apart by `suberror`
/// (MSAL for Python `application.py`, `_acquire_token_silent_by_finding_specific_refresh_token`).
fn is_dead(refusal: &Refusal) -> bool {
    advice::kind_of(&refusal.error, None, 400) == Kind::SignIn
        && refusal.error == "invalid_grant"
        && !wants_user(refusal)
}

/// Whether a refusal is about this request, not about what it was made with.
pub(super) fn wants_user(refusal: &Refusal) -> bool {
    let for_now = ["basic_action", "additional_action", "message_only", "consent_required", "client_mismatch"];
    refusal.suberror.as_deref().is_some_and(|suberror| for_now.contains(&suberror))
        || refusal.error_codes.iter().any(|code| WANTS_USER.contains(code))
}

/// AADSTS numbers that come with `invalid_grant` and are about the request, not the refresh token: a second factor,
/// consent, a policy of conditional access ("Microsoft Entra authentication and authorization error codes"). A number
/// that is missing here costs one more sign-in.
const WANTS_USER: &[u32] = &[
    50_072, 50_074, 50_076, 50_078, 50_079, 50_105, 50_158, 53_000, 53_001, 53_002, 53_003, 53_004, 65_001, 65_004,
    90_094,
];

/// The user's name in a JWT: `preferred_username` (v2), `upn` or `unique_name` (v1), `email`. The signature is not
/// looked at: it came from the token endpoint itself, and is for showing only.
pub(crate) fn account_of(token: &Secret) -> Option<String> {
    ["preferred_username", "upn", "unique_name", "email"].into_iter().find_map(|name| claim(token, name))
}

/// The tenant in a JWT (`tid`), for showing only.
pub(crate) fn tenant_of(token: &Secret) -> Option<String> {
    claim(token, "tid")
}

/// The app in a JWT: `appid` (v1), `azp` (v2), for showing only.
pub(crate) fn client_of(token: &Secret) -> Option<String> {
    ["appid", "azp"].into_iter().find_map(|name| claim(token, name))
}

fn claim(token: &Secret, name: &str) -> Option<String> {
    let jwt = Jwt::parse(token.expose()).ok()?;
    jwt.claims.get(name)?.as_str().map(crate::error::clean)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn refusal(error: &str, suberror: Option<&str>, code: u32) -> Refusal {
        Refusal {
            error: error.into(),
            suberror: suberror.map(str::to_owned),
            error_codes: vec![code],
            ..Refusal::default()
        }
    }

    #[test]
    fn only_a_refresh_token_that_is_no_good_any_more_is_dead() {
        for (error, suberror, code, dead) in [
            ("invalid_grant", None, 70_008, true),
            ("invalid_grant", Some("bad_token"), 50_173, true),
            ("invalid_grant", Some("token_expired"), 700_082, true),
            ("invalid_grant", Some("basic_action"), 50_076, false),
            ("invalid_grant", None, 50_076, false),
            ("invalid_grant", Some("consent_required"), 65_001, false),
            ("interaction_required", None, 50_079, false),
            ("temporarily_unavailable", None, 90_033, false),
            ("invalid_client", None, 7_000_215, false),
        ] {
            assert_eq!(is_dead(&refusal(error, suberror, code)), dead, "{error} {suberror:?} {code}");
        }
    }

    #[test]
    fn a_user_is_named_by_the_claims_of_either_endpoint() {
        let jwt = |claims: &str| Secret::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)));
        assert_eq!(account_of(&jwt(r#"{"preferred_username":"ada@a"}"#)).as_deref(), Some("ada@a"));
        assert_eq!(account_of(&jwt(r#"{"upn":"ada@b"}"#)).as_deref(), Some("ada@b"));
        assert_eq!(account_of(&jwt("{}")), None);
        assert_eq!(account_of(&Secret::from("opaque")), None);
    }
}
