//! Managed identity endpoints.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{
    Emulator, ExpiresOn, Fault, IDENTITY_HEADER, Identity, MSI_SECRET, SYSTEM_IDENTITY_CLIENT_ID, Shape, Source,
    TENANT, USER_IDENTITY_CLIENT_ID, USER_IDENTITY_OBJECT_ID, USER_IDENTITY_RESOURCE_ID,
};
use serde_json::{Value, json};

use crate::client::{Answer, client, stranger};

const IMDS: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fresource.example";
const METADATA: &[(&str, &str)] = &[("Metadata", "true")];

fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    stranger(url).get_with("", headers).expect("an answer")
}

fn claims(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    let part = body["access_token"].as_str().and_then(|token| token.split('.').nth(1)).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn app(answer: &Answer) -> String {
    claims(answer)["appid"].as_str().expect("appid").to_owned()
}

#[test]
fn imds_gives_tokens_of_its_identities() {
    let emulator = Emulator::start();
    let imds = stranger(&emulator.imds_url());
    let ask = |query: &str| imds.get_with(&format!("{IMDS}{query}"), METADATA).expect("an answer");
    let system = ask("");
    let (body, token) = (system.json(), claims(&system));
    assert_eq!(token["aud"], "https://resource.example");
    assert_eq!((&token["appid"], &token["tid"]), (&SYSTEM_IDENTITY_CLIENT_ID.into(), &TENANT.into()));
    assert!(body.as_object().expect("an object").values().all(Value::is_string), "all values are texts: {body}");
    assert_eq!((&body["expires_in"], &body["refresh_token"]), (&"3599".into(), &"".into()));
    assert_eq!(body["expires_on"], token["exp"].to_string());
    for query in [
        format!("&client_id={USER_IDENTITY_CLIENT_ID}"),
        format!("&object_id={USER_IDENTITY_OBJECT_ID}"),
        format!("&msi_res_id={USER_IDENTITY_RESOURCE_ID}"),
        format!("&mi_res_id={}", USER_IDENTITY_RESOURCE_ID.to_uppercase()),
    ] {
        assert_eq!(app(&ask(&query)), USER_IDENTITY_CLIENT_ID, "{query}");
    }
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!((emulator.count_of(Source::Imds), emulator.token_count()), (5, 0));
    assert_eq!(emulator.issued_tokens().len(), 5);
    assert!(emulator.is_valid(&emulator.issued_tokens()[0]));

    let error = |answer: Answer| (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned());
    assert_eq!(error(ask("&client_id=nobody")), (400, "invalid_request".into()));
    assert_eq!(error(ask("&client_id=a&object_id=b")), (400, "invalid_request".into()));
    emulator.change_settings(|settings| settings.managed_identity.system_assigned = None);
    assert_eq!(app(&ask("")), USER_IDENTITY_CLIENT_ID, "the only one there is");
    emulator.change_settings(|settings| settings.managed_identity.user_assigned.push(Identity::new("c", "o", "r")));
    assert!(ask("").body.contains("Multiple user assigned identities exist"));
    emulator.change_settings(|settings| settings.managed_identity.user_assigned.clear());
    assert_eq!(ask("").json(), json!({"error": "invalid_request", "error_description": "Identity not found"}));

    let probe = imds.get_with("/metadata/identity/oauth2/token", &[]).expect("an answer");
    assert_eq!((probe.status, &probe.json()["error"]), (400, &"invalid_request".into()));
    assert_eq!(imds.get_with("/metadata/identity/oauth2/token?resource=x", METADATA).expect("an answer").status, 400);
}

#[test]
fn imds_refuses_what_a_proxy_passed_on() {
    let emulator = Emulator::start();
    let imds = stranger(&emulator.imds_url());
    let headers = [("Metadata", "true"), ("X-Forwarded-For", "192.0.2.1")];
    assert_eq!(imds.get_with(IMDS, &headers).expect("an answer").status, 400);
    imds.get_with(IMDS, &[("Authorization", "Bearer x")]).expect("an answer");
    imds.get_with(&format!("{IMDS}&client_secret=x&resource=again"), METADATA).expect("an answer");
    let headers = [("Metadata", "true"), ("X-IDENTITY-HEADER", IDENTITY_HEADER), ("secret", MSI_SECRET)];
    imds.get_with(IMDS, &headers).expect("an answer");
    let all = emulator.violations().join("\n");
    for expected in [
        "it came through a proxy (X-Forwarded-For)",
        "no 'Metadata: true'",
        "a managed identity endpoint takes no Authorization",
        "a secret in the query ('client_secret')",
        "the query has 'resource' more than once",
        "X-IDENTITY-HEADER is for App Service alone",
        "the header Secret is for Azure ML and Service Fabric alone",
    ] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
    // Each door has its own paths: secrets that are sent in the clear by mistake get no token.
    assert_eq!(imds.form(&format!("/{TENANT}/oauth2/v2.0/token"), &crate::client::V2).expect("an answer").status, 404);
    assert_eq!(client(&emulator).get_with(IMDS, METADATA).expect("an answer").status, 404);
    assert_eq!(emulator.token_count(), 0);
}

#[test]
fn imds_fails_as_scripted() {
    let emulator = Emulator::start();
    let imds = stranger(&emulator.imds_url());
    for status in [404, 410, 429, 500, 503] {
        emulator.script(Fault::imds(status));
    }
    emulator.script(Fault::docker_desktop());
    emulator.script(Fault::shaped(Shape::ExpiresInGarbage).on(Source::Imds.path()));
    let next = || imds.get_with(IMDS, METADATA).expect("an answer");
    // A fault for another path stays where it is.
    assert_eq!(client(&emulator).token().expect("an answer").status, 200);
    for status in [404, 410, 429, 500, 503] {
        let answer = next();
        assert_eq!(answer.status, status);
        assert!(answer.json()["error_description"].is_string(), "{}", answer.body);
    }
    let docker = next();
    assert!(docker.status == 403 && docker.body.contains("unreachable"));
    assert_eq!(next().json()["expires_in"], "soon");
    assert_eq!(next().status, 200);
}

#[test]
fn the_gate_holds_managed_identities_too() {
    let emulator = Emulator::start();
    let url = emulator.imds_url();
    emulator.hold();
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(stranger(&url).get_with(IMDS, METADATA).expect("an answer").status, 200));
        }
        let arrived = emulator.wait_for(std::time::Duration::from_secs(20), |requests| {
            requests.iter().filter(|request| request.source() == Some(Source::Imds)).count() == 5
        });
        assert!(arrived);
        assert_eq!(emulator.issued_tokens().len(), 0);
        emulator.release();
    });
}

#[test]
fn app_service_asks_for_its_header() {
    let emulator = Emulator::start();
    let url = format!("{}?api-version=2019-08-01&resource=https://resource.example", emulator.app_service_url());
    let secret = [("X-IDENTITY-HEADER", IDENTITY_HEADER)];
    let answer = get(&url, &secret);
    assert_eq!(app(&answer), SYSTEM_IDENTITY_CLIENT_ID);
    assert!(answer.json().get("expires_in").is_none());
    assert_eq!(answer.json()["expires_on"], claims(&answer)["exp"].to_string());
    assert_eq!(app(&get(&format!("{url}&mi_res_id={USER_IDENTITY_RESOURCE_ID}"), &secret)), USER_IDENTITY_CLIENT_ID);
    assert_eq!(app(&get(&format!("{url}&object_id={USER_IDENTITY_OBJECT_ID}"), &secret)), USER_IDENTITY_CLIENT_ID);
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(get(&url, &[("X-IDENTITY-HEADER", "x")]).status, 401);
    assert_eq!(get(&url, &[]).status, 401);
    let nobody = get(&format!("{url}&client_id=nobody"), &secret);
    assert_eq!((nobody.status, &nobody.json()["statusCode"]), (400, &400.into()));
    assert!(nobody.body.contains("No User Assigned or Delegated Managed Identity found"));
    emulator.change_settings(|settings| settings.managed_identity.system_assigned = None);
    assert!(get(&url, &secret).body.contains("Unable to load the proper Managed Identity"));
    emulator.script(Fault::error(500, "x", 0).text("of the script").on(Source::AppService.path()));
    assert_eq!(get(&url, &secret).json()["message"], "of the script");
    get(&format!("{url}&secret={IDENTITY_HEADER}"), &secret);
    assert!(emulator.violations().join("\n").contains("a secret in the query"));
}

#[test]
fn azure_ml_writes_dates_as_told() {
    let emulator = Emulator::start();
    let url = format!("{}?api-version=2017-09-01&resource=https://resource.example", emulator.azure_ml_url());
    let secret = [("secret", MSI_SECRET)];
    assert_eq!(app(&get(&format!("{url}&clientid={USER_IDENTITY_CLIENT_ID}"), &secret)), USER_IDENTITY_CLIENT_ID);
    assert_eq!(get(&url, &secret).json()["expires_on"], claims(&get(&url, &secret))["exp"].to_string());
    assert_eq!(get(&url, &[]).status, 401);

    // 2100-01-02 00:00:07 UTC, less the lifetime.
    let then = 4_102_531_207_i64;
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).expect("after 1970");
    emulator.change_settings(|settings| {
        settings.lifetime = 3600;
        settings.clock_offset = then - 3600 - i64::try_from(now.as_secs()).expect("a near time");
    });
    for (form, start, end) in [
        (ExpiresOn::TwelveHours, "1/2/2100 12:0", " AM +00:00"),
        (ExpiresOn::Slashes, "01/02/2100 00:0", ""),
        (ExpiresOn::Dashes, "2100-01-02 00:0", ""),
        (ExpiresOn::Rfc3339, "2100-01-02T00:0", "Z"),
    ] {
        emulator.change_settings(|settings| settings.managed_identity.expires_on = form);
        let text = get(&url, &secret).json()["expires_on"].as_str().expect("a text").to_owned();
        assert!(text.starts_with(start) && text.ends_with(end), "{form:?}: {text}");
    }
}

#[test]
fn arc_asks_for_the_content_of_a_file() {
    let emulator = Emulator::start();
    let url = format!("{}?api-version=2020-06-01&resource=https://resource.example", emulator.arc_url());
    assert_eq!(get(&url, METADATA).status, 500, "there is no key yet");
    emulator.set_arc_key("/var/opt/azcmagent/tokens/one.key", "the-key");
    let challenge = get(&url, METADATA);
    assert_eq!(challenge.status, 401);
    assert_eq!(challenge.header("www-authenticate"), Some("Basic realm=/var/opt/azcmagent/tokens/one.key"));
    let with_key = [("Metadata", "true"), ("Authorization", "Basic the-key")];
    assert_eq!(app(&get(&url, &with_key)), SYSTEM_IDENTITY_CLIENT_ID);
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(get(&url, &[("Metadata", "true"), ("Authorization", "Basic x")]).status, 401);
    assert_eq!(get(&url, &with_key[1..]).status, 400);

    let named = format!("{url}&msi_res_id={USER_IDENTITY_RESOURCE_ID}");
    let old = get(&named, &with_key);
    assert_eq!(app(&old), SYSTEM_IDENTITY_CLIENT_ID, "an old agent does not know the parameter");
    assert!(old.json().get("msi_res_id").is_none());
    emulator.change_settings(|settings| settings.managed_identity.arc_user_assigned = true);
    let new = get(&named, &with_key);
    assert_eq!(app(&new), USER_IDENTITY_CLIENT_ID);
    assert_eq!(new.json()["msi_res_id"], USER_IDENTITY_RESOURCE_ID);
}

#[test]
fn cloud_shell_has_a_list_of_audiences() {
    let emulator = Emulator::start();
    let shell = stranger(&emulator.cloud_shell_url());
    let headers = [("Metadata", "true"), ("Content-Type", "application/x-www-form-urlencoded")];
    let ask = |body: &str| shell.post("", &headers, body.as_bytes()).expect("an answer");
    let answer = ask("resource=https%3A%2F%2Fmanagement.azure.com");
    let token = claims(&answer);
    assert_eq!((&token["aud"], &token["idtyp"]), (&"https://management.azure.com".into(), &"user".into()));
    assert_eq!((emulator.violations().len(), emulator.token_count()), (0, 0));
    let other = ask("resource=https%3A%2F%2Fresource.example");
    assert_eq!((other.status, &other.json()["error"]["code"]), (400, &"AudienceNotSupported".into()));
    assert_eq!(ask("").status, 400);
    assert_eq!(shell.post("", &headers[1..], b"resource=x").expect("an answer").status, 400);
    assert_eq!(shell.get_with("", METADATA).expect("an answer").status, 405);
    assert_eq!(emulator.count_of(Source::CloudShell), 5);
}

#[test]
fn service_fabric_is_known_by_its_thumbprint() {
    let emulator = Emulator::start();
    let fabric = emulator.service_fabric();
    assert!(fabric.url.starts_with("https://127.0.0.1:"));
    assert_eq!(fabric.thumbprint, emulator.service_fabric().thumbprint);
    assert!(fabric.thumbprint.len() == 40 && fabric.thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let query = "?api-version=2019-07-01-preview&resource=https://resource.example";
    let own = client(&emulator);
    let url = format!("{}{query}", fabric.url);
    assert!(stranger(&url).get_with("", &[("Secret", IDENTITY_HEADER)]).is_err(), "no authority signed it");
    assert!(own.at(&url).get_with("", &[("Secret", IDENTITY_HEADER)]).is_err(), "nor the emulator's");
    assert_eq!(emulator.count(), 0);

    let trusting = own.at(&url).trusting_all();
    let ask = |query: &str, headers: &[(&str, &str)]| {
        trusting.at(&format!("{}{query}", fabric.url)).get_with("", headers).expect("an answer")
    };
    let secret = [("Secret", IDENTITY_HEADER)];
    let answer = ask(query, &secret);
    assert_eq!(app(&answer), SYSTEM_IDENTITY_CLIENT_ID);
    assert!(answer.json()["expires_on"].is_u64());
    assert_eq!(emulator.violations(), [""; 0]);
    let code = |answer: Answer| (answer.status, answer.json()["error"]["code"].as_str().expect("a code").to_owned());
    assert_eq!(code(ask(query, &[])), (400, "SecretHeaderNotFound".into()));
    assert_eq!(code(ask(query, &[("Secret", "x")])), (404, "ManagedIdentityNotFound".into()));
    assert_eq!(code(ask("?api-version=2019-07-01-preview", &secret)), (400, "ArgumentNullOrEmpty".into()));
    assert_eq!(code(ask("?resource=x", &secret)), (400, "InvalidApiVersion".into()));
}

#[test]
fn other_languages_can_set_identities() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let headers = [("Content-Type", "application/json")];
    let body = r#"{"managed_identity":{"expires_on":"dashes","arc_key":{"path":"/k.key","content":"c"}}}"#;
    let settings = client.post("/_emulator/settings", &headers, body.as_bytes()).expect("an answer").json();
    assert_eq!(settings["managed_identity"]["arc_key"]["content"], "c");
    assert_eq!(settings["managed_identity"]["tenant"], TENANT, "what is not named stays");
    let wrong = br#"{"managed_identity":{"colour":1}}"#;
    assert_eq!(client.post("/_emulator/settings", &headers, wrong).expect("an answer").status, 400);
    stranger(&emulator.imds_url()).get_with(IMDS, METADATA).expect("an answer");
    assert_eq!(client.get("/_emulator/count", None).json()["sources"]["imds"], 1);
    assert_eq!(client.get("/_emulator/requests", None).json()[0]["source"], "imds");
}
