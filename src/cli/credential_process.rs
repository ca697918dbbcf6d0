//! `jeton credential-process`: what `credential_process` in ~/.aws/config calls.

use clap::Args;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::error::Result;
use crate::protocol::aws;
use crate::request::TokenRequest;

#[derive(Debug, Args)]
pub(super) struct CredentialProcessArgs {
    #[command(flatten)]
    call: CallArgs,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

impl CredentialProcessArgs {
    pub(super) fn run(self) -> Result<()> {
        let mut flags = self.settings.flags();
        self.aws.add_to(&mut flags);
        let road = Road::open(&self.call, flags, true)?;
        match road.settings.aws_role()? {
            Some(role) => {
                let subject = road.wanted(MARGIN)?;
                let request = TokenRequest {
                    background: subject.background,
                    min_ttl: subject.min_ttl,
                    force_refresh: subject.force_refresh,
                    margin: aws::MARGIN,
                    flow: Box::new(role),
                    // The Entra token is a means here: it is as good from the cache.
                    subject: Some(Box::new(TokenRequest { min_ttl: None, force_refresh: false, ..subject })),
                };
                road.travel(&request, aws::keys, output::print)
            }
            None => {
                let request = road.wanted(MARGIN)?;
                road.travel(&request, |token| Ok(aws::token(token)), output::print)
            }
        }
    }
}
