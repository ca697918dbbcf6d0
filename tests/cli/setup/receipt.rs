//! Asking, writing, and taking back.

use super::{home, read, setup, write};

const CONFIG: &str = "# mine\n[default]\nregion = eu-central-1\n";
const LINE: &str = "credential_process = jeton credential-process\n";

#[test]
fn nothing_is_changed_unasked() {
    let home = home();
    write(&home, ".aws/config", CONFIG);
    let said = setup(&home, "aws").run().fails(2);
    assert!(said.stderr.contains("+credential_process") && said.stderr.contains("--yes"), "{}", said.stderr);
    assert_eq!(read(&home, ".aws/config"), CONFIG);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks() {
    use std::io::Write as _;

    use crate::terminal::OnTerminal;

    let home = home();
    for (answer, code) in [("n\n", 1), ("y\n", 0)] {
        write(&home, ".aws/config", CONFIG);
        let mut terminal = OnTerminal::typed(setup(&home, "aws"), 80, 24);
        terminal.wait_for("[y/N]");
        terminal.keyboard.write_all(answer.as_bytes()).unwrap();
        let said = terminal.finish();
        assert_eq!(said.code, code, "{}", said.stderr);
        assert_eq!(read(&home, ".aws/config").contains(LINE), code == 0);
    }
}

#[test]
fn the_difference_is_shown_exactly() {
    let home = home();
    write(&home, ".aws/config", "[default]\naws_secret_access_key = hunter2\n");
    let path = home.path(".aws/config").display().to_string();
    let said = setup(&home, "aws --dry-run").run().ok();
    assert_eq!(
        said.stdout,
        format!("--- {path}\n+++ {path}\n@@ -1,2 +1,3 @@\n [default]\n aws_secret_access_key = ***\n+{LINE}")
    );
}

#[cfg(unix)]
#[test]
fn mode_link_and_backup_are_kept() {
    use std::os::unix::fs::PermissionsExt;

    let home = home();
    write(&home, "dotfiles/aws", CONFIG);
    std::fs::set_permissions(home.path("dotfiles/aws"), PermissionsExt::from_mode(0o640)).unwrap();
    std::fs::create_dir(home.path(".aws")).unwrap();
    std::os::unix::fs::symlink("../dotfiles/aws", home.path(".aws/config")).unwrap();
    write(&home, "dotfiles/aws.jeton-backup", "somebody's\n");
    setup(&home, "aws --yes").run().ok();
    assert!(home.path(".aws/config").symlink_metadata().unwrap().is_symlink());
    assert_eq!(read(&home, "dotfiles/aws"), format!("{CONFIG}{LINE}"));
    let mode = |name: &str| std::fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("dotfiles/aws"), 0o640);
    assert_eq!(read(&home, "dotfiles/aws.jeton-backup"), "somebody's\n");
    assert_eq!(
        (read(&home, "dotfiles/aws.jeton-backup-2"), mode("dotfiles/aws.jeton-backup-2")),
        (CONFIG.into(), 0o600)
    );
    // A second change keeps the first backup, and going back goes all the way.
    setup(&home, "aws -p aws --yes").run().ok();
    assert_eq!(read(&home, "dotfiles/aws.jeton-backup-2"), CONFIG);
    assert_eq!(mode("data/setup/aws.json"), 0o600);
    setup(&home, "aws --undo --yes").run().ok();
    assert_eq!(read(&home, "dotfiles/aws"), CONFIG);
    assert!(!home.path("data/setup/aws.json").exists());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;

    let home = home();
    setup(&home, "aws --yes").run().ok();
    assert_eq!(std::fs::metadata(home.path(".aws/config")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_others_wrote_since_stays() {
    let home = home();
    write(&home, ".aws/config", CONFIG);
    setup(&home, "aws --yes").run().ok();
    let changed = format!("{}output = json\n\n[profile new]\nregion = x\n", read(&home, ".aws/config"));
    write(&home, ".aws/config", &changed);
    setup(&home, "aws --undo --yes").run().ok();
    assert_eq!(read(&home, ".aws/config"), changed.replace(LINE, ""));
}

#[test]
fn a_section_of_ours_stays_while_others_use_it() {
    let home = home();
    setup(&home, "git --yes").run().ok();
    let ours = read(&home, ".gitconfig");
    write(&home, ".gitconfig", &format!("{ours}\tuseHttpPath = true\n"));
    let said = setup(&home, "git --undo --yes").run().ok();
    assert_eq!(read(&home, ".gitconfig"), "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n");
    assert!(said.stderr.contains("stays as it is"), "{}", said.stderr);
}

#[test]
fn an_entry_that_was_changed_by_hand_is_not_taken_back() {
    let home = home();
    write(&home, ".aws/config", CONFIG);
    setup(&home, "aws --yes").run().ok();
    let changed = format!("{CONFIG}credential_process = mine\n");
    write(&home, ".aws/config", &changed);
    let said = setup(&home, "aws --undo --yes").run().ok();
    assert!(said.stderr.contains("was changed since"), "{}", said.stderr);
    assert_eq!(read(&home, ".aws/config"), changed);
    assert!(setup(&home, "aws --undo --yes").run().fails(4).stderr.contains("nothing to undo"));
}

#[test]
fn a_file_that_another_tool_wrote_anew_loses_only_our_entry() {
    let home = home();
    write(&home, ".docker/config.json", "{\n  \"auths\": {}\n}\n");
    setup(&home, "docker --host a.azurecr.io --yes").run().ok();
    // As docker writes it after a login.
    write(
        &home,
        ".docker/config.json",
        "{\n\t\"auths\": {\n\t\t\"x\": {}\n\t},\n\t\"credHelpers\": {\n\t\t\"a.azurecr.io\": \"jeton\",\n\t\t\"b.example\": \"other\"\n\t}\n}",
    );
    setup(&home, "docker --undo --yes").run().ok();
    assert_eq!(
        read(&home, ".docker/config.json"),
        "{\n\t\"auths\": {\n\t\t\"x\": {}\n\t},\n\t\"credHelpers\": {\n\t\t\"b.example\": \"other\"\n\t}\n}"
    );
}

#[test]
fn windows_line_ends_and_the_mark_stay() {
    let home = home();
    write(&home, ".aws/config", "\u{feff}[default]\r\nregion = x\r\n");
    setup(&home, "aws --yes").run().ok();
    assert_eq!(read(&home, ".aws/config"), format!("\u{feff}[default]\r\nregion = x\r\n{}\r\n", LINE.trim_end()));
    write(&home, ".aws/config", "[default]\r\nregion = x\n");
    setup(&home, "aws --yes").run().fails(4);
}

#[test]
fn what_is_not_understood_is_left_alone() {
    let home = home();
    for (tool, file, text) in [
        ("aws", ".aws/config", "[default\nregion = x\n"),
        ("git", ".gitconfig", "[core] editor = vi\n"),
        ("docker --host a.azurecr.io", ".docker/config.json", "{\"credHelpers\": [],\n"),
        ("cargo", ".cargo/config.toml", "[registry]\nglobal-credential-providers = [\n \"a\" # why\n ]\n"),
    ] {
        write(&home, file, text);
        let said = setup(&home, &format!("{tool} --yes")).run().fails(4);
        assert!(said.stderr.contains(&home.path(file).display().to_string()), "{}", said.stderr);
        assert_eq!(read(&home, file), text);
    }
}
