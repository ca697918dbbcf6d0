//! The one road from settings to a rendered token, for every command and protocol.

use std::time::Duration;

use crate::broker::{Broker, Limits};
use crate::cache::Cache;
use crate::entra;
use crate::environment;
use crate::error::Result;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin, Settings, Store};
use crate::protocol::aws;
use crate::request::{Flow, TokenRequest};
use crate::sign_in::SignIns;
use crate::token::Token;

use super::args::CallArgs;
use super::token::MARGIN;

/// A call that is under way: the joined settings and where to report.
pub(super) struct Road<'a> {
    call: &'a CallArgs,
    pub(super) settings: Settings,
    cache: Cache,
    log: Log,
    /// This process renews beside its caller: it prints nothing.
    renews: bool,
}

impl<'a> Road<'a> {
    /// Joins flags, environment and profile. `quiet`: a protocol whose stderr stays empty on success.
    pub(super) fn open(call: &'a CallArgs, flags: Flags, quiet: bool) -> Result<Self> {
        let renews = environment::is_renewal();
        let log = if renews { Log::silent() } else { Log::new(!quiet && !call.silent, call.verbose) };
        let cache_dir = environment::cache_dir()?;
        let store = Store::new(&environment::config_dir()?, &cache_dir);
        let settings = Settings::load(flags, call.profile.as_deref(), &store)?;
        // Both look at every setting, which is not for the road of a cached token unless somebody reads it.
        if log.warns() {
            settings.warn(&log)?;
        }
        if log.is_verbose() {
            settings.trace(&log);
        }
        Ok(Self { call, settings, cache: Cache::new(cache_dir), log, renews })
    }

    /// The resource that is meant where neither flags, environment nor profile name one.
    pub(super) fn default_resource(&mut self, resource: &'static str) -> Result<()> {
        if self.settings.get(Field::Scopes)?.is_none() && self.settings.get(Field::Resource)?.is_none() {
            self.settings.add(Field::Resource, resource, Origin::BuiltIn);
        }
        Ok(())
    }

    /// The request for an Entra token with at least `margin` seconds left.
    pub(super) fn entra(&self, margin: u64) -> Result<TokenRequest> {
        let flow = entra::flow(&self.settings)?;
        Ok(TokenRequest {
            background: flow.is_unattended() && self.settings.is_on(Field::Background)?,
            flow,
            subject: None,
            margin,
            min_ttl: self.call.min_ttl.map(|ttl| ttl.as_secs()),
            force_refresh: self.call.force_refresh,
        })
    }

    /// The request for what `flow` gives in exchange for an Entra token, with at least `margin` seconds left.
    pub(super) fn exchange(&self, flow: Box<dyn Flow>, margin: u64) -> Result<TokenRequest> {
        let subject = self.entra(MARGIN)?;
        Ok(TokenRequest {
            background: subject.background,
            min_ttl: subject.min_ttl,
            force_refresh: subject.force_refresh,
            margin,
            flow,
            // The Entra token is a means here: it is as good from the cache.
            subject: Some(Box::new(TokenRequest { min_ttl: None, force_refresh: false, ..subject })),
        })
    }

    /// The request for the keys of the AWS role that the settings name, if they name one.
    pub(super) fn aws(&self) -> Result<Option<TokenRequest>> {
        self.settings.aws_role()?.map(|role| self.exchange(Box::new(role), aws::MARGIN)).transpose()
    }

    /// Gets the token, and hands what `render` makes of it to `deliver`.
    pub(super) fn travel(
        self,
        request: &TokenRequest,
        render: impl FnOnce(&Token) -> Result<String>,
        deliver: impl FnOnce(&str) -> Result<()>,
    ) -> Result<()> {
        let token = self.get(request)?;
        if self.renews {
            return Ok(());
        }
        deliver(&zeroize::Zeroizing::new(render(&token)?))
    }

    /// Gets the token, for a command that does more with it than to print it.
    pub(super) fn get(&self, request: &TokenRequest) -> Result<Token> {
        let total = match self.call.timeout {
            Some(timeout) => timeout,
            None => environment::timeout()?,
        };
        // A holder may use all of its time; a little more tells its error from a hang.
        let lock_wait = environment::lock_timeout()?.unwrap_or(total.saturating_add(Duration::from_secs(5)));
        let http = Http::new(HttpOptions { connect_timeout: environment::connect_timeout()? });
        let sign_ins = SignIns::new(&self.settings);
        let person = if request.flow.asks_a_person() { sign_ins.timeout()? } else { Duration::ZERO };
        let broker = Broker {
            cache: &self.cache,
            http: &http,
            sign_ins: &sign_ins,
            log: &self.log,
            limits: Limits { total, lock_wait, person },
            renews: self.renews,
        };
        broker.get(request)
    }
}
