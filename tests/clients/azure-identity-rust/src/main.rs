//! azure_identity: a token through one of its credentials, as often as asked.
//!
//! Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureDeveloperCliCredential, DeveloperToolsCredential};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let credential: Arc<dyn TokenCredential> = match args[0].as_str() {
        "az" => AzureCliCredential::new(None)?,
        "azd" => AzureDeveloperCliCredential::new(None)?,
        // The first of az and azd that answers.
        "default" => DeveloperToolsCredential::new(None)?,
        other => return Err(format!("there is no credential {other}").into()),
    };
    for _ in 0..args.get(2).map_or(Ok(1), |times| times.parse())? {
        match credential.get_token(&[&args[1]], None).await {
            Ok(token) => println!("{} {}", token.expires_on.unix_timestamp(), token.token.secret()),
            // There is one class for all of them.
            Err(error) => {
                println!("refused {}", format!("{error:?}").replace('\n', " "));
                break;
            }
        }
    }
    Ok(())
}
