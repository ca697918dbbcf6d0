//! The password grant and the user realm.

use jeton_emulator::{Emulator, PUBLIC_CLIENT_ID, TENANT, USER, USER_PASSWORD, User};

use crate::client::client;
use crate::user::{SCOPE, access, post, text, with};

const PASSWORD: [(&str, &str); 5] = [
    ("grant_type", "password"),
    ("client_id", PUBLIC_CLIENT_ID),
    ("username", USER),
    ("password", USER_PASSWORD),
    ("scope", SCOPE),
];

#[test]
fn a_password_gives_tokens() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let realm = client.get(&format!("/common/userrealm/{USER}?api-version=1.0"), None).json();
    assert_eq!((&realm["account_type"], &realm["domain_name"]), (&"Managed".into(), &"contoso.example".into()));
    let encoded = client.get("/common/userrealm/ada%40contoso.example?api-version=1.0", None).json();
    assert_eq!(encoded["account_type"], "Managed");
    let answer = post(&client, &PASSWORD);
    assert_eq!(access(&answer)["upn"], USER, "{}", answer.body);
    assert!(!text(&answer, "refresh_token").is_empty());
    assert_eq!(emulator.violations(), [""; 0]);
    let unknown = client.get("/common/userrealm/x@elsewhere.example", None).json();
    assert_eq!(unknown["account_type"], "Unknown");
    assert!(emulator.violations()[0].contains("without api-version=1.0"));
}

#[test]
fn it_is_refused_with_entras_error() {
    let emulator = Emulator::start();
    emulator.add_user(User::new("mfa@contoso.example", "an-oid", "pw", "Mfa", TENANT).mfa());
    let client = client(&emulator);
    for (changes, error, code) in [
        ([("password", "wrong"), ("x", "")], "invalid_grant", 50126),
        ([("username", "nobody@contoso.example"), ("x", "")], "invalid_grant", 50034),
        ([("username", "mfa@contoso.example"), ("password", "pw")], "interaction_required", 50076),
        ([("password", ""), ("x", "")], "invalid_request", 900_144),
        ([("scope", ""), ("x", "")], "invalid_request", 900_144),
        ([("client_secret", "x"), ("x", "")], "invalid_client", 700_025),
    ] {
        let answer = post(&client, &with(&PASSWORD, &changes));
        assert_eq!(answer.failure().1, error, "{changes:?}");
        assert_eq!(answer.failure().2, code, "{changes:?}");
    }
    let common = client.form("/common/oauth2/v2.0/token", &PASSWORD).expect("an answer");
    assert_eq!(common.failure().2, 9_001_023);
    let organizations = client.form("/organizations/oauth2/v2.0/token", &PASSWORD).expect("an answer");
    assert_eq!(access(&organizations)["tid"], TENANT);
}
