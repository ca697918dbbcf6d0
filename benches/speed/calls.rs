//! What tools call: every protocol's question for a token that is in the cache, and the same for a host that nobody set up.

/// One call of the program.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) args: Vec<String>,
    /// What stands on standard input, where the protocol has something there.
    pub(crate) input: Option<String>,
    /// Variables that the tool sets.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// The client is in the environment, not in a profile.
    pub(crate) by_environment: bool,
    /// How it ends.
    pub(crate) code: i32,
}

/// The host of the profile `p0`, which is not called: its token is in the cache.
pub(crate) const HOST: &str = "feeds.example.com";
const FOREIGN: &str = "foreign.example.com";

impl Call {
    fn new(name: &'static str, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { name, args, input: None, env: &[], by_environment: false, code: 0 }
    }

    fn asking(self, input: String) -> Self {
        Self { input: Some(input), ..self }
    }

    fn with(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    fn by_environment(self) -> Self {
        Self { by_environment: true, ..self }
    }

    fn ending(self, code: i32) -> Self {
        Self { code, ..self }
    }
}

/// Calls that are answered from the cache. `registry` is where tokens of registries come from.
pub(crate) fn hits(registry: &str) -> Vec<Call> {
    let mut calls = vec![
        Call::new("token", &["token", "-p", "p0"]),
        Call::new("token, no profile", &["token", "--scope", "databricks"]).by_environment(),
        Call::new("exec-credential", &["exec-credential", "-p", "p0"]).with(&[(
            "KUBERNETES_EXEC_INFO",
            r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}"#,
        )]),
        Call::new("credential-process", &["credential-process", "-p", "p0"]),
        Call::new("env", &["env", "-p", "p0"]),
        Call::new("prompt", &["prompt", "-p", "p0"]),
        Call::new("pnpm", &["pnpm", "-p", "p0"]),
        Call::new("google", &["google", "-p", "p0"]).with(&[
            ("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", "//iam.googleapis.com/pool"),
            ("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", "urn:ietf:params:oauth:token-type:jwt"),
            ("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0"),
        ]),
        Call::new("terraform, external", &["terraform", "-p", "p0"]).asking("{}".into()),
        Call::new("goauth, first call", &["goauth", "-p", "p0"]),
        Call::new("az", &["az", "account", "get-access-token", "-o", "json", "--resource", "api://az"])
            .by_environment(),
        Call::new(
            "az, --query",
            &["az", "account", "get-access-token", "--resource", "api://az", "--query", "accessToken"],
        )
        .by_environment(),
        Call::new("azd", &["azd", "auth", "token", "-o", "json", "--scope", "api://azd/.default"]).by_environment(),
        Call::new("databricks", &["databricks", "auth", "token", "-p", "p0"]),
        Call::new("docker get", &["docker", "get"]).asking(registry.into()),
    ];
    calls
        .extend(at(HOST, ["git get", "cargo", "bazel get", "keyring get", "keyring, JSON", "terraform get", "goauth"]));
    calls
}

/// The same for a host that is none of ours.
pub(crate) fn foreign() -> Vec<Call> {
    let names = [
        "git get, foreign",
        "cargo, foreign",
        "bazel get, foreign",
        "keyring get, foreign",
        "keyring, JSON, foreign",
        "terraform get, foreign",
        "goauth, foreign",
    ];
    let mut calls = vec![Call::new("docker get, foreign", &["docker", "get"]).asking(FOREIGN.into()).ending(1)];
    calls.extend(at(FOREIGN, names).map(|call| {
        let code = i32::from(call.name.starts_with("keyring"));
        call.ending(code)
    }));
    calls
}

/// Those in which the tool names a place.
fn at(host: &str, names: [&'static str; 7]) -> impl Iterator<Item = Call> {
    let [git, cargo, bazel, keyring, keyring_json, terraform, goauth] = names;
    let index = format!("https://{host}/simple/");
    let challenge = r#"Bearer realm="https://feeds.example.com/""#;
    let question = format!(
        "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost={host}\npath=contoso/p/_git/r\nwwwauth[]={challenge}\n\n"
    );
    let registry = format!(
        r#"{{"index-url":"sparse+https://{host}/index/","name":"feed","headers":["WWW-Authenticate: Basic"]}}"#
    );
    let request = format!(r#"{{"v":1,"registry":{registry},"kind":"get","operation":"read"}}"#) + "\n";
    [
        Call::new(git, &["git", "get"]).asking(question),
        Call::new(cargo, &["--cargo-plugin"]).asking(request),
        Call::new(bazel, &["bazel", "get"]).asking(format!(r#"{{"uri":"https://{host}/cas/v1.tar.gz"}}"#)),
        Call::new(keyring, &["keyring", "get", &index, "user"]),
        Call::new(keyring_json, &["keyring", "--mode=creds", "--output=json", "get", &index]),
        Call::new(terraform, &["terraform", "get", host]),
        Call::new(goauth, &["goauth", &index]),
    ]
    .into_iter()
}
