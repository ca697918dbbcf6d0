//! Personal access tokens: create, list, delete, for others, and who may use them; the shapes of errors.

use jeton_emulator::{
    CLIENT_ID, Cloud, DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_CLIENT_ID, Emulator, ErrorShape, Fault, OTHER_USER, Site,
    USER,
};
use serde_json::{Value, json};

use crate::client::{Answer, Client, client};
use crate::databricks::{admin, member};

const CREATE: &str = "/api/2.0/token/create";
const LIST: &str = "/api/2.0/token/list";
const DELETE: &str = "/api/2.0/token/delete";
const ME: &str = "/api/2.0/preview/scim/v2/Me";
const PERMISSIONS: &str = "/api/2.0/permissions/authorization/tokens";
const MANAGED: &str = "/api/2.0/token-management/tokens";
const FOR_OTHERS: &str = "/api/2.0/token-management/on-behalf-of/tokens";

fn send(client: &Client, method: &str, path: &str, bearer: &str, body: Value) -> Answer {
    client.json(method, path, bearer, &body).expect("an answer")
}

fn create(client: &Client, bearer: &str, comment: &str) -> Value {
    let answer = send(client, "POST", CREATE, bearer, json!({"lifetime_seconds": 3600, "comment": comment}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn failure(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error_code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_token_lives_from_create_to_delete() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let bearer = member(&client);
    assert_eq!(client.get(LIST, Some(&bearer)).json(), json!({}), "an empty list is an empty object");
    let made = create(&client, &bearer, "first");
    let value = made["token_value"].as_str().expect("a token");
    let info = &made["token_info"];
    assert!(value.starts_with("dapi") && value.ends_with("-2"), "{value}");
    let (from, to) = (info["creation_time"].as_u64().expect("a time"), info["expiry_time"].as_u64().expect("a time"));
    assert_eq!(to - from, 3_600_000);
    assert_eq!(client.get(ME, Some(value)).json()["userName"], DATABRICKS_CLIENT_ID);
    let second = create(&client, value, "second");
    let list = client.get(LIST, Some(&bearer)).json();
    assert_eq!(list["token_infos"].as_array().map(Vec::len), Some(2));
    assert_eq!(list["token_infos"][1]["comment"], "first");
    assert!(!list.to_string().contains("dapi"), "values are told once");

    let id = json!({"token_id": info["token_id"]});
    let other = admin(&client);
    assert_eq!(failure(&send(&client, "POST", DELETE, &other, id.clone())), (404, "RESOURCE_DOES_NOT_EXIST".into()));
    assert_eq!(send(&client, "POST", DELETE, &bearer, id.clone()).json(), json!({}));
    assert_eq!(failure(&send(&client, "POST", DELETE, &bearer, id)), (404, "RESOURCE_DOES_NOT_EXIST".into()));
    let refused = client.get(ME, Some(value));
    assert_eq!((refused.status, &refused.json()["error_code"]), (403, &403.into()), "{}", refused.body);
    assert_eq!(emulator.pats().len(), 1);
    assert_eq!(emulator.pats()[0].value, second["token_value"].as_str().unwrap_or_default());
    assert_eq!(emulator.violations(), [""; 0]);

    // Expired ones are listed, but not taken.
    let old = emulator.issue_pat(Site::Workspace, DATABRICKS_CLIENT_ID, "old", -60);
    assert_eq!(client.get(ME, Some(&old.value)).status, 403);
    assert_eq!(client.get(LIST, Some(&bearer)).json()["token_infos"][0]["comment"], "old");
}

#[test]
fn lifetimes_and_quota_have_bounds() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| {
        settings.databricks.pat_quota = 2;
        settings.databricks.max_token_lifetime_days = Some(10);
    });
    let client = client(&emulator);
    let bearer = member(&client);
    let with = |lifetime: Value| send(&client, "POST", CREATE, &bearer, json!({"lifetime_seconds": lifetime}));
    let zero = with(json!(0));
    assert_eq!(failure(&zero), (400, "INVALID_PARAMETER_VALUE".into()));
    assert_eq!(zero.json()["message"], "requirement failed: Invalid timeout: 0");
    assert_eq!(failure(&with(json!(-1))).0, 400);
    assert!(with(json!(864_001)).body.contains("maximum of 10 days"));
    assert_eq!(with(json!("864000")).status, 200, "a number as text");
    assert_eq!(emulator.violations(), [""; 0]);
    let forgotten = send(&client, "POST", CREATE, &bearer, json!({}));
    let info = &forgotten.json()["token_info"];
    let life = info["expiry_time"].as_u64().unwrap_or_default() - info["creation_time"].as_u64().unwrap_or_default();
    assert_eq!(life, 864_000_000, "as long as may be");
    assert!(emulator.violations()[0].contains("without lifetime_seconds"));
    assert_eq!(failure(&with(json!(60))), (400, "QUOTA_EXCEEDED".into()));
    let admin = admin(&client);
    assert_eq!(send(&client, "POST", CREATE, &admin, json!({"lifetime_seconds": 60})).status, 200, "another's quota");
    let keys = "/api/2.0/workspace-conf?keys=enableTokensConfig,maxTokenLifetimeDays";
    assert_eq!(
        client.get(keys, Some(&admin)).json(),
        json!({"enableTokensConfig": "true", "maxTokenLifetimeDays": "10"})
    );
    assert_eq!(failure(&client.get(keys, Some(&bearer))), (403, "PERMISSION_DENIED".into()));
    emulator.change_settings(|settings| settings.databricks.tokens_enabled = false);
    assert_eq!(failure(&send(&client, "POST", CREATE, &admin, json!({"lifetime_seconds": 60}))).0, 403);
}

#[test]
fn admins_manage_the_tokens_of_others() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let (bearer, admin) = (member(&client), admin(&client));
    assert_eq!(client.get(MANAGED, Some(&admin)).json(), json!({}));
    let made = create(&client, &bearer, "theirs");
    create(&client, &admin, "mine");
    assert_eq!(failure(&client.get(MANAGED, Some(&bearer))), (403, "PERMISSION_DENIED".into()));
    assert_eq!(client.get(MANAGED, Some(&admin)).json()["token_infos"].as_array().map(Vec::len), Some(2));
    let by = client.get(&format!("{MANAGED}?created_by_username={DATABRICKS_CLIENT_ID}"), Some(&admin)).json();
    assert_eq!(by["token_infos"].as_array().map(Vec::len), Some(1));
    let one = &by["token_infos"][0];
    assert_eq!((&one["comment"], &one["created_by_username"]), (&"theirs".into(), &DATABRICKS_CLIENT_ID.into()));
    let by_id = client.get(&format!("{MANAGED}?created_by_id={}", one["created_by_id"]), Some(&admin)).json();
    assert_eq!(by_id, by);
    let path = format!("{MANAGED}/{}", made["token_info"]["token_id"].as_str().unwrap_or_default());
    assert_eq!(client.get(&path, Some(&admin)).json()["token_info"]["comment"], "theirs");
    assert_eq!(send(&client, "DELETE", &path, &admin, Value::Null).status, 200);
    assert_eq!(failure(&client.get(&path, Some(&admin))), (404, "RESOURCE_DOES_NOT_EXIST".into()));
    assert_eq!(emulator.pats().len(), 1);
}

#[test]
fn tokens_on_behalf_of_others_depend_on_the_cloud() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let admin = admin(&client);
    let body = json!({"application_id": DATABRICKS_CLIENT_ID, "lifetime_seconds": 60, "comment": "for you"});
    let refused = send(&client, "POST", FOR_OTHERS, &admin, body.clone());
    assert!(refused.body.contains("is not enabled for this workspace"), "{}", refused.body);
    for cloud in [Cloud::Aws, Cloud::Gcp] {
        emulator.change_settings(|settings| settings.databricks.cloud = cloud);
        let made = send(&client, "POST", FOR_OTHERS, &admin, body.clone()).json();
        assert_eq!(made["token_info"]["created_by_username"], DATABRICKS_ADMIN_CLIENT_ID);
        let value = made["token_value"].as_str().expect("a token");
        assert_eq!(client.get(ME, Some(value)).json()["userName"], DATABRICKS_CLIENT_ID, "it is the principal's own");
    }
    let nobody = json!({"application_id": "nobody", "lifetime_seconds": 60});
    assert_eq!(failure(&send(&client, "POST", FOR_OTHERS, &admin, nobody)).0, 404);
    assert_eq!(failure(&send(&client, "POST", FOR_OTHERS, &member(&client), body)).0, 403);
}

#[test]
fn who_may_use_tokens_is_a_list_that_put_replaces() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.databricks.users_may_use_tokens = false);
    let client = client(&emulator);
    let (bearer, admin) = (member(&client), admin(&client));
    let entry =
        |name: &str| json!({"access_control_list": [{"service_principal_name": name, "permission_level": "CAN_USE"}]});
    let patch = |name: &str| send(&client, "PATCH", PERMISSIONS, &admin, entry(name));
    let none_yet = patch(DATABRICKS_CLIENT_ID);
    assert_eq!(failure(&none_yet), (404, "RESOURCE_DOES_NOT_EXIST".into()));
    assert_eq!(none_yet.json()["message"], "tokens tokens does not exist");
    create(&client, &admin, "the first of the workspace");

    let refused = send(&client, "POST", CREATE, &bearer, json!({"lifetime_seconds": 60}));
    assert_eq!(refused.json()["message"], "User does not have permission to use tokens.");
    assert_eq!(failure(&client.get(PERMISSIONS, Some(&bearer))).0, 403);
    let unknown = patch("octo-principal");
    assert_eq!(unknown.json()["message"], "Principal: ServicePrincipalName(octo-principal) does not exist");
    let list = patch(DATABRICKS_CLIENT_ID).json();
    assert_eq!(list["object_id"], "/authorization/tokens");
    assert_eq!(list["access_control_list"][1]["service_principal_name"], DATABRICKS_CLIENT_ID);
    assert_eq!(list["access_control_list"][1]["all_permissions"][0]["permission_level"], "CAN_USE");
    assert_eq!(client.get(PERMISSIONS, Some(&admin)).json(), list);
    create(&client, &bearer, "permitted");
    let levels = client.get(&format!("{PERMISSIONS}/permissionLevels"), Some(&admin)).json();
    assert_eq!(levels["permission_levels"][0]["permission_level"], "CAN_USE");
    assert_eq!(emulator.violations(), [""; 0]);

    let manage = json!({"access_control_list": [{"user_name": OTHER_USER, "permission_level": "CAN_MANAGE"}]});
    assert_eq!(failure(&send(&client, "PATCH", PERMISSIONS, &admin, manage)).0, 400);
    assert_eq!(send(&client, "PUT", PERMISSIONS, &admin, entry(CLIENT_ID)).status, 200);
    assert_eq!(failure(&send(&client, "POST", CREATE, &bearer, json!({"lifetime_seconds": 60}))).0, 403);
    assert!(emulator.violations()[0].contains("PUT replaces"));
}

#[test]
fn workspaces_share_principals_but_not_tokens() {
    let emulator = Emulator::start();
    let here = client(&emulator);
    let there = here.at(&emulator.other_workspace());
    let made = create(&here, &member(&here), "here");
    let value = made["token_value"].as_str().expect("a token");
    assert_eq!(there.get(LIST, Some(&member(&there))).json(), json!({}));
    assert_eq!(emulator.violations(), [""; 0]);
    assert_eq!(there.get(ME, Some(value)).status, 403);
    assert!(emulator.violations()[0].contains("not made for this host"));
    here.get("/common/discovery/keys", Some(value));
    here.get(&format!("{LIST}?token={value}"), None);
    let all = emulator.violations().join("\n");
    assert!(all.contains("goes somewhere else") && all.contains("a secret in the query ('token')"), "{all}");
}

#[test]
fn scim_knows_the_service_principals() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let bearer = admin(&client);
    let path = "/api/2.0/preview/scim/v2/ServicePrincipals";
    let find = |filter: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        client.get(&format!("{path}?{query}"), Some(&bearer))
    };
    let found = find(&format!("applicationId eq \"{CLIENT_ID}\"")).json();
    assert_eq!((&found["totalResults"], &found["Resources"][0]["displayName"]), (&1.into(), &"octo-app".into()));
    let none = find("applicationId eq \"new\"").json();
    assert_eq!((&none["totalResults"], none.get("Resources")), (&0.into(), None));
    let page = |start: u32| client.get(&format!("{path}?startIndex={start}&count=2"), Some(&bearer)).json();
    let sizes = [1, 3, 5].map(|start| page(start)["Resources"].as_array().map(Vec::len));
    assert_eq!((sizes, &page(1)["totalResults"]), ([Some(2), Some(1), None], &3.into()), "page by page");
    let bad = find("id gt 3");
    assert_eq!((bad.status, &bad.json()["scimType"]), (400, &"invalidFilter".into()));
    let new = send(&client, "POST", path, &bearer, json!({"applicationId": "new", "displayName": "A new one"})).json();
    let by_id = client.get(&format!("{path}/{}", new["id"].as_str().expect("an id")), Some(&bearer)).json();
    assert_eq!(by_id["displayName"], "A new one");
    assert_eq!(send(&client, "POST", path, &bearer, json!({"applicationId": "new"})).status, 409);
    let me = client.get(&format!("{ME}?excludedAttributes=groups,entitlements"), Some(&bearer)).json();
    assert_eq!((me.get("groups"), &me["active"]), (None, &true.into()));
    assert_eq!(client.get("/api/2.1/clusters/list", Some(&bearer)).json()["clusters"][0]["state"], "RUNNING");
    assert_eq!(failure(&client.get("/api/2.0/nothing", Some(&bearer))), (404, "ENDPOINT_NOT_FOUND".into()));
}

#[test]
fn errors_come_in_every_shape() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let bearer = member(&client);
    let scripted = |shape: Option<ErrorShape>| {
        let fault = Fault::databricks(LIST, 403, "PERMISSION_DENIED", "no <way>");
        emulator.script(match shape {
            Some(shape) => fault.error_shape(shape),
            None => fault,
        });
        client.get(LIST, Some(&bearer))
    };
    assert_eq!(scripted(None).json()["error_code"], "PERMISSION_DENIED");
    assert_eq!(scripted(Some(ErrorShape::Gate)).json()["error_code"], 403);
    assert_eq!(scripted(Some(ErrorShape::Legacy)).json(), json!({"error": "no <way>"}));
    let scim = scripted(Some(ErrorShape::Scim)).json();
    assert_eq!((&scim["detail"], &scim["status"]), (&"no <way>".into(), &"403".into()));
    assert_eq!(scripted(Some(ErrorShape::Text)).body, "PERMISSION_DENIED: no <way>");
    assert!(scripted(Some(ErrorShape::Html)).body.contains("<pre>    no &lt;way&gt;</pre>"));
    let redirect = scripted(Some(ErrorShape::PrivateLink));
    let location = redirect.header("location").expect("a redirect");
    assert!(location.starts_with("/login.html?error=private-link-validation-error"), "{location}");
    assert_eq!((redirect.status, client.get(location, None).status), (302, 200));

    emulator.script(Fault::databricks(CREATE, 429, "REQUEST_LIMIT_EXCEEDED", "Too many.").retry_after("1"));
    let throttled = send(&client, "POST", CREATE, &bearer, json!({"lifetime_seconds": 60}));
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("1")));
    emulator.script(Fault::databricks(ME, 404, "", "gone"));
    assert_eq!(client.get(ME, Some(&bearer)).json()["detail"], "gone", "SCIM has its own shape");
    assert_eq!(emulator.pats(), []);
}

#[test]
fn a_connection_is_cut_after_the_token_was_made() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let bearer = member(&client);
    emulator.script_for(CREATE, Fault::reset_after());
    let body = json!({"lifetime_seconds": 60, "comment": "unique"});
    assert!(client.json("POST", CREATE, &bearer, &body).is_err());
    let list = client.get(LIST, Some(&bearer)).json();
    assert_eq!(list["token_infos"][0]["comment"], "unique", "it is there all the same");
    emulator.script_for(CREATE, Fault::reset());
    assert!(client.json("POST", CREATE, &bearer, &body).is_err());
    assert_eq!(emulator.pats().len(), 1, "cut before: nothing was made");
    emulator.reset();
    assert_eq!(emulator.pats(), []);
    let user = emulator.issue_pat(Site::Workspace, USER, "", 60);
    assert_eq!(client.get(ME, Some(&user.value)).json()["userName"], USER);
}
