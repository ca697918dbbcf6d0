//! The Kubernetes API.

use jeton_emulator::{AKS_AUDIENCE, CLIENT_ID, Emulator, TENANT};

use crate::client::client;

#[test]
fn the_api_takes_living_tokens_for_its_audience() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let good = emulator.issue(TENANT, CLIENT_ID, AKS_AUDIENCE, 600);
    let kinds = [
        ("/api", "APIVersions"),
        ("/apis", "APIGroupList"),
        ("/api/v1", "APIResourceList"),
        ("/api/v1/namespaces", "NamespaceList"),
        ("/api/v1/namespaces/default/pods?limit=500", "PodList"),
    ];
    for (path, kind) in kinds {
        assert_eq!(client.get(path, Some(&good)).json()["kind"], kind);
    }
    assert_eq!(client.get("/version", Some(&good)).json()["major"], "1");
    assert_eq!(client.get("/apis/none", Some(&good)).json()["reason"], "NotFound");
    assert_eq!(emulator.requests()[0].bearer(), Some(&*good));

    let expired = emulator.issue(TENANT, CLIENT_ID, AKS_AUDIENCE, 0);
    let other = emulator.issue(TENANT, CLIENT_ID, "https://other.example", 600);
    emulator.revoke(&good);
    for bearer in [None, Some("x"), Some(&*expired), Some(&*other), Some(&*good)] {
        let answer = client.get("/version", bearer);
        assert_eq!((answer.status, &answer.json()["kind"]), (401, &"Status".into()));
    }
    emulator.change_settings(|settings| settings.kubernetes_audiences.push("https://other.example".into()));
    assert_eq!(client.get("/version", Some(&other)).status, 200);
}
