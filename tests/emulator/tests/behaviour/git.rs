//! Azure DevOps' git.

use jeton_emulator::{CLIENT_ID, DEVOPS_AUDIENCE, Emulator, TENANT};

use crate::client::client;

#[test]
fn repositories_are_for_the_bearers_of_a_token_for_azure_devops() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let path = "/contoso/project/_git/repository/info/refs?service=git-upload-pack";
    let other = emulator.issue(TENANT, CLIENT_ID, "https://other.example", 600);
    let expired = emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 0);
    for bearer in [None, Some("x"), Some(&*other), Some(&*expired)] {
        let answer = client.get(path, bearer);
        assert_eq!(answer.status, 401);
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(challenges.len(), 3);
        assert_eq!(challenges[0], &format!("Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}"));
    }
    let good = emulator.issue(TENANT, CLIENT_ID, DEVOPS_AUDIENCE, 600);
    // There are none yet.
    assert_eq!(client.get(path, Some(&good)).status, 404);
    let root = tempfile::tempdir().expect("a temporary folder");
    let made = std::process::Command::new("git")
        .args(["init", "--quiet", "--bare"])
        .arg(root.path().join("repository"))
        .status()
        .expect("git runs");
    assert!(made.success());
    emulator.change_settings(|settings| settings.git_root = Some(root.path().to_owned()));
    let answer = client.get(path, Some(&good));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/x-git-upload-pack-advertisement"));
    assert_eq!(client.get("/contoso/project/_git/../repository/info/refs", Some(&good)).status, 404);
}
