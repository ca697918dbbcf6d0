//! kubeconfigs: users made anew, those of kubelogin and az converted, all others as they were.

use super::{home, read, setup, there_and_back, write};

const CONFIG: &str = r#"# mine
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://a.example
  name: a
contexts:
- context:
    cluster: a
    user: clusterUser_rg_a
  name: a
current-context: a
kind: Config
preferences: {}
users:
- name: clusterUser_rg_a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      - --client-id
      - 80faf920-1908-4b52-b5ef-a8e7bedfc67a
      - --tenant-id
      - 11111111-1111-1111-1111-111111111111
      - --login
      - devicecode
      command: /usr/local/bin/kubelogin
      env:
      - name: AZURE_CONFIG_DIR
        value: /x # keep
      installHint: |2

        kubelogin is not installed which is required to connect to AAD enabled cluster.

        To learn more, please go to https://aka.ms/aks/kubelogin
      interactiveMode: Always
      provideClusterInfo: true
      somethingNew: [1, 2]
# admin
- name: admin
  user:
    client-certificate-data: QUJD
    client-key-data: U0VDUkVU
- name: oidc
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: kubectl
      args: [oidc-login, get-token]
"#;

/// The same with the first user converted.
fn converted(args: &[&str]) -> String {
    let from = CONFIG.find("      args:\n      - get-token").expect("a place in it");
    let to = CONFIG.find("      env:").expect("a place in it");
    let hint = CONFIG.find("      installHint").expect("a place in it");
    let behind = CONFIG.find("      interactiveMode").expect("it works");
    let args: String = args.iter().map(|arg| format!("      - {arg}\n")).collect();
    format!("{}      args:\n{args}      command: jeton\n{}{}", &CONFIG[..from], &CONFIG[to..hint], &CONFIG[behind..])
}

#[test]
fn a_user_of_kubelogin_s_is_converted_and_all_else_stays() {
    let home = home();
    let after = converted(&[
        "exec-credential",
        "--flow",
        "device-code",
        "--client-id",
        "80faf920-1908-4b52-b5ef-a8e7bedfc67a",
        "--server-id",
        "6dae42f8-4368-4678-94ff-3960e28e3630",
        "--tenant",
        "\"11111111-1111-1111-1111-111111111111\"",
    ]);
    let after = after.replace("\"11111111-1111-1111-1111-111111111111\"", "11111111-1111-1111-1111-111111111111");
    there_and_back(&home, "kubectl", ".kube/config", Some(CONFIG), &after);
    let said = setup(&home, "kubectl --dry-run").run().ok();
    assert!(said.stderr.contains("\"admin\" is left as it is") && said.stderr.contains("\"oidc\""), "{}", said.stderr);
    assert!(!said.stdout.contains("U0VDUkVU"));
}

#[test]
fn with_a_profile_only_the_cluster_s_part_is_taken_over() {
    let home = home();
    let after =
        converted(&["exec-credential", "--profile", "dev", "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"]);
    there_and_back(&home, "kubectl -p dev --context a", ".kube/config", Some(CONFIG), &after);
    let said = setup(&home, "kubectl -p dev --yes").run().ok();
    assert!(said.stderr.contains("credentialPluginAllowlist:\n- command: jeton\n"), "{}", said.stderr);
}

#[test]
fn az_s_old_provider_is_converted_and_its_tokens_are_not_shown() {
    let home = home();
    let before = "users:\n- name: old\n  user:\n    auth-provider:\n      config:\n        access-token: eyJsecret\n        apiserver-id: s\n        client-id: c\n        config-mode: \"1\"\n        tenant-id: t\n      name: azure\n    as: x\n";
    write(&home, ".kube/config", before);
    let said = setup(&home, "kubectl --dry-run").run().ok();
    assert!(!said.stdout.contains("eyJsecret"), "{}", said.stdout);
    let after = "users:\n- name: old\n  user:\n    as: x\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: jeton\n      args:\n      - exec-credential\n      - --flow\n      - device-code\n      - --client-id\n      - c\n      - --server-id\n      - s\n      - --tenant\n      - t\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n";
    setup(&home, "kubectl --yes").run().ok();
    assert_eq!(read(&home, ".kube/config"), after);
    setup(&home, "kubectl --undo --yes").run().ok();
    assert_eq!(read(&home, ".kube/config"), before);
}

#[test]
fn a_secret_among_the_arguments_becomes_a_variable_and_is_not_shown() {
    let home = home();
    let before = "users:\n- name: spn\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: kubelogin\n      args: [get-token, --login, spn, --client-id, c, --client-secret, 'hunter2']\n      env: null\n";
    write(&home, ".kube/config", before);
    let said = setup(&home, "kubectl --yes").run().ok();
    assert!(!said.stderr.contains("hunter2") && said.stderr.contains("jeton secret set"), "{}", said.stderr);
    assert_eq!(
        read(&home, ".kube/config"),
        "users:\n- name: spn\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: jeton\n      args:\n      - exec-credential\n      - --flow\n      - client-credentials\n      - --client-id\n      - c\n      env:\n      - name: JETON_CLIENT_SECRET\n        value: hunter2\n"
    );
}

const NEW: &str = "- name: me\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: jeton\n      args:\n      - exec-credential\n      - --profile\n      - dev\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n";

#[test]
fn a_new_user_is_made_also_in_a_new_file() {
    let home = home();
    let after = format!("apiVersion: v1\nkind: Config\nusers:\n{NEW}");
    there_and_back(&home, "kubectl -p dev --user me", ".kube/config", None, &after);
    there_and_back(&home, "kubectl -p dev --user me", ".kube/config", Some(CONFIG), &format!("{CONFIG}{NEW}"));
    for empty in ["users: []\n", "users: null\n"] {
        let before = format!("kind: Config\n{empty}current-context: \"\"\n");
        let after = before.replace(empty, &format!("users:\n{NEW}"));
        there_and_back(&home, "kubectl -p dev --user me --kubeconfig k", "k", Some(&before), &after);
    }
}

#[test]
fn a_user_with_a_token_is_not_given_a_second_way() {
    let home = home();
    write(&home, ".kube/config", CONFIG);
    let said = setup(&home, "kubectl -p dev --user admin --yes").run().fails(4);
    assert!(
        said.stderr.contains("client-certificate-data") && said.stderr.contains("put it in by hand"),
        "{}",
        said.stderr
    );
    assert_eq!(read(&home, ".kube/config"), CONFIG);
    let said = setup(&home, "kubectl -p dev --context b --yes").run().fails(4);
    assert!(said.stderr.contains("there are: a"), "{}", said.stderr);
}

#[test]
fn the_user_of_another_program_is_changed_where_it_is_named() {
    let home = home();
    let old = "      apiVersion: client.authentication.k8s.io/v1\n      command: kubectl\n      args: [oidc-login, get-token]\n";
    let new = NEW.strip_prefix("- name: me\n  user:\n    exec:\n").expect("it works");
    there_and_back(&home, "kubectl -p dev --user oidc", ".kube/config", Some(CONFIG), &CONFIG.replace(old, new));
}

#[test]
fn a_profile_of_a_user_that_asks_jeton_can_be_changed() {
    let home = home();
    let before = format!(
        "users:\n{}",
        NEW.replace("      - dev\n", "      - dev\n      - --server-id\n      - s\n").replace("IfAvailable", "Never")
    );
    let after = before.replace("      - dev\n", "      - registry\n");
    there_and_back(&home, "kubectl -p registry --user me", ".kube/config", Some(&before), &after);
}

#[test]
fn each_user_is_changed_in_the_file_that_counts() {
    let mut home = home();
    let user = |name: &str| {
        format!("users:\n- name: {name}\n  user:\n    exec:\n      command: kubelogin\n      args: [get-token]\n")
    };
    write(&home, "one", &user("a"));
    write(&home, "two", &format!("{}{}", user("a"), user("b").replace("users:\n", "")));
    home.set(
        "KUBECONFIG",
        std::env::join_paths([home.path("none"), home.path("one"), home.path("two")]).expect("it works"),
    );
    setup(&home, "kubectl --yes").run().ok();
    assert!(read(&home, "one").contains("command: jeton"));
    let two = read(&home, "two");
    assert_eq!((two.matches("kubelogin").count(), two.matches("jeton").count()), (1, 1), "{two}");
    assert!(!home.path("none").exists());
    setup(&home, "kubectl --undo --yes").run().ok();
    assert_eq!(read(&home, "one"), user("a"));
}

#[test]
fn what_can_not_be_changed_safely_is_refused_with_what_to_write() {
    let home = home();
    for text in [
        "users: [{name: a, user: {exec: {command: kubelogin, args: [get-token]}}}]\n",
        "users:\n- name: a\n  user: &x\n    exec: {}\n",
        "users:\n- name: a\n  user:\n\t  exec: {}\n",
        "{\"users\": []}\n",
    ] {
        write(&home, ".kube/config", text);
        let said = setup(&home, "kubectl -p dev --user a --yes").run().fails(4);
        assert!(said.stderr.contains("exec:\n  apiVersion:"), "{}", said.stderr);
        assert_eq!(read(&home, ".kube/config"), text);
    }
    write(&home, ".kube/config", "users:\n- name: a\n  user:\n    token: t\n");
    assert!(setup(&home, "kubectl --yes").run().fails(4).stderr.contains("--user"));
}

#[test]
fn the_lock_of_kubectl_is_respected_and_not_left() {
    let home = home();
    write(&home, ".kube/config", CONFIG);
    write(&home, ".kube/config.lock", "");
    let said = setup(&home, "kubectl --yes").run().fails(4);
    assert!(said.stderr.contains("config.lock"), "{}", said.stderr);
    assert_eq!(read(&home, ".kube/config"), CONFIG);
    std::fs::remove_file(home.path(".kube/config.lock")).expect("it works");
    assert!(setup(&home, "kubectl --undo --yes").run().fails(4).stderr.contains("nothing to undo"));
    setup(&home, "kubectl --yes").run().ok();
    assert!(!home.path(".kube/config.lock").exists());
}

#[test]
fn what_kubectl_rewrote_since_is_still_taken_back() {
    let home = home();
    write(&home, ".kube/config", CONFIG);
    setup(&home, "kubectl -p dev --yes").run().ok();
    // As kubectl config writes it: sorted, without comments, with what it takes for granted.
    let text = read(&home, ".kube/config").replace("# mine\n", "").replace("# admin\n", "").replace(" # keep", "");
    let text = text.replace("users:\n", "users:\n- name: also\n  user: {}\n");
    write(&home, ".kube/config", &text.replace("current-context: a", "current-context: \"\""));
    setup(&home, "kubectl --undo --yes").run().ok();
    let back = read(&home, ".kube/config");
    assert!(back.contains("command: /usr/local/bin/kubelogin") && !back.contains("jeton"), "{back}");
    assert!(back.contains("current-context: \"\""), "{back}");
}

#[test]
fn a_plugin_of_kubectl_is_named_by_its_name_whatever_its_place() {
    let home = home();
    // As krew has it: a link on PATH, to a folder of this version.
    std::fs::remove_file(home.path(&format!("bin/jeton{}", std::env::consts::EXE_SUFFIX))).unwrap();
    let plugin = home.link("bin/kubectl-jeton");
    write(&home, ".kube/config", CONFIG);
    let run = |line: &str| {
        let args: Vec<&str> = line.split(' ').collect();
        home.run_as(&plugin, &args).run().ok()
    };
    assert!(run("--version").stdout.starts_with("jeton "));
    run("setup kubectl --yes --profile dev");
    assert!(read(&home, ".kube/config").contains("command: kubectl-jeton\n"), "{}", read(&home, ".kube/config"));
    let again = run("setup kubectl --yes --profile dev");
    assert!(again.stderr.contains("set up already"), "{}", again.stderr);
}
