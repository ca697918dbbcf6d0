//! `jeton shim`.

use super::{PROGRAM, script};
use crate::expect::assert_says;
use crate::support::Home;

/// A home with a folder `bin`, which is all of PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.set("PATH", home.path("bin"));
    home
}

fn shim(home: &Home, line: &str) -> crate::support::Output {
    let dir = home.path("bin");
    let mut words = vec!["shim"];
    words.extend(line.split_whitespace());
    if !line.starts_with("list") {
        words.extend(["--dir", dir.to_str().expect("a path")]);
    }
    home.jeton(&words).run()
}

#[test]
fn links_are_made_shown_and_removed() {
    let home = home();
    let (az, azd) = (home.path("bin/az"), home.path("bin/azd"));
    let output = shim(&home, "install az azd --dry-run").ok();
    assert_says(&output.stderr, &["would link"]);
    assert!(!home.path("bin").exists());

    let output = shim(&home, "install az azd").ok();
    assert_eq!(output.stdout, "");
    assert_says(&output.stderr, &["linked", &az.display().to_string(), &azd.display().to_string()]);
    assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    let program = std::fs::canonicalize(PROGRAM).expect("a program");
    assert_eq!(std::fs::read_link(&az).expect("a link"), program);
    assert_eq!(home.run_as(&az, &["version"]).run().ok().json()["azure-cli"], "2.91.0");
    // Once more changes nothing.
    assert_says(&shim(&home, "install az").ok().stderr, &["is jeton already"]);

    let rows = shim(&home, "list --json").quiet().json();
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&rows[0]["name"], &rows[0]["program"], &rows[0]["first"]),
        (&"az".into(), &"jeton".into(), &true.into())
    );
    assert_says(&shim(&home, "list").quiet().stdout, &["NAME", "az", "azd", "jeton"]);

    shim(&home, "remove az --dry-run").ok();
    assert!(az.exists());
    assert_says(&shim(&home, "remove az azd").ok().stderr, &["removed"]);
    assert!(!az.exists() && !azd.exists());
    assert_says(&shim(&home, "list").ok().stderr, &["no az"]);
    assert_says(&shim(&home, "remove az").refusal(4), &["is not there"]);
}

#[test]
fn what_is_not_jetons_is_left_as_it_is() {
    let home = home();
    script(&home.path("bin/azd"), "echo real");
    assert_says(&shim(&home, "install az azd").refusal(4), &["bin/azd is there already", "--dir"]);
    // Nothing was done by halves.
    assert!(!home.path("bin/az").exists());
    assert_says(&shim(&home, "remove azd").refusal(4), &["is not jeton's"]);
    assert_eq!(std::fs::read_to_string(home.path("bin/azd")).expect("a file"), "#!/bin/sh\necho real\n");
    assert_says(&shim(&home, "install terraform").refusal(2), &["does not stand in for", "az, azd"]);
}

#[test]
fn an_older_jeton_is_replaced() {
    let home = home();
    std::fs::create_dir(home.path("bin")).expect("a folder");
    let mut content = std::fs::read(PROGRAM).expect("a file");
    content.extend_from_slice(b"an older build");
    std::fs::write(home.path("bin/az"), content).expect("a file");
    std::os::unix::fs::symlink("/nonexistent/jeton", home.path("bin/azd")).expect("a link");
    shim(&home, "install az azd").ok();
    for name in ["bin/az", "bin/azd"] {
        assert_eq!(
            std::fs::canonicalize(home.path(name)).expect("a link"),
            std::fs::canonicalize(PROGRAM).expect("it")
        );
    }
}

#[test]
fn a_folder_that_is_not_first_on_path_is_told() {
    let mut home = home();
    script(&home.path("real/az"), "echo real");
    home.set("PATH", format!("{}:{}", home.path("real").display(), home.path("bin").display()));
    let stderr = shim(&home, "install az").ok().stderr;
    assert_says(&stderr, &["warning: ", "real/az comes first on PATH"]);
    let rows = shim(&home, "list --json").quiet().json();
    assert_eq!((&rows[0]["program"], &rows[0]["first"]), (&"foreign".into(), &true.into()));
    assert_eq!((&rows[1]["program"], &rows[1]["first"]), (&"jeton".into(), &false.into()));
    home.set("PATH", home.path("real"));
    assert_says(&shim(&home, "install azd").ok().stderr, &["bin is not on PATH"]);
    assert_eq!(shim(&home, "install azd --silent").quiet().stdout, "");
}
