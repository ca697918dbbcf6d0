//! The one road from settings to a rendered token, for every command and protocol.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::arm::{self, Arm};
use crate::broker::{Again, Broker, Limits};
use crate::cache::Cache;
use crate::clock::Deadline;
use crate::databricks;
use crate::environment;
use crate::error::{Error, Result};
use crate::flow;
use crate::http::{Http, HttpOptions};
use crate::log::Log;
use crate::profile::{Field, Flags, Origin, Place, Service, Settings, Store};
use crate::protocol::aws;
use crate::request::{Flow, TokenRequest};
use crate::secret::Secret;
use crate::sign_in::SignIns;
use crate::token::Token;

use super::args::CallArgs;
use super::personality;
use super::token::MARGIN;

/// Whether a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// As the settings say.
    AsSet,
    /// Whatever they say.
    Always,
    /// Not at all.
    Never,
}

/// A call that is under way: the joined settings and where to report.
pub(super) struct Road<'a> {
    call: &'a CallArgs,
    pub(super) settings: Settings,
    cache: Cache,
    log: Log,
    asking: Asking,
    /// This process renews beside its caller: it prints nothing.
    renews: bool,
    /// What was read from standard input, for a process that renews.
    input: &'a [u8],
    /// How this process renews a due token itself, if it does.
    renewer: Option<&'a dyn Fn()>,
    /// How long the caller waits at most, where it does not wait as long as a call may take.
    patience: Option<Duration>,
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
        let (cache, store) = folders()?;
        Self::on(call, Settings::load(flags, call.profile.as_deref(), &store)?, cache, quiet)
    }

    /// The same for a tool that asks for a place; `None` where nothing was set up for that (see
    /// [`Settings::load_for`]), which opens no socket and no other file than profiles.json. Its stderr stays empty on
    /// success, and nobody is asked to sign in unless it was said that they may be.
    pub(super) fn open_for(
        call: &'a CallArgs,
        flags: Flags,
        place: &Place,
        service: Option<Service>,
    ) -> Result<Option<Self>> {
        let (cache, store) = folders()?;
        let Some(settings) = Settings::load_for(flags, call.profile.as_deref(), place, service, &store)? else {
            return Ok(None);
        };
        let mut road = Self::on(call, settings, cache, true)?;
        road.ask_nobody_by_default()?;
        Ok(Some(road))
    }

    /// The same with settings that were found another way (see [`Settings::load_account`]). Its stderr stays empty on
    /// success.
    pub(super) fn with(call: &'a CallArgs, settings: Settings) -> Result<Self> {
        Self::on(call, settings, folders()?.0, true)
    }

    fn on(call: &'a CallArgs, settings: Settings, cache: Cache, quiet: bool) -> Result<Self> {
        let renews = environment::is_renewal();
        let log = if renews { Log::silent() } else { Log::new(!quiet && !call.silent, call.verbose) };
        // Both look at every setting, which is not for the road of a cached token unless somebody reads it.
        if log.warns() {
            settings.warn(&log)?;
        }
        if log.is_verbose() {
            settings.trace(&log);
        }
        Ok(Self {
            call,
            settings,
            cache,
            log,
            asking: Asking::AsSet,
            renews,
            input: &[],
            renewer: None,
            patience: None,
        })
    }

    /// The same call with another rule for asking people.
    pub(super) fn asking(self, asking: Asking) -> Self {
        Self { asking, ..self }
    }

    /// The same call in a process that stays, where nobody sees what is asked or told. `renewer` begins the renewal of a
    /// due token here; `None` for a call that is that renewal.
    pub(super) fn unattended(self, renewer: Option<&'a dyn Fn()>) -> Self {
        let mut settings = self.settings;
        settings.add(Field::Interactive, "never", Origin::BuiltIn);
        let log = if self.call.verbose { self.log } else { Log::silent() };
        Self { settings, log, asking: Asking::Never, renews: renewer.is_none(), renewer, ..self }
    }

    /// Says what was read from standard input: a process that renews is asked the same.
    pub(super) fn asked(self, input: &'a [u8]) -> Self {
        Self { input, ..self }
    }

    /// Says how long the caller waits, where its time-out is known: an error that comes later is never seen. A bound
    /// that was given on the command line counts all the same.
    pub(super) fn hurry(&mut self, patience: Duration) {
        self.patience = Some(patience);
    }

    /// See [`default_audience`].
    pub(super) fn default_audience(&mut self) -> Result<()> {
        default_audience(&mut self.settings)
    }

    /// The tenant that is meant where neither flags, environment nor profile name one.
    pub(super) fn default_tenant(&mut self, tenant: Option<&str>, origin: Origin) -> Result<()> {
        if let Some(tenant) = tenant
            && self.settings.get(Field::Tenant)?.is_none()
        {
            self.settings.add(Field::Tenant, tenant, origin);
        }
        Ok(())
    }

    /// Nobody is asked to sign in unless flags, environment or profile say that somebody may be: the caller shows nothing,
    /// or would be held up.
    pub(super) fn ask_nobody_by_default(&mut self) -> Result<()> {
        if self.settings.get(Field::Interactive)?.is_none_or(|interactive| interactive.origin == Origin::BuiltIn) {
            self.settings.add(Field::Interactive, "never", Origin::BuiltIn);
        }
        Ok(())
    }

    /// See [`Settings::default_resource`].
    pub(super) fn default_resource(&mut self, resource: &str) -> Result<()> {
        // Where a workspace is set, its own tokens are meant, or Entra's for Databricks by themselves.
        let by_itself = resource == "databricks"
            && (self.settings.flow_name()?.is_databricks() || self.settings.databricks_host()?.is_some());
        if by_itself { Ok(()) } else { self.settings.default_resource(resource) }
    }

    /// Where nothing but its resource in Azure says which workspace is meant: has Azure say its host.
    pub(super) fn find_workspace(&mut self) -> Result<()> {
        let settings = &self.settings;
        let Some(resource_id) = settings.text(Field::AzureResourceId)? else { return Ok(()) };
        if settings.get(Field::DatabricksHost)?.is_some() {
            return Ok(());
        }
        // Databricks' own credentials are good for nothing in Azure.
        let own = databricks::pat::minting(settings)?;
        if own.flow_name()?.is_databricks() || settings.get(Field::DatabricksClientId)?.is_some() {
            return Ok(());
        }
        databricks::check_resource_id(&resource_id)?;
        let origin = arm::origin(settings)?;
        let flow = flow::of(&own.for_resource(&origin))?;
        let request = TokenRequest { background: false, ..self.request(flow.request(), MARGIN)? };
        let host = databricks::host_of(&resource_id, |version| {
            self.with_broker(&request, |broker| {
                let token = broker.get(&request)?;
                let deadline = Deadline::after(broker.limits.total);
                let (http, log) = (broker.http, broker.log);
                Arm { origin: &origin, token: &token.value, http, deadline, log }.get(&resource_id, version)
            })
        })?;
        self.log.step(|| format!("databricks: the workspace's host is {host}"));
        self.settings.add(Field::DatabricksHost, host.origin(), Origin::Caller("Azure"));
        Ok(())
    }

    /// The request for the token that the settings mean, with at least `margin` seconds left.
    pub(super) fn wanted(&self, margin: u64) -> Result<TokenRequest> {
        self.request(flow::of(&self.settings)?.request(), margin)
    }

    /// The token with which the same principal shows that it may manage the workspace in Azure, if one goes along.
    pub(super) fn management(&self, margin: u64) -> Result<Option<TokenRequest>> {
        databricks::management(&self.settings)?.map(|flow| self.request(TokenRequest::new(flow), margin)).transpose()
    }

    fn request(&self, request: TokenRequest, margin: u64) -> Result<TokenRequest> {
        Ok(TokenRequest {
            background: request.flow.is_unattended() && self.settings.is_on(Field::Background)?,
            margin,
            min_ttl: self.call.min_ttl.map(|ttl| ttl.as_secs()),
            force_refresh: self.call.force_refresh,
            ..request
        })
    }

    /// The request for what `flow` gives in exchange for an Entra token, with at least `margin` seconds left.
    pub(super) fn exchange(&self, flow: Box<dyn Flow>, margin: u64) -> Result<TokenRequest> {
        let subject = self.wanted(MARGIN)?;
        Ok(TokenRequest {
            background: subject.background,
            min_ttl: subject.min_ttl,
            force_refresh: subject.force_refresh,
            shares_refresh_ms: subject.shares_refresh_ms,
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

    /// The same for whoever can do with nothing else.
    pub(super) fn keys(&self) -> Result<TokenRequest> {
        self.aws()?.ok_or_else(|| {
            Error::configuration("no AWS role is set")
                .hint("give --aws-role-arn, set AWS_ROLE_ARN, or put aws_role_arn into the profile")
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
        let token = self.get(request);
        if self.renews {
            // For whichever of the two is due: the other one's failure is none of its.
            let beside = beside.map(|request| self.get(request)).transpose();
            return token.and(beside).map(drop);
        }
        let token = token?;
        let beside = beside.map(|request| self.get(request)).transpose()?;
        let delivered = deliver(&Zeroizing::new(render(&token, beside.as_ref())?));
        // The process is about to end: taking the settings apart, which hold no secret, helps nobody.
        std::mem::forget(self);
        delivered
    }

    /// Gets the token, for a command that does more with it than to print it.
    pub(super) fn get(&self, request: &TokenRequest) -> Result<Token> {
        self.with_broker(request, |broker| broker.get(request))
    }

    /// Gets the token, and does `work` with it: for commands that call a service with it.
    pub(super) fn arrive<T>(
        self,
        request: &TokenRequest,
        beside: Option<&TokenRequest>,
        work: impl FnOnce(Arrived<'_>) -> Result<T>,
    ) -> Result<T> {
        self.with_broker(request, |broker| {
            let token = broker.get(request)?;
            let beside = beside.map(|request| broker.get(request)).transpose()?;
            work(Arrived {
                token: &token,
                beside: beside.as_ref(),
                http: broker.http,
                log: broker.log,
                sign_ins: broker.sign_ins,
                deadline: Deadline::after(broker.limits.total),
            })
        })
    }

    /// Takes the token of `request` out of the cache, because a service refused it; where `rejected` is given, only that
    /// one.
    pub(super) fn reject(self, request: &TokenRequest, rejected: Option<&Secret>) -> Result<()> {
        self.with_broker(request, |broker| broker.reject(request, rejected))
    }

    fn with_broker<T>(&self, request: &TokenRequest, act: impl FnOnce(&Broker<'_>) -> Result<T>) -> Result<T> {
        let (total, lock_wait) = bounds(self.call.timeout, self.patience)?;
        let http = Http::new(HttpOptions { connect_timeout: environment::connect_timeout()? });
        let sign_ins = match self.asking {
            Asking::AsSet => SignIns::new(&self.settings),
            Asking::Always => SignIns::forced(&self.settings),
            Asking::Never => SignIns::quiet(&self.settings),
        };
        let person = if request.flow.asks_a_person() { sign_ins.timeout()? } else { Duration::ZERO };
        let broker = Broker {
            cache: &self.cache,
            http: &http,
            sign_ins: &sign_ins,
            log: &self.log,
            limits: Limits { total, lock_wait, person },
            renews: self.renews,
            again: match self.renewer {
                Some(renewer) => Again::Here(renewer),
                None => Again::Program { args: personality::arguments, input: self.input },
            },
        };
        act(&broker)
    }
}

/// The cache, and the profiles.
pub(super) fn folders() -> Result<(Cache, Store)> {
    let cache_dir = environment::cache_dir()?;
    let store = Store::new(&environment::config_dir()?, &cache_dir);
    Ok((Cache::new(cache_dir), store))
}

/// Where a sign-in is meant and nobody says what for: for what every user and every app may ask. A token that is to be
/// handed out is never taken to be for that.
pub(super) fn default_audience(settings: &mut Settings) -> Result<()> {
    // (Databricks' own tokens have no audience, and Entra's for a workspace are for Databricks.)
    if settings.databricks_host()?.is_some() || settings.flow_name()?.is_databricks() {
        return Ok(());
    }
    if settings.get(Field::Scopes)?.is_none() && settings.get(Field::Resource)?.is_none() {
        let scope = if settings.flow_name()?.is_for_users() { "User.Read" } else { "graph" };
        settings.add(Field::Scopes, scope, Origin::BuiltIn);
    }
    Ok(())
}

/// How long all the work of a call may take, and how long it may wait for another process, for a caller who waits for
/// `patience` at most.
pub(super) fn bounds(timeout: Option<Duration>, patience: Option<Duration>) -> Result<(Duration, Duration)> {
    let total = match timeout {
        Some(timeout) => timeout,
        None => environment::timeout()?.min(patience.unwrap_or(Duration::MAX)),
    };
    let lock_wait = match environment::lock_timeout()? {
        Some(wait) => wait,
        None if patience.is_some() => total,
        // A holder may use all of its time; a little more tells its error from a hang.
        None => total.saturating_add(Duration::from_secs(5)),
    };
    Ok((total, lock_wait))
}

/// What is said where a place is none of ours and the caller's protocol has no word for that.
pub(super) fn foreign(place: &Place) -> Error {
    let host = &place.host;
    Error::configuration(format!("no token is set up for {host}"))
        .hint(format!("if {host} may have one, say so: jeton profile edit NAME --host {host}"))
}
