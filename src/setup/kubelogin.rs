//! What Azure's kubelogin was told in a kubeconfig, said to jeton (Azure/kubelogin, `pkg/internal/token/options.go` and
//! `pkg/internal/env/variables.go`; `docs/book/src/cli/get-token.md`).

use crate::environment::parse_duration;

/// The settings of one user.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Converted {
    /// Behind `exec-credential`.
    pub(super) args: Vec<String>,
    /// What cluster the token is for, as part of `args`.
    pub(super) server_id: Option<String>,
    /// Secrets that stood among the arguments, as variables.
    pub(super) env: Vec<(String, String)>,
    /// What its owner has to know.
    pub(super) notes: Vec<String>,
}

/// kubelogin's flags that have a value: the name, its letter, and what becomes of it.
const FLAGS: &[(&str, &str, Flag)] = &[
    ("login", "l", Flag::Login),
    (
        "client-id",
        "",
        Flag::Setting("--client-id", &["AZURE_CLIENT_ID", "ARM_CLIENT_ID"], Some("AAD_SERVICE_PRINCIPAL_CLIENT_ID")),
    ),
    (
        "client-secret",
        "",
        Flag::Secret(
            "--client-secret-from",
            "JETON_CLIENT_SECRET",
            &["AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"],
            "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET",
        ),
    ),
    (
        "client-certificate",
        "",
        Flag::Setting(
            "--certificate",
            &["AZURE_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH"],
            Some("AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE"),
        ),
    ),
    (
        "client-certificate-password",
        "",
        Flag::Secret(
            "--certificate-password-from",
            "JETON_CERTIFICATE_PASSWORD",
            &["AZURE_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD"],
            "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD",
        ),
    ),
    ("username", "", Flag::Setting("--username", &["AZURE_USERNAME"], Some("AAD_USER_PRINCIPAL_NAME"))),
    (
        "password",
        "",
        Flag::Secret("--password-from", "JETON_PASSWORD", &["AZURE_PASSWORD"], "AAD_USER_PRINCIPAL_PASSWORD"),
    ),
    ("identity-resource-id", "", Flag::Setting("--identity-resource-id", &[], None)),
    ("server-id", "", Flag::Setting("--server-id", &[], None)),
    ("federated-token-file", "", Flag::File("--federated-token-from")),
    ("authority-host", "", Flag::Host),
    ("azure-pipelines-service-connection-id", "", Flag::Setting("--service-connection-id", &[], None)),
    ("tenant-id", "t", Flag::Setting("--tenant", &["AZURE_TENANT_ID", "ARM_TENANT_ID"], None)),
    ("subscription", "s", Flag::Setting("--subscription", &[], None)),
    ("environment", "e", Flag::Cloud),
    ("timeout", "", Flag::Time),
    ("redirect-url", "", Flag::Setting("--redirect-uri", &[], None)),
    ("login-hint", "", Flag::Setting("--login-hint", &[], None)),
    ("pop-claims", "", Flag::Unsupported),
    ("cache-dir", "", Flag::Dropped),
    ("token-cache-dir", "", Flag::Dropped),
    ("v", "v", Flag::Dropped),
];

/// Its switches.
const SWITCHES: &[(&str, Option<[&str; 2]>)] = &[
    // ADAL's way: the endpoint without scopes, whose audience is `spn:<server id>`.
    ("legacy", Some(["--endpoint", "v1"])),
    ("disable-environment-override", Some(["--ignore-env", ""])),
    ("use-azurerm-env-vars", None),
    ("disable-instance-discovery", None),
    ("logtostderr", None),
];

#[derive(Debug, Clone, Copy)]
enum Flag {
    Login,
    /// Our flag, the variables that jeton reads for it too, and kubelogin's own one.
    Setting(&'static str, &'static [&'static str], Option<&'static str>),
    /// Our flag for its place, our variable, the variables that jeton reads too, and kubelogin's own one.
    Secret(&'static str, &'static str, &'static [&'static str], &'static str),
    File(&'static str),
    Host,
    Cloud,
    Time,
    Dropped,
    Unsupported,
}

/// What `exec` says: its arguments behind the command, and its own variables. `Err` says why it can't be said to jeton.
pub(super) fn exec(args: &[String], env: &[(String, String)]) -> Result<Converted, String> {
    let (mut given, mut switches) = (Vec::new(), Vec::new());
    let Some((_, mut rest)) = args.split_first().filter(|(command, _)| *command == "get-token") else {
        return Err("its first argument is not get-token".to_owned());
    };
    while let Some((arg, more)) = rest.split_first() {
        rest = more;
        let (name, joined) = split(arg).ok_or_else(|| format!("{arg:?} is no flag of kubelogin's"))?;
        if let Some((switch, ours)) = SWITCHES.iter().find(|(switch, _)| *switch == name) {
            if matches!(joined.as_deref(), None | Some("true" | "1" | "t")) {
                switches.push((*switch, *ours));
            }
            continue;
        }
        if name == "pop-enabled" {
            if matches!(joined.as_deref(), None | Some("true" | "1" | "t")) {
                return Err("it asks for proof-of-possession tokens (--pop-enabled)".to_owned());
            }
            continue;
        }
        let Some((_, _, flag)) =
            FLAGS.iter().find(|(long, letter, _)| *long == name || (!letter.is_empty() && *letter == name))
        else {
            return Err(format!("--{name} is not known"));
        };
        let value = match joined {
            Some(value) => value,
            None => {
                let (value, more) = rest.split_first().ok_or_else(|| format!("--{name} has no value"))?;
                rest = more;
                value.clone()
            }
        };
        if matches!(flag, Flag::Unsupported) && !value.is_empty() {
            return Err(format!("--{name} has no counterpart"));
        }
        given.push((*flag, value));
    }
    Ok(convert(&given, &switches, env))
}

/// What `auth-provider: azure` says in its `config` (client-go until 1.25; Azure/kubelogin, `converter/convert.go`).
pub(super) fn auth_provider(config: &[(String, String)]) -> Converted {
    let flag_of = |name: &str| FLAGS.iter().find(|(known, _, _)| *known == name).map(|(_, _, flag)| *flag);
    let names = [
        ("apiserver-id", "server-id"),
        ("client-id", "client-id"),
        ("tenant-id", "tenant-id"),
        ("environment", "environment"),
    ];
    let mut given = Vec::new();
    for (theirs, name) in names {
        let value = config.iter().find(|(key, value)| key == theirs && !value.is_empty());
        given.extend(value.and_then(|(_, value)| Some((flag_of(name)?, value.clone()))));
    }
    let mode = config.iter().find(|(key, _)| key == "config-mode").map_or("", |(_, mode)| mode);
    let switches: &[_] = if matches!(mode, "" | "0") { &[("legacy", SWITCHES[0].1)] } else { &[] };
    convert(&given, switches, &[])
}

/// `--name`, `--name=value`, `-n`, `-n=value`, `-nvalue` (Go's pflag).
fn split(arg: &str) -> Option<(String, Option<String>)> {
    if let Some(long) = arg.strip_prefix("--").filter(|long| !long.is_empty()) {
        return Some(match long.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (long.to_owned(), None),
        });
    }
    let short = arg.strip_prefix('-')?;
    let letter = short.chars().next()?;
    let value = &short[letter.len_utf8()..];
    let value = value.strip_prefix('=').unwrap_or(value);
    Some((letter.to_string(), Some(value.to_owned()).filter(|value| !value.is_empty())))
}

fn convert(given: &[(Flag, String)], switches: &[(&str, Option<[&str; 2]>)], env: &[(String, String)]) -> Converted {
    let mut converted = Converted::default();
    let ignores_env = switches.iter().any(|(name, _)| *name == "disable-environment-override");
    let set = |name: &str| {
        env.iter()
            .find(|(known, value)| known == name && !value.is_empty() && !ignores_env)
            .map(|(_, value)| value.clone())
    };
    // The last of a flag counts, and the environment before any.
    let last = |wanted: &dyn Fn(&Flag) -> bool| {
        given
            .iter()
            .rev()
            .find(|(flag, _)| wanted(flag))
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    };
    let login = set("AAD_LOGIN_METHOD")
        .or_else(|| last(&|flag| matches!(flag, Flag::Login)))
        .unwrap_or_else(|| "devicecode".to_owned());
    let is_given = |name: &str, ours: &str| {
        last(&|flag| matches!(flag, Flag::Setting(known, ..) | Flag::Secret(known, ..) if *known == ours)).is_some()
            || set(name).is_some()
    };
    let has_certificate = is_given("AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", "--certificate")
        || set("AZURE_CLIENT_CERTIFICATE_PATH").is_some();
    let has_secret =
        is_given("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "--client-secret-from") || set("AZURE_CLIENT_SECRET").is_some();
    let flow = match login.to_ascii_lowercase().as_str() {
        "devicecode" => Some("device-code"),
        "interactive" => Some("interactive-browser"),
        // kubelogin takes the certificate where there are both, and looks for either at the time of the call.
        "spn" if has_certificate => Some("certificate"),
        "spn" if has_secret => Some("client-credentials"),
        "spn" => {
            converted.notes.push(
                "kubelogin took the secret or certificate from its environment: jeton reads AZURE_CLIENT_SECRET and \
                 AZURE_CLIENT_CERTIFICATE_PATH, and not the variables that begin with AAD_"
                    .to_owned(),
            );
            None
        }
        "ropc" => Some("password"),
        "msi" => Some("managed-identity"),
        "azurecli" => Some("azure-cli"),
        "azd" => Some("azd"),
        "workloadidentity" => Some("workload-identity"),
        "azurepipelines" => Some("azure-pipelines"),
        _ => {
            converted.notes.push(format!("kubelogin knows no login method {login:?}, so none is set"));
            None
        }
    };
    if let Some(flow) = flow {
        converted.args.extend(["--flow".to_owned(), flow.to_owned()]);
    }
    // In kubelogin's order, each once.
    for (_, _, flag) in FLAGS {
        let value = last(&|known| {
            std::mem::discriminant(known) == std::mem::discriminant(flag) && name_of(known) == name_of(flag)
        });
        setting(&mut converted, *flag, value, &set);
    }
    for (_, ours) in switches {
        converted.args.extend(ours.iter().flatten().filter(|word| !word.is_empty()).map(|&word| word.to_owned()));
    }
    converted
}

/// Our flag that one of kubelogin's becomes; what has none is one by its kind.
fn name_of(flag: &Flag) -> &'static str {
    match flag {
        Flag::Setting(ours, ..) | Flag::Secret(ours, ..) | Flag::File(ours) => ours,
        _ => "",
    }
}

fn setting(converted: &mut Converted, flag: Flag, value: Option<String>, set: &dyn Fn(&str) -> Option<String>) {
    let mut add = |flag: &str, value: String| converted.args.extend([flag.to_owned(), value]);
    match flag {
        // What jeton reads from the environment too, it finds there.
        Flag::Setting(ours, known, own) => {
            if known.iter().any(|name| set(name).is_some()) {
                return;
            }
            let value = own.and_then(set).or(value);
            if ours == "--server-id" {
                converted.server_id.clone_from(&value);
            }
            if let Some(value) = value {
                converted.args.extend([ours.to_owned(), value]);
            }
        }
        Flag::Secret(ours, variable, known, own) => {
            if known.iter().any(|name| set(name).is_some()) {
                return;
            }
            if set(own).is_some() {
                add(ours, format!("env:{own}"));
            } else if let Some(value) = value {
                converted.notes.push(format!(
                    "a secret stands in the file, now as the variable {variable}: better keep it by `jeton secret set NAME`, and \
                     put {ours} keyring:NAME into the arguments"
                ));
                converted.env.push((variable.to_owned(), value));
            }
        }
        Flag::File(ours) => {
            if let Some(value) = value {
                add(ours, format!("file:{value}"));
            }
        }
        Flag::Host => {
            if let Some(value) = value {
                add("--authority-host", value.trim_end_matches('/').to_owned());
            }
        }
        Flag::Cloud => match value.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("azurecloud" | "azurepublic" | "azurepubliccloud") => {}
            Some("azureusgovernment" | "azureusgovernmentcloud") => add("--cloud", "usgov".to_owned()),
            Some("azurechinacloud") => add("--cloud", "china".to_owned()),
            Some(other) => converted
                .notes
                .push(format!("kubelogin takes the environment {other:?} for the public cloud, and so does this")),
        },
        Flag::Time => match value {
            Some(value) if parse_duration(&value).is_ok() => add("--timeout", value),
            Some(value) => {
                converted.notes.push(format!("the time {value:?} is left out: give --timeout in whole seconds"))
            }
            None => {}
        },
        Flag::Login | Flag::Dropped | Flag::Unsupported => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str, env: &[(&str, &str)]) -> Result<Converted, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let env: Vec<_> = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        exec(&args, &env)
    }

    fn args(line: &str, env: &[(&str, &str)]) -> String {
        of(line, env).unwrap().args.join(" ")
    }

    #[test]
    fn every_login_method_has_its_flow() {
        for (login, flow) in [
            ("devicecode", "device-code"),
            ("interactive", "interactive-browser"),
            ("spn --client-secret x", "client-credentials"),
            ("spn --client-secret x --client-certificate c.pem", "certificate"),
            ("ropc", "password"),
            ("msi", "managed-identity"),
            ("azurecli", "azure-cli"),
            ("azd", "azd"),
            ("workloadidentity", "workload-identity"),
            ("azurepipelines", "azure-pipelines"),
        ] {
            assert!(args(&format!("get-token -l {login}"), &[]).starts_with(&format!("--flow {flow}")), "{login}");
        }
        assert_eq!(args("get-token", &[]), "--flow device-code");
        assert_eq!(args("get-token --login=spn", &[]), "");
    }

    #[test]
    fn every_flag_is_carried_over_or_is_jeton_s_own_affair() {
        let line = "get-token --server-id s --client-id c -tt1 --environment AzureUSGovernment --legacy --identity-resource-id r \
            --federated-token-file /f --authority-host https://a/ --azure-pipelines-service-connection-id p -s=sub --timeout 1m30s \
            --redirect-url http://localhost --login-hint h --disable-environment-override --disable-instance-discovery=true \
            --token-cache-dir /x --use-azurerm-env-vars=false -v 5 --username u";
        assert_eq!(
            args(line, &[]),
            "--flow device-code --client-id c --username u --identity-resource-id r --server-id s --federated-token-from file:/f \
             --authority-host https://a --service-connection-id p --tenant t1 --subscription sub --cloud usgov --timeout 1m30s \
             --redirect-uri http://localhost --login-hint h --endpoint v1 --ignore-env"
        );
    }

    #[test]
    fn a_secret_leaves_the_arguments() {
        let converted = of("get-token --login spn --client-id c --client-secret hunter2", &[]).unwrap();
        assert_eq!(converted.args.join(" "), "--flow client-credentials --client-id c");
        assert_eq!(converted.env, [("JETON_CLIENT_SECRET".to_owned(), "hunter2".to_owned())]);
        assert_eq!(converted.notes.len(), 1);
    }

    #[test]
    fn the_user_s_own_variables_count_before_flags_as_they_did() {
        let env = [
            ("AAD_LOGIN_METHOD", "spn"),
            ("AAD_SERVICE_PRINCIPAL_CLIENT_ID", "e"),
            ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "s"),
        ];
        assert_eq!(
            args("get-token --login devicecode --client-id c --client-secret x", &env),
            "--flow client-credentials --client-id e --client-secret-from env:AAD_SERVICE_PRINCIPAL_CLIENT_SECRET"
        );
        let env = [("AZURE_CLIENT_ID", "e"), ("AZURE_CLIENT_SECRET", "s")];
        assert_eq!(args("get-token -lspn --client-id c --client-secret x", &env), "--flow client-credentials");
        assert_eq!(
            args("get-token -lmsi --client-id c --disable-environment-override", &env),
            "--flow managed-identity --client-id c --ignore-env"
        );
    }

    #[test]
    fn what_has_no_counterpart_is_not_converted() {
        for line in [
            "get-token --pop-enabled --pop-claims u=x",
            "get-token --new x",
            "get-token --login",
            "get-token x",
            "setup",
            "",
        ] {
            assert!(of(line, &[]).is_err(), "{line}");
        }
        assert!(of("get-token --pop-enabled=false", &[]).is_ok());
    }

    #[test]
    fn the_old_provider_is_a_device_code() {
        let config = |mode: &str| -> Vec<(String, String)> {
            [
                ("apiserver-id", "s"),
                ("client-id", "c"),
                ("tenant-id", "t"),
                ("config-mode", mode),
                ("environment", "AzureChinaCloud"),
                ("access-token", "x"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec()
        };
        assert_eq!(
            auth_provider(&config("1")).args.join(" "),
            "--flow device-code --client-id c --server-id s --tenant t --cloud china"
        );
        assert!(auth_provider(&config("0")).args.join(" ").ends_with("--endpoint v1"));
    }
}
