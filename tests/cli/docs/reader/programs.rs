//! The programs on a reader's PATH: jeton with a log of its runs, what any system has, and stand-ins for the rest, which
//! only take what they get. One that has none is an error, so that nothing is passed over in silence.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use jeton_emulator::{CLIENT_SECRET, Emulator, TENANT};

/// A line when jeton starts (`start ARGUMENTS`) and when it ends (`end CODE ARGUMENTS`).
pub(super) const LOG: &str = ".runs";
/// What came to stderr.
pub(super) const SAID: &str = ".said";
/// What is read from standard input.
pub(super) const STDIN: &str = ".stdin";
/// The variables of the shell of the block before.
pub(super) const KEPT: &str = ".kept";

/// What is on every system, and neither talks to a network nor changes more than files.
const SYSTEM: &[&str] = &[
    "basename", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "false", "grep", "head",
    "hostname", "id", "install", "ln", "ls", "mkdir", "mktemp", "mv", "printf", "pwd", "readlink", "realpath", "rm",
    "rmdir", "sed", "sh", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc",
    "xargs",
];

/// Programs that pages speak of: each takes what it gets, and is done.
const TAKERS: &[&str] = &[
    "airflow",
    "apt-get",
    "bazel",
    "brew",
    "buildah",
    "cargo",
    "code",
    "colima",
    "crane",
    "crontab",
    "databricks",
    "dbt",
    "devcontainer",
    "docker",
    "dotnet",
    "gh",
    "glab",
    "go",
    "helm",
    "java",
    "jq",
    "kubectl",
    "mlflow",
    "my-long-job",
    "node",
    "npm",
    "openssl",
    "oras",
    "pip",
    "pipx",
    "pnpm",
    "podman",
    "poetry",
    "psql",
    "python",
    "python3",
    "skopeo",
    "snow",
    "ssh",
    "ssh-add",
    "sudo",
    "systemctl",
    "terraform",
    "tofu",
    "trino",
    "twine",
    "uv",
    "wsl",
    "wsl.exe",
    "yarn",
    "my-client",
    "my-program",
];

/// A home with these programs.
pub(super) fn home(emulator: &Emulator) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let home = dir.path();
    for folder in ["stand-ins", ".local/bin", "bin"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    emulator.write_ca(&home.join("ca.pem")).expect("a CA file");
    for name in SYSTEM {
        let known =
            ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(name)).into_iter().find(|path| path.exists());
        if let Some(path) = known {
            symlink(path, home.join("stand-ins").join(name)).expect("a link");
        }
    }
    let mut scripts = String::new();
    for (name, text) in scripts_of(home) {
        scripts.push_str(&format!(
            "cat > stand-ins/{name} <<'END'\n#!/bin/bash\n{text}\nEND\nchmod 755 stand-ins/{name}\n"
        ));
    }
    // The shell of the block before the first.
    std::fs::write(home.join(KEPT), "").expect("a file");
    for name in TAKERS {
        scripts.push_str(&format!("ln -s taker stand-ins/{name}\n"));
    }
    // By a child: see `developer_tools::program`.
    let mut shell = std::process::Command::new("/bin/sh");
    assert!(shell.args(["-ec", &scripts]).current_dir(home).status().expect("a shell").success());
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).expect("a folder of ours");
    dir
}

fn scripts_of(home: &Path) -> Vec<(&'static str, String)> {
    let home = home.display();
    let end = jeton::clock::now() + 3600;
    let token = "a-developers-token";
    vec![
        // Under whatever name it is called.
        (
            "jeton",
            format!(
                "printf 'start %s\\n' \"${{*//$'\\n'/ }}\" >> '{home}/{LOG}'\n\
                 (exec -a \"$0\" '{}' \"$@\")\n\
                 code=$?\n\
                 printf 'end %s %s\\n' $code \"${{*//$'\\n'/ }}\" >> '{home}/{LOG}'\n\
                 exit $code",
                env!("CARGO_BIN_EXE_jeton")
            ),
        ),
        ("taker", "[ -t 0 ] || cat >/dev/null".to_owned()),
        // The address that a sign-in shows; a person takes it from there.
        ("browser", "f=$(mktemp \"$JETON_TEST_BROWSER/XXXXXX\")\nprintf '%s' \"$1\" > \"$f\"\nmv \"$f\" \"$f.url\"".to_owned()),
        // A secret manager.
        ("op", format!("echo '{CLIENT_SECRET}'")),
        // The token of the machine that it runs on.
        ("gcloud", "cat ~/.pod-token".to_owned()),
        // A kubeconfig with a user of kubelogin's and one without any way to sign in.
        (
            "kubeconfig",
            "mkdir -p ~/.kube && cat > ~/.kube/config <<'YAML'\n\
             apiVersion: v1\n\
             kind: Config\n\
             clusters: []\n\
             contexts:\n\
             - name: dev-cluster\n\
             \x20 context:\n\
             \x20   cluster: dev\n\
             \x20   user: dev\n\
             users:\n\
             - name: old\n\
             \x20 user:\n\
             \x20   exec:\n\
             \x20     apiVersion: client.authentication.k8s.io/v1beta1\n\
             \x20     command: kubelogin\n\
             \x20     args:\n\
             \x20     - get-token\n\
             \x20     - --login\n\
             \x20     - azurecli\n\
             \x20     - --server-id\n\
             \x20     - 6dae42f8-4368-4678-94ff-3960e28e3630\n\
             - name: dev\n\
             \x20 user: {}\n\
             YAML"
                .to_owned(),
        ),
        ("vault", format!("echo '{CLIENT_SECRET}'")),
        ("pass", format!("echo '{CLIENT_SECRET}'")),
        // Its own settings are real, other hosts are not.
        ("git", "case $1 in config) [ ! -x /usr/bin/git ] || exec /usr/bin/git \"$@\" ;; esac".to_owned()),
        // Where headers are to come by a file, there has to be one in it.
        (
            "curl",
            "while [ $# -gt 0 ]; do\n\
               case $1 in -K | --config) grep -q '^header = \"Authorization: Bearer .' \"${2/#-//dev/stdin}\" || exit 1; shift ;; esac\n\
               shift\n\
             done"
                .to_owned(),
        ),
        (
            "az",
            format!(
                "case \"$*\" in *get-access-token*) echo '{{\"accessToken\": \"{token}\", \"expiresOn\": \"2001-01-01 00:00:00.000000\", \
                 \"expires_on\": {end}, \"subscription\": \"00000000-0000-0000-0000-000000000001\", \"tenant\": \"{TENANT}\", \
                 \"tokenType\": \"Bearer\"}}' ;; esac"
            ),
        ),
        (
            "azd",
            format!(
                "case \"$*\" in *auth\\ token*) echo '{{\"token\": \"{token}\", \"expiresOn\": \"2099-01-01T00:00:00Z\"}}' ;; esac"
            ),
        ),
    ]
}
