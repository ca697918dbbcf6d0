//! The control paths.

use jeton_emulator::Emulator;

use crate::client::client;

#[test]
fn other_languages_can_steer_it() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let post = |path: &str, body: &str| {
        client
            .post(&format!("/_emulator/{path}"), &[("Content-Type", "application/json")], body.as_bytes())
            .expect("an answer")
    };
    let script = r#"[{"kind":"error","status":400,"error":"invalid_grant","code":70008},
                     {"kind":"respond","status":503,"retry_after":"2","times":2},
                     {"kind":"shape","shape":{"big_token":5000}}]"#;
    assert_eq!(post("script", script).status, 200);
    assert_eq!(post("script", r#"{"kind":"pass"}"#).status, 200);
    assert_eq!(post("script", r#"[{"kind":"unheard_of"}]"#).status, 400);
    assert_eq!(post("settings", r#"{"lifetime":60,"refresh_in":30}"#).json()["latency_ms"], 0);
    assert_eq!(post("settings", r#"{"lifetyme":60}"#).status, 400);
    assert_eq!(client.get("/_emulator/count", None).json()["scripted"], 4);

    assert_eq!(client.token().expect("an answer").failure().2, 70008);
    for _ in 0..2 {
        let answer = client.token().expect("an answer");
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
    }
    assert!(client.token().expect("an answer").body.len() > 5000);
    let body = client.token().expect("an answer").json();
    assert_eq!((&body["expires_in"], &body["refresh_in"]), (&60.into(), &30.into()));

    let requests = client.get("/_emulator/requests", None).json();
    assert_eq!(requests.as_array().map(Vec::len), Some(5));
    assert_eq!(requests[0]["form"][0][0], "grant_type");
    let count = client.get("/_emulator/count", None).json();
    assert_eq!((&count["token_requests"], &count["issued"]), (&5.into(), &2.into()));
    assert_eq!(client.get("/_emulator/violations", None).json(), serde_json::json!([]));
    post("reset", "");
    assert_eq!(client.get("/_emulator/count", None).json()["requests"], 0);
    assert_eq!(client.token().expect("an answer").json()["expires_in"], 3599);
    assert_eq!(client.get("/_emulator/nothing", None).status, 404);
}
