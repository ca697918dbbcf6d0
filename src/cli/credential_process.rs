//! `jeton credential-process`: what `credential_process` in ~/.aws/config calls.

use clap::Args;

use super::args::{AwsArgs, CallArgs, SettingArgs};
use super::output;
use super::road::Road;
use super::token::MARGIN;
use crate::error::Result;
use crate::protocol::aws;

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
        match road.aws()? {
            Some(request) => road.travel(&request, aws::keys, output::print),
            None => {
                let request = road.wanted(MARGIN)?;
                road.travel(&request, |token| Ok(aws::token(token)), output::print)
            }
        }
    }
}
