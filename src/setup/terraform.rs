//! Terraform and OpenTofu: their configuration is the user's own code, so that this only says what belongs there.

use super::Program;
use crate::profile::Profile;

/// A data source with the token, for a `.tf` file.
pub(crate) fn snippet(program: &Program, profile: Option<&Profile>) -> String {
    let mut words = vec![program.command.as_str(), "terraform"];
    if let Some(profile) = profile {
        words.extend(["-p", &profile.name]);
    }
    // HCL's texts are JSON's, but for its templates.
    let words: Vec<String> = words
        .iter()
        .map(|word| serde_json::Value::from(*word).to_string().replace("${", "$${").replace("%{", "%%{"))
        .collect();
    format!(
        "# The token is data.external.token.result.access_token; it ends up in the state.\n\
         data \"external\" \"token\" {{\n  program = [{}]\n}}\n",
        words.join(", ")
    )
}
