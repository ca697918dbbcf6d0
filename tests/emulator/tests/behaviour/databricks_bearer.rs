//! Which tokens Databricks takes, those of Entra above all; Azure Data Manager for Energy; Azure Resource Manager.

use jeton_emulator::{
    ADME_CLIENT_ID, ADME_PARTITION, ADME_RESOURCE_ID, ADME_SECRET, AWKWARD_CLIENT_ID, CLIENT_ID, Cloud,
    DATABRICKS_RESOURCE, Emulator, OTHER_TENANT, OTHER_USER, Site, TENANT, WORKSPACE_RESOURCE_ID,
};

use crate::client::{Answer, client};
use crate::databricks::member;

const ME: &str = "/api/2.0/preview/scim/v2/Me";
const MANAGEMENT: &str = "https://management.core.windows.net/";

#[test]
fn entra_tokens_of_members_are_taken() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = |tenant, audience, lifetime| emulator.issue(tenant, CLIENT_ID, audience, lifetime);
    let good = token(TENANT, DATABRICKS_RESOURCE, 3600);
    assert_eq!(client.get(ME, Some(&good)).json()["applicationId"], CLIENT_ID);
    assert_eq!(emulator.violations(), [""; 0]);
    let wrong = client.get(ME, Some(&token(TENANT, MANAGEMENT, 3600)));
    let text = format!("Expected aud claim to be: {DATABRICKS_RESOURCE}, but was: {MANAGEMENT}.");
    assert_eq!((wrong.status, wrong.header("content-type")), (400, Some("text/html;charset=utf-8")));
    assert!(wrong.body.contains(&text), "{}", wrong.body);
    assert!(emulator.violations()[0].contains("not made for this host"));
    let elsewhere = client.get(ME, Some(&token(OTHER_TENANT, DATABRICKS_RESOURCE, 3600)));
    assert!(elsewhere.body.contains("Expected iss claim"), "{}", elsewhere.body);
    for lifetime in [0, 30] {
        let late = client.get(ME, Some(&token(TENANT, DATABRICKS_RESOURCE, lifetime)));
        assert!(late.status == 403 && late.body.contains("ExpiredJwtException"), "{}", late.body);
    }
    emulator.revoke(&good);
    assert_eq!(client.get(ME, Some(&good)).status, 403);

    emulator.change_settings(|settings| settings.databricks.cloud = Cloud::Aws);
    assert_eq!(client.get(ME, Some(&token(TENANT, DATABRICKS_RESOURCE, 3600))).status, 403);
}

#[test]
fn who_is_not_in_the_workspace_needs_two_headers() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = |id, audience| format!("Bearer {}", emulator.issue(TENANT, id, audience, 3600));
    let bearer = token(AWKWARD_CLIENT_ID, DATABRICKS_RESOURCE);
    let bare = |id, audience| emulator.issue(TENANT, id, audience, 3600);
    let (management, foreign) = (bare(AWKWARD_CLIENT_ID, MANAGEMENT), bare(CLIENT_ID, MANAGEMENT));
    let get = |management: Option<&str>, resource: Option<&str>| {
        let mut headers = vec![("Authorization", &*bearer)];
        headers.extend(management.map(|value| ("X-Databricks-Azure-SP-Management-Token", value)));
        headers.extend(resource.map(|value| ("X-Databricks-Azure-Workspace-Resource-Id", value)));
        client.get_with(ME, &headers).expect("an answer")
    };
    for answer in [
        get(None, None),
        get(Some(&management), None),
        get(None, Some(WORKSPACE_RESOURCE_ID)),
        get(Some(&foreign), Some(WORKSPACE_RESOURCE_ID)),
        get(Some(&management), Some("/subscriptions/other")),
    ] {
        assert_eq!((answer.status, &answer.json()["message"]), (403, &"User not authorized.".into()));
    }
    assert_eq!(get(Some(&management), Some(WORKSPACE_RESOURCE_ID)).status, 200);
    assert_eq!(get(None, None).status, 200, "it is a member from now on");
    assert_eq!(emulator.violations(), [""; 0]);
    get(Some(&bearer[7..]), Some(WORKSPACE_RESOURCE_ID));
    assert!(emulator.violations()[0].contains("a management token"));
}

#[test]
fn without_a_good_token_the_gate_says_why() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let gate = |answer: Answer| (answer.status, answer.json()["error_code"].as_u64().unwrap_or_default());
    assert_eq!(gate(client.get(ME, None)), (401, 401));
    for unknown in ["dapi00000000000000000000000000000000", "nonsense"] {
        let answer = client.get(ME, Some(unknown));
        assert_eq!(answer.header("x-databricks-reason-phrase"), Some("Invalid access token."));
        assert_eq!(gate(answer), (403, 403));
    }
    let account = client.at(&emulator.account());
    let pat = emulator.issue_pat(Site::Workspace, OTHER_USER, "", 60);
    assert_eq!(gate(account.get("/api/2.0/accounts/x/workspaces", Some(&pat.value))), (401, 401));
    emulator.change_settings(|settings| settings.databricks.token_lifetime = 60);
    let token = member(&client);
    emulator.set_clock_offset(61);
    let late = client.get(ME, Some(&token));
    assert!(late.status == 401 && late.body.contains("expired"), "{}", late.body);
}

#[test]
fn energy_data_wants_a_token_of_its_app_and_a_partition() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", ADME_CLIENT_ID),
        ("client_secret", ADME_SECRET),
        ("resource", ADME_CLIENT_ID),
    ];
    let answer = client.form(&format!("/{TENANT}/oauth2/token"), &fields).expect("an answer").json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().expect("a token"));
    let get = |bearer: &str, partition: Option<&str>| {
        let mut headers = vec![("Authorization", bearer)];
        headers.extend(partition.map(|value| ("data-partition-id", value)));
        client.get_with("/api/entitlements/v2/groups", &headers).expect("an answer")
    };
    let groups = get(&bearer, Some(ADME_PARTITION)).json();
    assert_eq!((&groups["memberEmail"], &groups["groups"][0]["name"]), (&ADME_CLIENT_ID.into(), &"users".into()));
    assert_eq!(get(&bearer, None).status, 400);
    assert_eq!(get(&bearer, Some("other-dp1")).status, 403);
    assert_eq!(emulator.violations(), [""; 0]);
    let other = format!("Bearer {}", emulator.issue(TENANT, CLIENT_ID, MANAGEMENT, 60));
    assert_eq!(get(&other, Some(ADME_PARTITION)).status, 401);
    assert!(emulator.violations()[0].contains("not made for this host"));
    let user = |name: &str, password: &str| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", jeton_emulator::PUBLIC_CLIENT_ID),
            ("username", name),
            ("password", password),
            ("scope", &format!("{ADME_CLIENT_ID}/.default openid profile offline_access")),
        ];
        let answer = client.form(&format!("/{TENANT}/oauth2/v2.0/token"), &fields).expect("an answer").json();
        format!("Bearer {}", answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")))
    };
    let ada = user(jeton_emulator::USER, jeton_emulator::USER_PASSWORD);
    assert_eq!(get(&ada, Some(ADME_PARTITION)).json()["memberEmail"], jeton_emulator::USER);
    let grace = user(OTHER_USER, jeton_emulator::OTHER_USER_PASSWORD);
    assert_eq!(get(&grace, Some(ADME_PARTITION)).status, 401, "nobody has added her");
}

#[test]
fn azure_knows_workspace_and_instance() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let token = emulator.issue(TENANT, CLIENT_ID, "https://management.azure.com/", 60);
    let host = emulator.url().trim_start_matches("https://");
    let get = |path: &str| client.get(path, Some(&token));
    let workspace = get(&format!("{WORKSPACE_RESOURCE_ID}?api-version=2018-04-01")).json();
    assert_eq!(workspace["properties"]["workspaceUrl"], host);
    let path = format!("{ADME_RESOURCE_ID}?api-version=2022-04-04-preview");
    let instance = get(&path).json();
    assert_eq!(instance["properties"]["authAppId"], ADME_CLIENT_ID);
    let partitions = format!("{ADME_RESOURCE_ID}/listPartitions?api-version=2022-04-04-preview");
    let list = || {
        let headers = [("Authorization", &*format!("Bearer {token}")), ("Content-Type", "application/json")];
        client.post(&partitions, &headers, b"").expect("an answer").json()
    };
    assert_eq!(list()["dataPartitionInfo"][0]["name"], ADME_PARTITION);
    emulator.change_settings(|settings| settings.databricks.adme_partitions_as_value = true);
    assert_eq!(list()["value"][0]["name"], ADME_PARTITION);
    assert_eq!(get(ADME_RESOURCE_ID).json()["error"]["code"], "MissingApiVersionParameter");
    assert_eq!(get("/subscriptions/other?api-version=1").status, 404);
    assert_eq!(client.get(&path, None).status, 401);
}
