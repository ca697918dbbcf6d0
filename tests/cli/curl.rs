//! `jeton curl`: the real curl, which gets the token by a pipe, and only at hosts that it is for.

use jeton_emulator::Emulator;

use crate::expect::assert_says;
use crate::support::{Home, Output, Run};

/// A home whose profile `work` is for the emulator's Kubernetes.
fn home(emulator: &Emulator) -> Home {
    let home = Home::at(emulator);
    let host = emulator.url().trim_start_matches("https://");
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"work":{{"resource":"aks","hosts":["{host}/api"]}},"arm":{{"resource":"arm"}},
            "other":{{"resource":"aks","hosts":["other.example"]}}}}}}"#
    ));
    home
}

fn curl(home: &Home, args: &[&str]) -> Run {
    let ca = home.path("ca.pem").display().to_string();
    home.jeton(&[&["curl", "-sS", "--cacert", &ca], args].concat())
}

fn status(run: Output) -> String {
    run.quiet().stdout
}

#[test]
fn the_token_goes_to_the_profiles_host_and_into_no_argument() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let url = format!("{}/api/v1/namespaces", emulator.url());
    let code = ["-o", "/dev/null", "-w", "%{http_code}"];
    assert_eq!(status(curl(&home, &[&[url.as_str()], &code[..]].concat()).run()), "200");
    let request = emulator.requests().pop().expect("a request");
    let token = home.jeton(&["token", "-p", "work"]).run().ok();
    assert_eq!(request.header("authorization"), Some(format!("Bearer {}", token.line()).as_str()));
    // What is read from standard input is the caller's.
    let run =
        curl(&home, &["--profile", "work", "-X", "GET", "-d", "@-", "-w", "%{size_upload}", "-o", "/dev/null", &url]);
    assert_eq!(status(run.stdin("12345").run()), "5");
    // curl's own exit code.
    assert_eq!(curl(&home, &["-f", &format!("{}/api/none", emulator.url())]).run().code, 22);
}

#[test]
fn no_other_host_gets_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let url = format!("{}/api/v1/namespaces", emulator.url());
    for (args, says) in [
        (&["https://evil.example/"][..], "evil.example"),
        (&[&url, "https://evil.example/"], "evil.example"),
        (&[&url, "https://other.example/"], "other.example"),
        (&["https://other.example/", &url], "localhost"),
        (&["--profile", "other", &url], "localhost"),
        (&[emulator.url()], "localhost"),
        (&["--profile", "arm", "https://management.azure.com.evil.example/"], "evil.example"),
        (&["--profile", "arm", "https://management.azure.com:444/"], "management.azure.com"),
    ] {
        assert_says(&curl(&home, args).run().refusal(4), &[says]);
    }
    for args in [&["-k", &url][..], &["--location-trusted", &url], &["-K", "x", &url], &["http://localhost/"], &["-s"]]
    {
        curl(&home, args).run().refusal(2);
    }
    assert_eq!(emulator.requests().len(), 0);
}

#[test]
fn a_service_that_the_token_is_for_by_itself_gets_it() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    // (Sent to the emulator, which is not of that name: curl says so before it sends anything.)
    let to = format!("management.azure.com:443:{}", emulator.url().trim_start_matches("https://"));
    let run = curl(&home, &["--profile", "arm", "--connect-to", &to, "https://management.azure.com/subscriptions"]);
    let output = run.run();
    assert_eq!(output.code, 60, "{}", output.stderr);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn curlrc_does_not_make_it_careless() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    std::fs::write(home.path(".curlrc"), "insecure\nlocation-trusted\n").expect("a file");
    let url = format!("{}/api/v1/namespaces", emulator.url());
    // (The authority of the emulator is not among the system's.)
    assert_eq!(home.jeton(&["curl", "-sS", &url]).run().code, 60);
}

#[test]
fn curl_has_to_be_there() {
    let emulator = Emulator::start();
    let home = home(&emulator);
    let run = curl(&home, &[&format!("{}/api", emulator.url())]).env("PATH", home.path("empty"));
    let output = run.run();
    assert_eq!(output.code, 127);
    assert_says(&output.stderr, &["curl: not found", "PATH"]);
}
