//! From settings to a flow: whose token it is, Entra's or Databricks', and what it is exchanged for.

use crate::databricks::{Federation, M2m, ManagedPat, MetadataService, OfWorkspace, Pat, U2m, pat};
use crate::entra;
use crate::error::Result;
use crate::profile::{FlowName, Settings};
use crate::request::{Flow, TokenRequest};

/// What a request is made of.
#[derive(Debug)]
pub struct Meant {
    /// The flow of the token.
    pub flow: Box<dyn Flow>,
    /// What the token is made of that it is got for, if it is.
    pub subject: Option<Box<Meant>>,
}

impl Meant {
    fn alone(flow: Box<dyn Flow>) -> Self {
        Self { flow, subject: None }
    }

    /// The request for it, by the usual margin. The token that is exchanged is a means here: it is as good from the cache.
    #[must_use]
    pub fn request(self) -> TokenRequest {
        let subject = self.subject.map(|subject| Box::new(subject.request()));
        TokenRequest { subject, ..TokenRequest::new(self.flow) }
    }
}

/// What `settings` mean.
///
/// # Errors
/// Settings that are missing, unknown or contradictory, each with the way to set it.
pub fn of(settings: &Settings) -> Result<Meant> {
    Ok(match settings.flow_name()? {
        FlowName::DatabricksM2m => Meant::alone(Box::new(M2m::of(settings)?)),
        FlowName::DatabricksU2m => Meant::alone(Box::new(U2m::of(settings)?)),
        FlowName::DatabricksMetadataService => Meant::alone(Box::new(MetadataService::of(settings)?)),
        FlowName::DatabricksPat => Meant::alone(Box::new(Pat::of(settings)?)),
        FlowName::DatabricksFederation => {
            let (flow, subject) = Federation::of(settings)?;
            Meant { flow: Box::new(flow), subject: subject.map(|flow| Box::new(Meant::alone(flow))) }
        }
        FlowName::DatabricksManagedPat => {
            let maker = of(&pat::minting(settings)?)?;
            let flow = ManagedPat::of(settings, &*maker.flow)?;
            Meant { flow: Box::new(flow), subject: Some(Box::new(maker)) }
        }
        name => Meant::alone(entra(name, settings)?),
    })
}

/// The flow of Entra that `settings` mean.
///
/// # Errors
/// The same.
pub(crate) fn entra(name: FlowName, settings: &Settings) -> Result<Box<dyn Flow>> {
    if OfWorkspace::is_meant(settings, name)? {
        return Ok(Box::new(OfWorkspace::of(settings, name)?));
    }
    entra::named(name, settings)
}
