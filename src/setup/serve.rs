//! `jeton serve` as a service of the user: units of systemd, or an agent of launchd.

use std::path::{Path, PathBuf};

use super::format::Format;
use super::{Draft, Plan, Program, place};
use crate::error::{Error, Result};
use crate::platform::{self, ServiceManager};
use crate::serve::Address;

const NAME: &str = "jeton-serve";

/// A service that is called with `arguments` and listens at `address`. What it prints at its start are the clients'
/// secrets, so that goes nowhere; the access log is on stderr, where the journal takes it from.
pub(crate) fn plan(program: &Program, arguments: &[String], address: &Address) -> Result<Plan> {
    if let Address::Unix(path) = address
        && !path.is_absolute()
    {
        return Err(Error::usage(format!("{} is not an absolute path", path.display()))
            .hint("give one: --listen unix:/run/user/1000/jeton.sock"));
    }
    let mut words = vec![text(program.path())?];
    words.extend_from_slice(arguments);
    let mut plan = Plan::default();
    let shown: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match platform::SERVICES {
        Some(ServiceManager::Systemd) => {
            let folder = place::systemd()?;
            write(&mut plan, folder.join(format!("{NAME}.service")), &service(&words))?;
            write(&mut plan, folder.join(format!("{NAME}.socket")), &socket(address))?;
            plan.notes.push(format!(
                "to start it: systemctl --user daemon-reload && systemctl --user enable --now {NAME}.socket"
            ));
        }
        Some(ServiceManager::Launchd) => {
            let home = place::home()?;
            let file = home.join("Library").join("LaunchAgents").join(format!("{NAME}.plist"));
            words.extend(["--log".to_owned(), text(&home.join("Library").join("Logs").join(format!("{NAME}.log")))?]);
            write(&mut plan, file.clone(), &agent(&words))?;
            plan.notes.push(format!("to start it: launchctl bootstrap gui/$(id -u) {}", file.display()));
        }
        None => {
            return Err(Error::configuration("there is no systemd or launchd here")
                .hint("start it with your session: jeton serve ..."));
        }
    }
    plan.notes.push(format!("what clients are told: {} --show", program.line(&shown)));
    Ok(plan)
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.map(str::to_owned).ok_or_else(|| {
        Error::configuration(format!("{} can't stand in a unit", path.display())).hint("put jeton into another folder")
    })
}

fn write(plan: &mut Plan, file: PathBuf, text: &str) -> Result<()> {
    let mut draft = Draft::open(&file, Format::Whole)?;
    draft.set(&[], Some(text))?;
    plan.drafts.push(draft);
    Ok(())
}

/// systemd.service(5); the socket starts it.
fn service(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!(
        "# Made by jeton setup serve; taken back by jeton setup serve --undo.\n[Unit]\n\
         Description=Tokens for tools that ask over HTTP (jeton serve)\n\n[Service]\nExecStart={}\n\
         StandardOutput=null\nRestart=on-failure\nRestartSec=5\nNoNewPrivileges=true\n",
        words.join(" ")
    )
}

/// systemd.socket(5).
fn socket(address: &Address) -> String {
    let (stream, mode) = match address {
        Address::Tcp(address) => (address.to_string(), ""),
        Address::Unix(path) => (path.display().to_string().replace('%', "%%"), "SocketMode=0600\n"),
    };
    format!(
        "# Made by jeton setup serve; taken back by jeton setup serve --undo.\n[Unit]\n\
         Description=Tokens for tools that ask over HTTP (jeton serve)\n\n[Socket]\nListenStream={stream}\n{mode}\n\
         [Install]\nWantedBy=sockets.target\n"
    )
}

/// A word of a command line (systemd.service(5), "Command Lines"): specifiers and variables have signs of their own.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%").replace('$', "$$");
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '%' | '+' | '=' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// launchd.plist(5). It has no sockets to hand over that safe code could take.
fn agent(words: &[String]) -> String {
    let words: String = words.iter().map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{NAME}</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         \x20 <key>RunAtLoad</key>\n  <true/>\n  <key>KeepAlive</key>\n  <true/>\n\
         \x20 <key>StandardOutPath</key>\n  <string>/dev/null</string>\n</dict>\n</plist>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_keep_their_words_apart() {
        let words = ["/opt/my tools/je$ton", "serve", "-p", "50%", "a\"b\\c"].map(str::to_owned);
        let unit = service(&words);
        assert!(unit.contains("\nExecStart=\"/opt/my tools/je$$ton\" serve -p 50%% \"a\\\"b\\\\c\"\n"), "{unit}");
        assert!(socket(&Address::Unix("/run/a%b".into())).contains("\nListenStream=/run/a%%b\nSocketMode=0600\n"));
        assert!(socket(&Address::USUAL.parse().unwrap()).contains("\nListenStream=127.0.0.1:8790\n\n[Install]\n"));
    }

    #[test]
    fn an_agent_is_a_property_list() {
        let words = ["/opt/jeton", "serve", "-p", "a&b<c>"].map(str::to_owned);
        let text = agent(&words);
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
        let plist = roxmltree::Document::parse_with_options(&text, options).unwrap();
        let array = plist.descendants().find(|node| node.has_tag_name("array")).unwrap();
        let read: Vec<_> = array.children().filter(|node| node.is_element()).filter_map(|node| node.text()).collect();
        assert_eq!(read, words);
    }
}
