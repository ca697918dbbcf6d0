//! The one road from settings to a rendered token, for every command and protocol.

use std::time::Duration;

use crate::broker::{Broker, Limits};
use crate::cache::Cache;
use crate::clock::Deadline;
use crate::databricks;
use crate::environment;
use crate::error::Result;
use crate::flow;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin, Settings, Store};
use crate::request::TokenRequest;
use crate::sign_in::SignIns;
use crate::token::Token;

use super::args::CallArgs;

/// A call that is under way: the joined settings and where to report.
pub(super) struct Road<'a> {
    call: &'a CallArgs,
    pub(super) settings: Settings,
    cache: Cache,
    log: Log,
    /// This process renews beside its caller: it prints nothing.
    renews: bool,
}

/// What there is at the road's end.
pub(super) struct Arrived<'a> {
    pub(super) token: &'a Token,
    /// The one that goes along with it, if one was asked for.
    pub(super) beside: Option<&'a Token>,
    pub(super) http: &'a Http,
    pub(super) log: &'a Log,
    pub(super) sign_ins: &'a SignIns<'a>,
    /// The bound for what is done with the token.
    pub(super) deadline: Deadline,
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

    /// The request for the token that the settings mean, with at least `margin` seconds left.
    pub(super) fn wanted(&self, margin: u64) -> Result<TokenRequest> {
        self.asked(flow::of(&self.settings)?.request(), margin)
    }

    /// The token with which the same principal shows that it may manage the workspace in Azure, if one goes along.
    pub(super) fn management(&self, margin: u64) -> Result<Option<TokenRequest>> {
        databricks::management(&self.settings)?.map(|flow| self.asked(TokenRequest::new(flow), margin)).transpose()
    }

    fn asked(&self, request: TokenRequest, margin: u64) -> Result<TokenRequest> {
        Ok(TokenRequest {
            background: request.flow.is_unattended() && self.settings.is_on(Field::Background)?,
            margin,
            min_ttl: self.call.min_ttl.map(|ttl| ttl.as_secs()),
            force_refresh: self.call.force_refresh,
            ..request
        })
    }

    /// Gets the token, and hands what `render` makes of it to `deliver`.
    pub(super) fn travel(
        self,
        request: &TokenRequest,
        render: impl FnOnce(&Token) -> Result<String>,
        deliver: impl FnOnce(&str) -> Result<()>,
    ) -> Result<()> {
        self.travel_with(request, None, |token, _| render(token), deliver)
    }

    /// The same where a second token may go along with the first.
    pub(super) fn travel_with(
        self,
        request: &TokenRequest,
        beside: Option<&TokenRequest>,
        render: impl FnOnce(&Token, Option<&Token>) -> Result<String>,
        deliver: impl FnOnce(&str) -> Result<()>,
    ) -> Result<()> {
        let work = |arrived: Arrived<'_>| deliver(&zeroize::Zeroizing::new(render(arrived.token, arrived.beside)?));
        self.arrive(request, beside, work).map(drop)
    }

    /// Gets the token, and does `work` with it. `None`: this process renewed, and nobody waits for its work.
    pub(super) fn arrive<T>(
        self,
        request: &TokenRequest,
        beside: Option<&TokenRequest>,
        work: impl FnOnce(Arrived<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
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
        let token = broker.get(request);
        if self.renews {
            // For whichever of the two is due: the other one's failure is none of its.
            let beside = beside.map(|request| broker.get(request)).transpose();
            return token.and(beside).map(|_| None);
        }
        let token = token?;
        let beside = beside.map(|request| broker.get(request)).transpose()?;
        let arrived = Arrived {
            token: &token,
            beside: beside.as_ref(),
            http: &http,
            log: &self.log,
            sign_ins: &sign_ins,
            deadline: Deadline::after(total),
        };
        work(arrived).map(Some)
    }
}
