//! `jeton profile`: nothing is half written, nothing is lost, and no secret is shown.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Home, finish};

fn file(home: &Home) -> std::path::PathBuf {
    home.config_dir().join("profiles.json")
}

fn stored(home: &Home) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file(home)).expect("profiles.json")).expect("JSON")
}

fn write(path: &Path, text: &str) -> String {
    std::fs::write(path, text).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// A home with the profiles `one` (a field that nobody knows among its own) and `two`.
fn two() -> Home {
    let home = Home::new();
    home.profiles(
        r#"{"version":1,"later":{"x":1},"profiles":{
            "one":{"tenant":"t1","color":"red","client_id":"c1","scopes":["graph"],"client_secret":"env:ONE"},
            "two":{"tenant":"t2","resource":"api://two","flow":"ClientCredentials","aws_region":"eu-west-1"}}}"#,
    );
    home
}

#[test]
fn a_created_profile_holds_what_was_given() {
    let home = Home::new();
    let created = home
        .jeton(&[
            "profile",
            "create",
            "p",
            "--tenant",
            "t",
            "--client-id",
            "c",
            "--client-secret-from",
            "command:op read x",
            "--scope",
            "graph,graph/.default",
            "-s",
            "graph",
            "-f",
            "client-credentials",
            "--cloud",
            "AzureUSGovernment",
            "--authority-host",
            "https://login.microsoftonline.us",
            "--endpoint",
            "v1",
            "--background",
            "false",
            "--ignore-env",
            "--aws-role-arn",
            "arn:aws:iam::123456789012:role/r",
            "--aws-region",
            "eu-west-1",
            "--aws-session-name",
            "me",
            "--aws-duration",
            "15m",
            "--aws-endpoint",
            "https://sts.example",
        ])
        .run()
        .ok();
    assert_eq!(created.stdout, "");
    assert_eq!(created.stderr, format!("jeton: wrote profile \"p\" to {}\n", file(&home).display()));
    assert_eq!(
        stored(&home),
        json!({"version": 1, "profiles": {"p": {
            "scopes": ["graph", "graph/.default"], "tenant": "t", "client_id": "c",
            "client_secret": "command:op read x", "flow": "client-credentials", "cloud": "AzureUSGovernment",
            "authority_host": "https://login.microsoftonline.us", "endpoint": "v1", "ignore_environment": true,
            "aws_role_arn": "arn:aws:iam::123456789012:role/r", "aws_region": "eu-west-1", "aws_session_name": "me",
            "aws_duration": "15m", "aws_endpoint": "https://sts.example", "background": false}}})
    );
    let silent = home.jeton(&["config", "create", "q", "--resource", "arm", "--silent"]).run().ok();
    assert_eq!((silent.stdout.as_str(), silent.stderr.as_str()), ("", ""));
}

#[test]
fn values_that_would_be_refused_later_are_refused_at_once_and_nothing_is_written() {
    for (args, code, lists) in [
        (&["--cloud", "moon"][..], 4, "public, usgov, china"),
        (&["--flow", "magic"][..], 4, "client-credentials"),
        (&["--endpoint", "v3"][..], 4, "v1, v2"),
        (&["--tenant", "a/b"][..], 4, "contoso.onmicrosoft.com"),
        (&["--client-secret-from", "env:S", "--tenant", "common"][..], 4, "the app is in"),
        (&["--authority-host", "http://login.example"][..], 4, "https"),
        (&["--client-secret-from", "hunter2"][..], 4, "env:NAME, file:PATH"),
        (&["--certificate", "/c.pem", "--scope", "User.Read"][..], 2, "--resource"),
        (&["--scope", "graph arm"][..], 2, "one token each"),
        (&["--scope", "graph", "--cloud", "delos"][..], 2, "--resource"),
        (&["--aws-role-arn", "role"][..], 4, "arn:aws:iam::"),
        (&["--aws-region", "eu west"][..], 4, "eu-central-1"),
        (&["--aws-session-name", "x"][..], 4, "2 to 64"),
        (&["--aws-duration", "13h"][..], 4, "15m to 12h"),
        (&["--aws-endpoint", "http://sts.example"][..], 4, "https"),
        (&["--background", "maybe"][..], 2, "true, false"),
    ] {
        let home = Home::new();
        let refused = home.jeton(&[&["profile", "create", "p"], args].concat()).run().fails(code);
        assert!(refused.stderr.contains(lists), "{args:?}: {}", refused.stderr);
        assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
        assert!(!file(&home).exists(), "{args:?}");

        let home = two();
        let before = std::fs::read_to_string(file(&home)).expect("profiles.json");
        home.jeton(&[&["profile", "edit", "one"], args].concat()).run().fails(code);
        assert_eq!(std::fs::read_to_string(file(&home)).expect("profiles.json"), before, "{args:?}");
    }
}

#[test]
fn a_name_that_can_not_be_one_is_refused() {
    let home = Home::new();
    for name in ["", "a b", "a/b", "a\"", "\u{1b}"] {
        home.jeton(&["profile", "create", name, "--tenant", "t"]).run().fails(2);
    }
    assert!(!file(&home).exists());
}

#[test]
fn without_a_terminal_the_scriptable_form_is_shown() {
    let home = two();
    let create = home.jeton(&["profile", "create", "p"]).stdin("t\nc\n").run().fails(2);
    assert!(create.stderr.contains("jeton profile create p --tenant"), "{}", create.stderr);
    let edit = home.jeton(&["profile", "edit", "one"]).run().fails(2);
    assert!(edit.stderr.contains("jeton profile edit one --tenant"), "{}", edit.stderr);
    let delete = home.jeton(&["profile", "delete", "one"]).stdin("y\n").run().fails(2);
    assert!(delete.stderr.contains("jeton profile delete one --yes"), "{}", delete.stderr);
    assert_eq!(stored(&home)["profiles"].as_object().expect("profiles").len(), 2);
}

#[test]
fn an_existing_profile_is_replaced_only_on_demand() {
    let home = two();
    let refused = home.jeton(&["profile", "create", "one", "--tenant", "new"]).run().fails(4);
    assert!(
        refused.stderr.contains("jeton profile edit one") && refused.stderr.contains("--replace"),
        "{}",
        refused.stderr
    );
    home.jeton(&["profile", "create", "one", "--tenant", "new", "--replace"]).run().ok();
    assert_eq!(stored(&home)["profiles"]["one"], json!({"tenant": "new"}));
    assert_eq!(stored(&home)["later"], json!({"x": 1}));
}

#[test]
fn an_edit_changes_what_it_names_and_keeps_the_rest_and_its_order() {
    let home = two();
    home.jeton(&["profile", "edit", "one", "--tenant", "t9", "--unset", "scopes", "--background", "true"]).run().ok();
    let text: String = std::fs::read_to_string(file(&home)).expect("profiles.json").split_whitespace().collect();
    assert!(
        text.starts_with(
            r#"{"version":1,"later":{"x":1},"profiles":{"one":{"tenant":"t9","color":"red","client_id":"c1","client_secret":"env:ONE","background":true},"two":"#
        ),
        "{text}"
    );
    // An unknown field goes only where there is one.
    home.jeton(&["profile", "edit", "one", "--unset", "color"]).run().ok();
    let refused = home.jeton(&["profile", "edit", "one", "--unset", "color"]).run().fails(2);
    assert!(refused.stderr.contains("tenant, client_id, client_secret, scopes"), "{}", refused.stderr);
    home.jeton(&["profile", "edit", "one", "--unset", "tenant", "--tenant", "x"]).run().fails(2);
    let missing = home.jeton(&["profile", "edit", "three", "--tenant", "x"]).run().fails(4);
    assert!(missing.stderr.contains("one, two"), "{}", missing.stderr);
    let same = home.jeton(&["profile", "edit", "one", "--tenant", "t9"]).run().ok();
    assert!(!same.stderr.contains("wrote"), "{}", same.stderr);
}

#[test]
fn one_wrong_field_does_not_keep_another_from_being_mended() {
    let home = Home::new();
    home.profiles(r#"{"version":1,"profiles":{"p":{"cloud":"moon","scopes":["User.Read"]}}}"#);
    home.jeton(&["profile", "edit", "p", "--client-secret-from", "env:S"]).run().ok();
    home.jeton(&["profile", "edit", "p", "--cloud", "usgov"]).run().ok();
    assert_eq!(stored(&home)["profiles"]["p"]["cloud"], "usgov");
}

#[test]
fn profiles_are_listed_in_columns_and_as_json() {
    let home = two();
    let listed = home.jeton(&["profile", "list"]).run().ok();
    assert_eq!(
        listed.stdout,
        "NAME  FLOW                TENANT  CLIENT  FOR\n\
         one   client-credentials  t1      c1      graph\n\
         two   ClientCredentials   t2      -       api://two\n"
    );
    assert_eq!(listed.stderr, "");
    assert_eq!(
        home.jeton(&["profile", "list", "--json"]).run().ok().json(),
        json!([
            {"name": "one", "flow": "client-credentials", "tenant": "t1", "client_id": "c1", "scopes": ["graph"],
             "resource": null},
            {"name": "two", "flow": "ClientCredentials", "tenant": "t2", "client_id": null, "scopes": [],
             "resource": "api://two"},
        ])
    );
}

#[test]
fn an_empty_list_is_no_failure() {
    let home = Home::new();
    let listed = home.jeton(&["profile", "list"]).run().ok();
    assert_eq!(listed.stdout, "");
    assert!(listed.stderr.contains("no profiles"), "{}", listed.stderr);
    let json = home.jeton(&["profile", "list", "--json", "--silent"]).run().ok();
    assert_eq!((json.stdout.as_str(), json.stderr.as_str()), ("[]\n", ""));
    assert!(!home.config_dir().exists());
}

#[test]
fn foreign_text_can_not_drive_the_terminal() {
    let home = Home::new();
    home.profiles(
        r#"{"version":1,"profiles":{"a\u001b[2J\nb\u202e":{"tenant":"t\u009b2J","endpoint":"v2\r","x\u001b":1}}}"#,
    );
    let plain = |text: &str| text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}'));
    let name = "a\u{1b}[2J\nb\u{202e}";
    for args in [&["list"][..], &["list", "--json"], &["show", name], &["show", name, "--json"], &["export"]] {
        let shown = home.jeton(&[&["profile"], args].concat()).run().ok();
        assert!(plain(&shown.stdout) && plain(&shown.stderr), "{args:?}: {shown:?}");
    }
    assert_eq!(home.jeton(&["profile", "list"]).run().ok().stdout.lines().count(), 2);
    assert_eq!(home.jeton(&["profile", "list", "--json"]).run().ok().json()[0]["name"], name);
}

#[test]
fn show_tells_each_origin() {
    let home = two();
    let run = |args: &[&str]| home.jeton(args).env("AZURE_CLIENT_ID", "c-env").env("JETON_CLOUD", "usgov");
    let shown = run(&["profile", "show", "one", "--tenant", "t-flag", "--json"]).run().ok();
    let settings = shown.json()["settings"].clone();
    assert_eq!(shown.json()["profile"], "one");
    let of = |field: &str| settings.as_array().expect("rows").iter().find(|row| row["field"] == field).cloned();
    for (field, value, origin) in [
        ("tenant", "t-flag", "flag --tenant"),
        ("client_id", "c-env", "environment AZURE_CLIENT_ID"),
        ("cloud", "usgov", "environment JETON_CLOUD"),
        ("scopes", "graph", "profile"),
        ("flow", "client-credentials", "built-in"),
    ] {
        assert_eq!(of(field), Some(json!({"field": field, "value": value, "origin": origin})));
    }
    assert_eq!(of("color"), Some(json!({"field": "color", "value": null, "origin": "profile", "known": false})));
    assert_eq!(of("resource"), None);

    let table = run(&["profile", "show", "-p", "one"]).run().ok().stdout;
    assert!(table.starts_with("FIELD "), "{table}");
    let line = |start: &str| table.lines().find(|line| line.starts_with(start)).expect(start).to_owned();
    let words = |start: &str| line(start).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words("tenant "), "tenant t1 profile");
    assert_eq!(words("client_id "), "client_id c-env environment AZURE_CLIENT_ID");
    assert_eq!(words("color "), "color (not shown) profile (not known to this version)");

    // JETON_PROFILE, and no profile at all.
    let named = home.jeton(&["profile", "show", "--json"]).env("JETON_PROFILE", "two").run().ok();
    assert_eq!(named.json()["profile"], "two");
    let bare = run(&["profile", "show", "--json"]).run().ok();
    assert_eq!(bare.json()["profile"], Value::Null);
    let missing = home.jeton(&["profile", "show", "three"]).run().fails(4);
    assert!(missing.stderr.contains("one, two"), "{}", missing.stderr);
}

#[test]
fn show_says_whether_a_secret_is_there_and_never_what_it_is() {
    let home = Home::new();
    let path = home.path("secret");
    let mark = home.path("ran");
    let source = |source: &str| {
        home.jeton(&["profile", "create", "p", "--replace", "--client-secret-from", source]).run().ok();
        let show = |json: &[&str]| {
            home.jeton(&[&["profile", "show", "p"], json].concat()).env("MINE", "hunter2").stdin("hunter2\n").run().ok()
        };
        let (table, json) = (show(&[]), show(&["--json"]));
        assert!(!table.stdout.contains("hunter2") && !json.stdout.contains("hunter2"));
        let rows = json.json()["settings"].clone();
        let row = rows.as_array().expect("rows").iter().find(|row| row["field"] == "client_secret").cloned();
        row.expect("client_secret")["state"].clone()
    };
    assert_eq!(source("env:MINE"), "set");
    assert_eq!(source("env:OTHER"), "not set");
    let from_file = format!("file:{}", path.display());
    assert_eq!(source(&from_file), "missing");
    std::fs::write(&path, "hunter2").expect("a file");
    assert_eq!(source(&from_file), "exists");
    assert_eq!(source(&format!("command:touch {}", mark.display())), Value::Null);
    assert!(!mark.exists());
    assert_eq!(source("stdin"), Value::Null);

    // Somebody put the secret itself into the file.
    home.profiles(r#"{"version":1,"profiles":{"p":{"client_secret":"hunter2"}}}"#);
    for args in [&["show", "p"][..], &["show", "p", "--json"], &["list"], &["list", "--json"]] {
        let shown = home.jeton(&[&["profile"], args].concat()).run().ok();
        assert!(!format!("{shown:?}").contains("hunter2"), "{args:?}");
    }
    let export = home.jeton(&["profile", "export"]).run().fails(4);
    assert!(!export.stderr.contains("hunter2"), "{}", export.stderr);
}

#[test]
fn a_profile_is_deleted_and_a_missing_one_is_no_success() {
    let home = two();
    let missing = home.jeton(&["profile", "delete", "three", "--yes"]).run().fails(4);
    assert!(missing.stderr.contains("one, two"), "{}", missing.stderr);
    let deleted = home.jeton(&["profile", "delete", "one", "--yes"]).run().ok();
    assert_eq!(deleted.stdout, "");
    assert!(deleted.stderr.contains("deleted profile \"one\""), "{}", deleted.stderr);
    assert_eq!(stored(&home)["profiles"].as_object().expect("profiles").keys().collect::<Vec<_>>(), ["two"]);
    assert_eq!(stored(&home)["later"], json!({"x": 1}));
}

#[test]
fn a_renamed_profile_stays_in_its_place() {
    let home = two();
    home.jeton(&["profile", "rename", "one", "first"]).run().ok();
    let after = stored(&home);
    assert_eq!(after["profiles"].as_object().expect("profiles").keys().collect::<Vec<_>>(), ["first", "two"]);
    assert_eq!(after["profiles"]["first"]["color"], "red");
    home.jeton(&["profile", "rename", "first", "two"]).run().fails(4);
    home.jeton(&["profile", "rename", "one", "three"]).run().fails(4);
    home.jeton(&["profile", "rename", "first", "a b"]).run().fails(2);
    assert_eq!(stored(&home), after);
}

#[test]
fn an_export_can_be_imported_elsewhere() {
    let home = two();
    let all = home.jeton(&["profile", "export"]).run().ok();
    assert_eq!(all.stderr, "");
    assert_eq!(all.json(), json!({"version": 1, "profiles": stored(&home)["profiles"]}));
    let one = home.jeton(&["profile", "export", "two"]).run().ok().json();
    assert_eq!(one["profiles"].as_object().expect("profiles").keys().collect::<Vec<_>>(), ["two"]);
    home.jeton(&["profile", "export", "two", "three"]).run().fails(4);

    let path = home.path("out.json");
    let path = path.to_str().expect("UTF-8");
    let told = home.jeton(&["profile", "export", "--out-file", path]).run().ok();
    assert_eq!(told.stdout, "");
    assert!(told.stderr.contains("2 profiles"), "{}", told.stderr);
    assert_eq!(std::fs::read_to_string(path).expect("the export"), all.stdout);

    let other = Home::new();
    let imported = other.jeton(&["profile", "import", path]).run().ok();
    assert_eq!(imported.stdout, "");
    assert!(imported.stderr.contains("imported 2 profiles"), "{}", imported.stderr);
    assert_eq!(stored(&other)["profiles"], stored(&home)["profiles"]);
    let third = Home::new();
    third.jeton(&["profile", "import", "-"]).stdin(&all.stdout).run().ok();
    assert_eq!(stored(&third), stored(&other));
}

#[test]
fn an_import_is_whole_or_not_at_all() {
    let home = two();
    let before = stored(&home);
    let text = r#"{"version":1,"profiles":{"new":{"tenant":"n"},"two":{"tenant":"x"}}}"#;
    let path = write(&home.path("in.json"), text);
    let refused = home.jeton(&["profile", "import", &path]).run().fails(4);
    assert!(refused.stderr.contains("two") && refused.stderr.contains("--replace"), "{}", refused.stderr);
    assert_eq!(stored(&home), before);
    home.jeton(&["profile", "import", &path, "--dry-run"]).run().fails(4);
    let dry = home.jeton(&["profile", "import", &path, "--dry-run", "--replace"]).run().ok();
    assert!(dry.stderr.contains("would import 2 profiles"), "{}", dry.stderr);
    assert_eq!(stored(&home), before);
    home.jeton(&["profile", "import", &path, "--replace"]).run().ok();
    assert_eq!(stored(&home)["profiles"]["two"], json!({"tenant": "x"}));
    assert_eq!(stored(&home)["profiles"]["one"], before["profiles"]["one"]);

    // One name for one profile.
    home.jeton(&["profile", "import", &path, "--name", "n"]).run().fails(2);
    let single = write(&home.path("single.json"), r#"{"version":1,"profiles":{"bad name":{"tenant":"s"}}}"#);
    home.jeton(&["profile", "import", &single]).run().fails(2);
    home.jeton(&["profile", "import", &single, "--name", "good", "--silent"]).run().ok();
    assert_eq!(stored(&home)["profiles"]["good"], json!({"tenant": "s"}));

    // One wrong profile among right ones.
    let wrong = write(&home.path("wrong.json"), r#"{"version":1,"profiles":{"fine":{},"odd":{"cloud":"moon"}}}"#);
    let refused = home.jeton(&["profile", "import", &wrong]).run().fails(4);
    assert!(refused.stderr.contains("odd") && refused.stderr.contains("public, usgov"), "{}", refused.stderr);
    assert_eq!(stored(&home)["profiles"].get("fine"), None);
}

#[test]
fn the_profiles_of_entratool_are_imported_in_both_shapes() {
    let home = Home::new();
    let array = write(
        &home.path("array.json"),
        r#"[{"name":"my app","tenantId":"t","clientId":"c","scopes":["https://graph.microsoft.com/.default"],
             "authMethod":"ClientSecret","defaultFlow":"ClientCredentials","cacheCertificatePassword":false,
             "createdAt":"2024-01-01T00:00:00Z"},
            {"name":"person","tenantId":"t","clientId":"c","scopes":["User.Read"],"authMethod":"Certificate",
             "certificatePath":"/k.pfx","redirectUri":"http://localhost","defaultFlow":"InteractiveBrowser"}]"#,
    );
    let imported = home.jeton(&["profile", "import", &array]).run().ok();
    let lines: Vec<_> = imported.stderr.lines().collect();
    let has = |parts: &[&str]| assert!(lines.iter().any(|l| parts.iter().all(|part| l.contains(part))), "{lines:#?}");
    has(&["\"my app\"", "\"my-app\""]);
    has(&["my-app", "jeton profile edit my-app --client-secret-from"]);
    // A person's flow, with what it needs.
    assert_eq!(
        stored(&home)["profiles"]["person"],
        json!({"tenant": "t", "client_id": "c", "scopes": ["User.Read"], "flow": "interactive-browser",
               "certificate": "/k.pfx", "redirect_uri": "http://localhost"})
    );
    has(&["imported 2 profiles"]);
    assert_eq!(
        stored(&home)["profiles"]["my-app"],
        json!({"tenant": "t", "client_id": "c", "scopes": ["https://graph.microsoft.com/.default"],
               "flow": "client-credentials"})
    );
    // The command that was named works.
    for name in ["my-app", "person"] {
        home.jeton(&["profile", "edit", name, "--client-secret-from", "env:S"]).run().ok();
    }

    let object = write(
        &home.path("object.json"),
        r#"{"profiles":[{"name":"old","tenantId":"t","clientId":"c","scope":"graph","flow":"DeviceCode",
             "useClientSecret":true,"authority":"https://login.microsoftonline.us/t"}]}"#,
    );
    let imported = home.jeton(&["profile", "import", &object, "--name", "renamed"]).run().ok();
    assert!(imported.stderr.contains("edit renamed --client-secret-from"), "{}", imported.stderr);
    assert_eq!(
        stored(&home)["profiles"]["renamed"],
        json!({"tenant": "t", "client_id": "c", "scopes": ["graph"], "flow": "device-code",
               "authority_host": "https://login.microsoftonline.us"})
    );
}

#[test]
fn a_command_that_comes_with_an_import_is_shown() {
    let home = Home::new();
    let text = r#"{"version":1,"profiles":{"p":{"client_secret":"command:touch ran"}}}"#;
    let imported = home.jeton(&["profile", "import", "-"]).stdin(text).run().ok();
    assert!(imported.stderr.contains("touch ran"), "{}", imported.stderr);
    assert!(!home.path("ran").exists());
}

#[test]
fn what_can_not_be_imported_is_told_with_its_place() {
    let home = two();
    let before = stored(&home);
    let encrypted = "bG9uZw==".repeat(30);
    for (text, says) in [
        ("[\n{\"name\":\"a\",}]", "line 2 column 13"),
        ("", "line 1 column 0"),
        ("[{\"name\":\"a\"},\n{\"name\":\"b\",\"tenantId\":[]}]", "line 2 column"),
        ("{\"a\":1}", "version"),
        ("{\"version\":9,\"profiles\":{}}", "version 9"),
        (encrypted.as_str(), "encrypted export of entratool"),
    ] {
        let refused = home.jeton(&["profile", "import", "-"]).stdin(text).run().fails(4);
        assert!(refused.stderr.contains(says), "{text}: {}", refused.stderr);
    }
    home.jeton(&["profile", "import", "nowhere.json"]).run().fails(4);
    let large = write(&home.path("large.json"), &" ".repeat((16 << 20) + 1));
    let refused = home.jeton(&["profile", "import", &large]).run().fails(4);
    assert!(refused.stderr.contains("16 MiB"), "{}", refused.stderr);
    assert_eq!(stored(&home), before);
}

#[test]
fn a_malformed_file_is_never_rewritten() {
    for (text, place) in
        [("{\"version\":1,\n\"profiles\":{\"a\":{},}}", "line 2 column"), ("", "line 1 column 0"), ("[]", "line 1")]
    {
        let home = Home::new();
        home.profiles(text);
        let import = write(&home.path("in.json"), r#"{"version":1,"profiles":{"n":{}}}"#);
        for args in [
            &["create", "a", "--tenant", "t", "--replace"][..],
            &["edit", "a", "--tenant", "t"],
            &["delete", "a", "--yes"],
            &["rename", "a", "b"],
            &["import", &import, "--replace"],
            &["list"],
            &["show", "a"],
            &["export"],
        ] {
            let refused = home.jeton(&[&["profile"], args].concat()).run().fails(4);
            assert!(refused.stderr.contains(place), "{args:?}: {}", refused.stderr);
            assert_eq!(std::fs::read_to_string(file(&home)).expect("profiles.json"), text, "{args:?}");
        }
    }
}

#[test]
fn a_folder_that_can_not_be_written_is_a_clear_error() {
    let home = Home::new();
    // Where a folder should be, there is a file: that stops even a privileged user.
    write(&home.config_dir(), "");
    let refused = home.jeton(&["profile", "create", "p", "--tenant", "t"]).run().fails(4);
    assert!(refused.stderr.contains("JETON_CONFIG_DIR"), "{}", refused.stderr);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let home = two();
        let mode =
            |mode| std::fs::set_permissions(home.config_dir(), std::fs::Permissions::from_mode(mode)).expect("chmod");
        mode(0o500);
        let probe = home.config_dir().join("probe");
        if std::fs::write(&probe, "").is_err() {
            let refused = home.jeton(&["profile", "create", "p", "--tenant", "t"]).run().fails(4);
            assert!(refused.stderr.contains("can't be written"), "{}", refused.stderr);
            // Reading needs no lock.
            home.jeton(&["profile", "list"]).run().ok();
        }
        mode(0o700);
        assert_eq!(stored(&home)["profiles"].as_object().expect("profiles").len(), 2);
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_a_link_to_it_stays_a_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.jeton(&["profile", "create", "p", "--tenant", "t"]).run().ok();
    let mode = |path: &Path| std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!((mode(&home.config_dir()), mode(&file(&home))), (0o700, 0o600));
    let elsewhere = home.path("dotfiles.json");
    std::fs::rename(file(&home), &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, file(&home)).expect("a link");
    home.jeton(&["profile", "edit", "p", "--tenant", "t2"]).run().ok();
    assert!(std::fs::symlink_metadata(file(&home)).expect("a link").is_symlink());
    assert_eq!(stored(&home)["profiles"]["p"]["tenant"], "t2");
}

#[test]
fn twenty_processes_that_write_at_once_all_succeed() {
    let home = Home::new();
    let children: Vec<_> = (0..20)
        .map(|n| home.jeton(&["profile", "create", &format!("p{n}"), "--tenant", &format!("t{n}")]).spawn())
        .collect();
    for child in children {
        finish(child).ok();
    }
    let profiles = stored(&home)["profiles"].clone();
    assert_eq!(profiles.as_object().expect("profiles").len(), 20);
    for n in 0..20 {
        assert_eq!(profiles[format!("p{n}")]["tenant"], format!("t{n}"));
    }
    let left: Vec<_> =
        std::fs::read_dir(home.config_dir()).expect("a folder").map(|f| f.expect("a file").file_name()).collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
}
