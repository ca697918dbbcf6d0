//! The world that pages are read in: who is known at Entra and Databricks, and what their placeholders mean here.
//!
//! `contoso.onmicrosoft.com` is a tenant of the emulator and the client id of zeros an app there; workspaces and
//! registries of the pages are read as the emulator's address. A person opens each page that a sign-in shows and approves
//! each code. No request leaves this machine.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jeton_emulator::{
    AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT, App, CLIENT_SECRET, Emulator, FederationPolicy, GITHUB_ISSUER,
    GITHUB_REQUEST_TOKEN, GITHUB_SUBJECT, KUBERNETES_ISSUER, Principal, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN,
    Site, TENANT, TOKEN_EXCHANGE_AUDIENCE, USER, USER_IDENTITY_CLIENT_ID, WORKSPACE_RESOURCE_ID,
};

/// The client id that pages give: an app of Entra, and a service principal of Databricks that is an admin.
const ZEROS: &str = "00000000-0000-0000-0000-000000000000";
/// The app that people sign in to where none is named.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// The subject of a pod's token.
const POD: &str = "system:serviceaccount:default:jeton";

/// A profile of an app.
pub(super) const APP: &str = "--tenant contoso.onmicrosoft.com --client-id 00000000-0000-0000-0000-000000000000 \
    --client-secret-from env:APP_SECRET --scope databricks";
/// A profile of a service principal of Databricks.
pub(super) const DATABRICKS: &str = "--databricks-host adb-1234567890123456.7.azuredatabricks.net \
    --databricks-client-id 00000000-0000-0000-0000-000000000000 --databricks-client-secret-from env:APP_SECRET";
/// A profile of a person.
pub(super) const USER_PROFILE: &str = "--tenant contoso.onmicrosoft.com --flow interactive-browser --scope databricks";

/// An emulator in which all that pages name is known.
pub(super) fn emulator() -> Emulator {
    let emulator = Emulator::start();
    emulator.add_tenant(TENANT, &["contoso.example", "contoso.onmicrosoft.com"]);
    let app =
        App::new(ZEROS).secret(CLIENT_SECRET).redirect("http://localhost").redirect("https://app.example/callback");
    emulator.add_app(app);
    emulator.add_app(App::new(AZURE_CLI).public().redirect("http://localhost"));
    emulator.add_principal(Principal::service(ZEROS).secret(CLIENT_SECRET).admin());
    let audience = format!("{}/oidc/v1/token", emulator.url());
    for (issuer, subject) in
        [(KUBERNETES_ISSUER, POD), (GITHUB_ISSUER, GITHUB_SUBJECT), (AZURE_PIPELINES_ISSUER, AZURE_PIPELINES_SUBJECT)]
    {
        emulator.federate(ZEROS, issuer, subject, TOKEN_EXCHANGE_AUDIENCE);
        emulator.add_federation_policy(FederationPolicy::service_principal(ZEROS, issuer, subject).audience(&audience));
    }
    emulator.change_settings(|settings| {
        settings.auto_sign_in = true;
        settings.device_interval = 1;
    });
    emulator
}

/// Runs `work` while a person opens each address that is written into the folder that it gets, and approves each code.
pub(super) fn with_person<T>(emulator: &Emulator, work: impl FnOnce(&Path) -> T) -> T {
    let browser = tempfile::tempdir().expect("a temporary folder");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if emulator.wait_for_device_code(Duration::from_millis(10)).is_some() {
                    emulator.approve_device_code(USER);
                }
                for entry in std::fs::read_dir(browser.path()).expect("a folder").flatten() {
                    let path = entry.path();
                    if path.extension().is_some_and(|extension| extension == "url") {
                        let url = std::fs::read_to_string(&path).expect("an address");
                        std::fs::remove_file(&path).expect("a file of ours");
                        // Where it leads nowhere, the sign-in itself fails, and says so.
                        let _ = emulator.visit(&url).go_back();
                    }
                }
            }
        });
        let done = Done(&done);
        let result = work(browser.path());
        drop(done);
        result
    })
}

/// Ends the person's watch, also where the work panics.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The environment of a reader.
pub(super) fn variables(emulator: &Emulator, home: &Path) -> Vec<(&'static str, OsString)> {
    let path = format!("{0}/.local/bin:{0}/bin:{0}/stand-ins", home.display());
    // The way out of this machine leads nowhere; what is on it needs no proxy.
    let nowhere = "http://127.0.0.1:9";
    vec![
        ("HOME", home.into()),
        ("USER", "me".into()),
        ("PATH", path.into()),
        ("LANG", "C.UTF-8".into()),
        ("HTTPS_PROXY", nowhere.into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/no-bus", home.display()).into()),
        ("JETON_CA_FILE", home.join("ca.pem").into()),
        ("JETON_SECRET_STORE", "file".into()),
        ("JETON_INTERACTIVE", "always".into()),
        ("JETON_BACKGROUND", "off".into()),
        ("JETON_AWS_ENDPOINT", format!("{}/sts", emulator.url()).into()),
        ("AZURE_AUTHORITY_HOST", emulator.url().into()),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.imds_url().into()),
        ("APP_SECRET", CLIENT_SECRET.into()),
    ]
}

/// What a CI system or a cluster adds.
pub(super) fn variables_in(emulator: &Emulator, home: &Path, place: &str) -> Vec<(&'static str, OsString)> {
    match place {
        "github" => vec![
            ("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.github_request_url().into()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_REQUEST_TOKEN.into()),
            ("CI", "true".into()),
        ],
        "azure-pipelines" => vec![
            ("SYSTEM_OIDCREQUESTURI", emulator.azure_pipelines_request_url().into()),
            ("SYSTEM_ACCESSTOKEN", SYSTEM_ACCESS_TOKEN.into()),
            ("AZURESUBSCRIPTION_TENANT_ID", TENANT.into()),
            ("AZURESUBSCRIPTION_CLIENT_ID", ZEROS.into()),
            ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", SERVICE_CONNECTION_ID.into()),
            ("TF_BUILD", "True".into()),
        ],
        _ => {
            let token = emulator.issue_federated_token(KUBERNETES_ISSUER, POD, TOKEN_EXCHANGE_AUDIENCE, 3600);
            let path = home.join(".pod-token");
            std::fs::write(&path, token).expect("a token file");
            vec![
                ("AZURE_TENANT_ID", TENANT.into()),
                ("AZURE_CLIENT_ID", ZEROS.into()),
                ("AZURE_FEDERATED_TOKEN_FILE", path.into()),
            ]
        }
    }
}

/// A page's text as it is meant here: hosts, paths and placeholders.
pub(super) fn meant(emulator: &Emulator, home: &Path, text: &str) -> String {
    let mut meant = String::with_capacity(text.len());
    // Word by word, where a word is what a host, a path or a placeholder can be written in.
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '=' | '/' | ':' | '*');
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        meant.push_str(&meant_word(emulator, home, &meant, word));
        let skip = after.chars().next().map_or(0, char::len_utf8);
        meant.push_str(&after[..skip]);
        rest = &after[skip..];
    }
    meant
}

fn meant_word(emulator: &Emulator, home: &Path, before: &str, word: &str) -> String {
    if let Some(path) = word.strip_prefix("/home/me") {
        return format!("{}{path}", home.display());
    }
    if let Some((name, "...")) = word.split_once('=') {
        return format!("{name}={}", placeholder(name));
    }
    if matches!(word, "..." | "ID" | "TENANT")
        && let Some(option) = before.split_whitespace().last().filter(|option| option.starts_with("--"))
    {
        return placeholder(&option.to_uppercase().replace('-', "_")).to_owned();
    }
    match word {
        "APPLICATION_ID" => return ZEROS.to_owned(),
        "IDENTITY_ID" => return USER_IDENTITY_CLIENT_ID.to_owned(),
        "TOKEN_ID" => return emulator.issue_pat(Site::Workspace, ZEROS, "of a page", 3600).id,
        "/subscriptions/..." => return WORKSPACE_RESOURCE_ID.to_owned(),
        _ => {}
    }
    let hosts = word.split('/').map(|part| host(emulator, part));
    hosts.collect::<Vec<_>>().join("/")
}

/// A workspace, account or registry is the emulator.
fn host(emulator: &Emulator, part: &str) -> String {
    let (name, host) = part.split_once('=').map_or((None, part), |(name, host)| (Some(name), host));
    let lower = host.to_ascii_lowercase();
    let is_databricks = [".azuredatabricks.net", ".databricks.com"].iter().any(|end| lower.ends_with(end));
    let url = if is_databricks && lower.starts_with("accounts.") {
        emulator.account()
    } else if is_databricks && !lower.starts_with('*') || lower.ends_with(".azurecr.io") && !lower.starts_with('*') {
        emulator.url().to_owned()
    } else {
        return part.to_owned();
    };
    let address = url.trim_start_matches("https://");
    name.map_or_else(|| address.to_owned(), |name| format!("{name}={address}"))
}

/// What `...` stands for, by the name before it.
fn placeholder(name: &str) -> &'static str {
    if name.ends_with("TENANT_ID") || name.ends_with("TENANT") {
        TENANT
    } else if name.ends_with("CLIENT_ID") {
        ZEROS
    } else if name.contains("SECRET") || name.contains("PASSWORD") {
        CLIENT_SECRET
    } else {
        "placeholder"
    }
}
