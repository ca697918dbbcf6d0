//! A personal access token that looks after itself: made with another token of the same profile, kept sealed, handed out,
//! replaced at four fifths of its life, and revoked some time after that.
//!
//! It is not copied into the cache: a token that lives for weeks stays sealed.

use super::keep::{Failed, Keep, Piece, Record, State};
use super::lifetime::{Lifetime, parse_grace};
use super::making::{self, Wish};
use super::rotation;
use crate::clock;
use crate::databricks::api::{Api, AzureAccess};
use crate::databricks::azure;
use crate::databricks::host::Host;
use crate::databricks::site::{Site, in_workspace};
use crate::error::{Error, Result};
use crate::profile::{Field, FlowName, Settings};
use crate::request::{CacheKey, Flow, FlowCall, Identity};
use crate::token::{NEVER, Token};
use crate::vault::SecretName;

/// The flow `databricks-managed-pat`.
#[derive(Debug)]
pub struct ManagedPat {
    host: Host,
    wish: Wish,
    /// Seconds.
    grace: u64,
    unattended: bool,
    /// How a maker that is not in the workspace gets in: the flow of its management token, and the workspace as a resource
    /// of Azure.
    access: Option<(Box<dyn Flow>, String)>,
    /// Who makes it.
    by: CacheKey,
    key: SecretName,
}

/// The settings of the token with which tokens are made and managed: those of the profile, without the managed token.
///
/// # Errors
/// A flow that is none, or the managed token itself.
pub fn minting(settings: &Settings) -> Result<Settings> {
    let name = match settings.flow_name()? {
        FlowName::DatabricksManagedPat => match settings.text(Field::PatFlow)? {
            Some(name) => FlowName::parse(&name)?,
            None => FlowName::infer(settings)?,
        },
        name => name,
    };
    if name == FlowName::DatabricksManagedPat {
        return Err(Error::configuration("a managed token can't be made with itself")
            .hint("name another flow with --pat-flow, such as databricks-m2m or managed-identity"));
    }
    let settings = settings.for_flow(name);
    // Whatever the profile's tokens are for otherwise.
    Ok(if name.is_databricks() { settings } else { settings.for_resource("databricks") })
}

/// A name for whom the tokens of `maker` belong to, as far as the settings tell.
#[must_use]
pub fn made_by(maker: &dyn Flow) -> CacheKey {
    let mut text = b"maker".to_vec();
    maker.identity().describe(&mut text);
    CacheKey::of(&text)
}

impl ManagedPat {
    /// The name of its record.
    #[must_use]
    pub fn key(&self) -> &SecretName {
        &self.key
    }

    /// What its next token is to be, and how many seconds the one before stays good.
    #[must_use]
    pub fn wish(&self) -> (&Wish, u64) {
        (&self.wish, self.grace)
    }

    /// The flow that `settings` mean. `maker`: the flow of the token that it is made with.
    ///
    /// # Errors
    /// Settings that are missing or wrong, each with the way to set it.
    pub(crate) fn of(settings: &Settings, maker: &dyn Flow) -> Result<Self> {
        let host = in_workspace(Site::of(settings)?.host, settings)?;
        if host.is_account() {
            return Err(Error::configuration(format!(
                "{host} is an account console, which has no personal access tokens"
            ))
            .hint("give the host of a workspace"));
        }
        let lifetime: Lifetime = settings.text(Field::PatLifetime)?.unwrap_or_default().parse()?;
        let comment = settings.text(Field::PatComment)?.unwrap_or_else(|| "managed by jeton".to_owned());
        let wish = Wish { comment, lifetime, application_id: None };
        wish.check()?;
        let by = made_by(maker);
        let access = match settings.text(Field::AzureResourceId)? {
            Some(resource_id) => azure::management(&minting(settings)?)?.map(|flow| (flow, resource_id)),
            None => None,
        };
        // Another lifetime is one for the next token, not another token.
        let key = CacheKey::of(format!("managed token:{}:{}:{}", host.origin(), by.as_str(), wish.comment).as_bytes());
        Ok(Self {
            host,
            wish,
            grace: parse_grace(&settings.text(Field::PatGrace)?.unwrap_or_default())?,
            unattended: maker.is_unattended(),
            access,
            by,
            key: SecretName::new(key.as_str())?,
        })
    }

    /// The one in the record, if it lives.
    fn token(state: &State) -> Option<Token> {
        let current = state.current.as_ref()?;
        let issued_at = issued_at(state, current);
        let expires_at = current.expires_at.unwrap_or(NEVER);
        let revoke_at = state.old.iter().map(|old| old.revoke_at).min();
        Some(Token {
            value: current.value.clone(),
            token_type: "Bearer".into(),
            issued_at,
            expires_at,
            // (Revoking an old one is a thing to be done beside the caller as well.)
            refresh_at: Self::due_at(state).into_iter().chain(revoke_at).min(),
            scopes: Vec::new(),
            tenant: None,
            account: None,
        })
    }

    /// When the one in the record is to be replaced: at four fifths of its life, if that has an end.
    fn due_at(state: &State) -> Option<u64> {
        let current = state.current.as_ref()?;
        let issued_at = issued_at(state, current);
        current.expires_at.map(|at| issued_at.saturating_add(at.saturating_sub(issued_at) / 5 * 4))
    }

    /// With what its maker gets into the workspace. The management token is for that alone, so it is not kept.
    fn access(&self, call: &FlowCall<'_>) -> Result<Option<AzureAccess>> {
        let Some((flow, resource_id)) = &self.access else { return Ok(None) };
        let management_token = flow.fetch(call, None)?.value;
        Ok(Some(AzureAccess { management_token, resource_id: resource_id.clone() }))
    }

    /// Does what is to be done, with the record to itself.
    fn look_after(&self, record: &mut Record<'_>, api: &Api<'_>, renews: bool) -> Result<()> {
        if is_settled(record) {
            // What an earlier one left, killed or not. It keeps nobody from a new token.
            if let Err(error) = rotation::end(record, api) {
                api.log.warn(format!("an old token is not revoked yet: {}", error.message));
                record.state.rotation = None;
            }
            // (By its life alone: an old one that can't be revoked is no reason for a new one.)
            let is_due = Self::due_at(&record.state).is_some_and(|due_at| due_at <= clock::now());
            if renews && !is_due {
                return Ok(());
            }
        }
        if record.state.current.is_some() || record.state.rotation.is_some() {
            return rotation::rotate(record, api, &self.wish, self.grace, &self.by).map(drop);
        }
        making::make(record, api, &self.wish, &self.by)?;
        making::project(record)
    }
}

/// Whether there is a token in use, and no successor that is not.
fn is_settled(record: &Record<'_>) -> bool {
    record.state.current.is_some() && (record.is_swapped() || !record.is_rotating())
}

/// By this machine's clock, like everything that is compared with it.
fn issued_at(state: &State, current: &Piece) -> u64 {
    (state.since_ms / 1000).min(current.created_at.unwrap_or(u64::MAX))
}

impl Flow for ManagedPat {
    fn identity(&self) -> Identity {
        Identity {
            provider: "databricks",
            flow: "databricks-managed-pat",
            authority: self.host.origin().to_owned(),
            other: vec![("comment", self.wish.comment.clone())],
            ..Identity::default()
        }
    }

    fn is_kept(&self) -> bool {
        false
    }

    fn is_unattended(&self) -> bool {
        self.unattended
    }

    fn held(&self, call: &FlowCall<'_>) -> Result<Option<Token>> {
        let vault = call.sign_ins.vault()?.within(call.deadline);
        let state = Keep { vault: &vault, log: call.log }.look(&self.key)?;
        Ok(state.as_ref().and_then(Self::token))
    }

    fn fetch(&self, call: &FlowCall<'_>, subject: Option<&Token>) -> Result<Token> {
        let subject = subject.ok_or_else(|| {
            Error::configuration("there is no token to make a personal access token with")
                .hint("name its flow: --pat-flow")
        })?;
        let vault = call.sign_ins.vault()?.within(call.deadline);
        let keep = Keep { vault: &vault, log: call.log };
        let mut record = keep.open(&self.key, call.deadline)?;
        // A failure is that of all who waited for it, and of those who come before they may.
        if let Some(failed) = &record.state.failed
            && (failed.at_ms >= call.arrived_ms || failed.error.retry_at.is_some_and(|at| at > clock::now()))
        {
            return Err(failed.error.clone());
        }
        // (Nobody has to be let in for what another process made while this one waited.)
        let is_made = is_settled(&record) && record.state.since_ms >= call.arrived_ms;
        let access = if is_made { Ok(None) } else { self.access(call) };
        let done = access.and_then(|access| {
            let api = Api {
                host: &self.host,
                token: &subject.value,
                azure: access.as_ref(),
                http: call.http,
                deadline: call.deadline,
                log: call.log,
            };
            if is_made { Ok(()) } else { self.look_after(&mut record, &api, call.renews) }
        });
        let done = done.or_else(|error| {
            // What is left to do does not keep the new token from its caller.
            if record.state.next.is_some() || record.state.since_ms < call.arrived_ms {
                return Err(error);
            }
            call.log.warn(format!("the token was replaced, but the old one is not revoked yet: {}", error.message));
            Ok(())
        });
        let before = record.state.failed.take().is_some();
        match done {
            Err(error) => {
                record.state.failed = Some(Failed { at_ms: clock::now_millis(), error: error.clone() });
                record.state.host = self.host.origin().to_owned();
                record.save()?;
                Err(error)
            }
            Ok(()) => {
                if before {
                    record.save()?;
                }
                Self::token(&record.state).ok_or_else(|| {
                    Error::configuration("there is no token after one was made")
                        .hint("try again, with -v to see each step")
                })
            }
        }
    }
}
