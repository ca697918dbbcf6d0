//! kubeconfig, changed in its own text. Paths: `users`, `users/NAME`, and `users/NAME/KEY` for a key below that one's
//! `user`. An entry's text has its own lines, indented from column 0.

use super::Document;
use super::yaml::{self, Entry, Item, Node};
use crate::error::{Error, Result};

/// A kubeconfig file.
#[derive(Debug)]
pub(crate) struct Kubeconfig {
    lines: Vec<String>,
    ended: bool,
    root: Node,
}

impl Kubeconfig {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = if text.is_empty() { "apiVersion: v1\nkind: Config\n" } else { text };
        let body = text.strip_suffix('\n').unwrap_or(text);
        let lines: Vec<String> = body.split('\n').map(str::to_owned).collect();
        let root = read(&lines)?;
        if root.flow {
            return Err(in_flow_style("the file"));
        }
        if !root.is_empty() && root.entries().is_empty() {
            return Err(Error::configuration("the file is no kubeconfig").hint("see what it is; it was left as it is"));
        }
        Ok(Self { lines, ended: text.ends_with('\n'), root })
    }

    /// The users' names, in the file's order.
    pub(crate) fn users(&self) -> Vec<&str> {
        self.list("users").iter().filter_map(|item| item.node.get("name")?.text()).collect()
    }

    /// What stands below `user` of that name.
    pub(crate) fn user(&self, name: &str) -> Option<&Node> {
        self.item(name)?.node.get("user")
    }

    /// The user of a context.
    pub(crate) fn user_of(&self, context: &str) -> Option<&str> {
        let named = |item: &&Item| item.node.get("name").and_then(Node::text) == Some(context);
        self.list("contexts").iter().find(named)?.node.get("context")?.get("user")?.text()
    }

    /// The names of the contexts.
    pub(crate) fn contexts(&self) -> Vec<&str> {
        self.list("contexts").iter().filter_map(|item| item.node.get("name")?.text()).collect()
    }

    /// The keys below `user/KEY`, each with its own text.
    ///
    /// # Errors
    /// Configuration: it is written in braces.
    pub(crate) fn parts(&self, user: &str, key: &str) -> Result<Vec<(String, String)>> {
        let Some(node) = self.user(user).and_then(|node| node.get(key)) else { return Ok(Vec::new()) };
        if node.flow {
            return Err(in_flow_style(&format!("{key} of user {user:?}")));
        }
        Ok(node.entries().iter().map(|entry| (entry.key.clone(), self.raw(entry))).collect())
    }

    fn list(&self, key: &str) -> &[Item] {
        self.root.get(key).map(Node::items).unwrap_or_default()
    }

    fn item(&self, name: &str) -> Option<&Item> {
        self.list("users").iter().find(|item| item.node.get("name").and_then(Node::text) == Some(name))
    }

    /// An entry's lines, as if it stood at column 0.
    fn raw(&self, entry: &Entry) -> String {
        dedent(&self.lines[entry.lines.clone()], entry.indent)
    }

    /// The item's `user`, if it can be changed line by line.
    fn user_entry(&self, name: &str) -> Result<Option<&Entry>> {
        let Some(users) = self.root.get("users") else { return Ok(None) };
        if users.flow && !users.is_empty() {
            return Err(in_flow_style("users"));
        }
        let same = self.users().iter().filter(|known| **known == name).count();
        if same > 1 {
            return Err(
                Error::configuration(format!("user {name:?} stands there more than once")).hint("take one of them out")
            );
        }
        let Some(item) = self.item(name) else { return Ok(None) };
        if item.node.flow {
            return Err(in_flow_style(&format!("user {name:?}")));
        }
        match item.node.entry("user") {
            Some(entry) if entry.node.flow && !entry.node.is_empty() => Err(in_flow_style(&format!("user {name:?}"))),
            Some(entry) => Ok(Some(entry)),
            None => Err(Error::configuration(format!("{name:?} has no \"user\"")).hint("add an empty one: user: {}")),
        }
    }

    fn change(&mut self, lines: std::ops::Range<usize>, new: Vec<String>) -> Result<()> {
        let end = lines.end;
        let mut changed = self.lines.clone();
        let grows = end == changed.len() && !new.is_empty();
        changed.splice(lines, new);
        let root = read(&changed)?;
        self.ended |= grows;
        self.lines = changed;
        self.root = root;
        Ok(())
    }

    fn set_key(&mut self, name: &str, key: &str, text: Option<&str>) -> Result<()> {
        let Some(user) = self.user_entry(name)?.cloned() else {
            return Err(Error::configuration(format!("there is no user {name:?}")));
        };
        let children = user.node.entries();
        let known = children.iter().find(|child| child.key == key);
        let indent = children.first().map_or(user.indent + 2, |child| child.indent);
        match (text, known) {
            (Some(text), Some(known)) => self.change(known.lines.clone(), indented(text, indent)),
            (None, Some(known)) => {
                self.change(known.lines.clone(), Vec::new())?;
                if children.len() == 1 { self.write_head(&user, "user: {}") } else { Ok(()) }
            }
            (Some(text), None) => {
                if children.is_empty() {
                    self.write_head(&user, "user:")?;
                }
                let end = user.lines.end;
                self.change(end..end, indented(text, indent))
            }
            (None, None) => Ok(()),
        }
    }

    /// Writes the line of a `user` whose value is on that line; what stands before it stays.
    fn write_head(&mut self, user: &Entry, text: &str) -> Result<()> {
        let at = user.lines.start;
        let line = format!("{}{text}", &self.lines[at][..user.indent]);
        // (Half of a change, where the children come next.)
        self.lines[at] = line;
        self.root = read(&self.lines)?;
        Ok(())
    }

    fn set_user(&mut self, name: &str, text: Option<&str>) -> Result<()> {
        self.user_entry(name)?;
        match (self.item(name).cloned(), text) {
            (Some(item), Some(text)) => self.change(item.lines, indented(text, item.indent)),
            (Some(item), None) => self.change(item.lines, Vec::new()),
            (None, None) => Ok(()),
            (None, Some(text)) => {
                let Some(users) = self.root.entry("users").cloned() else {
                    return Err(Error::configuration("there are no users"));
                };
                let indent = users.node.items().first().map_or(users.indent, |item| item.indent);
                let end = users.lines.end;
                self.change(end..end, indented(text, indent))
            }
        }
    }

    /// The list's own line, where the list is empty.
    fn set_users(&mut self, text: Option<&str>) -> Result<()> {
        match (self.root.entry("users").cloned(), text) {
            (Some(users), Some(text)) => self.change(users.lines, vec![text.to_owned()]),
            (Some(users), None) => self.change(users.lines, Vec::new()),
            (None, Some(text)) => {
                let end = self.lines.len();
                self.change(end..end, vec![text.to_owned()])
            }
            (None, None) => Ok(()),
        }
    }
}

fn read(lines: &[String]) -> Result<Node> {
    yaml::parse(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn in_flow_style(what: &str) -> Error {
    Error::configuration(format!(
        "{what} is written in braces or brackets (YAML's flow style), which jeton does not change"
    ))
    .hint("write it in lines (kubectl config view --raw --flatten does that), or put in by hand what is shown below")
}

fn dedent(lines: &[String], indent: usize) -> String {
    let cut = |line: &String| {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        line[blanks.min(indent)..].to_owned()
    };
    let mut lines: Vec<String> = lines.iter().map(cut).collect();
    // (The first one may stand behind a dash.)
    if let Some(first) = lines.first_mut()
        && let Some(rest) = first.strip_prefix("- ")
    {
        *first = rest.trim_start().to_owned();
    }
    lines.join("\n")
}

fn indented(text: &str, indent: usize) -> Vec<String> {
    text.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") }).collect()
}

impl Document for Kubeconfig {
    fn get(&self, path: &[&str]) -> Result<Option<String>> {
        match *path {
            ["users"] => {
                let users = self.root.entry("users");
                Ok(users.map(|entry| if entry.node.is_empty() { self.raw(entry) } else { "users: (some)".to_owned() }))
            }
            ["users", name] => {
                self.user_entry(name)?;
                Ok(self.item(name).map(|item| {
                    let lines: Vec<String> = self.lines[item.lines.clone()].to_vec();
                    lines.iter().map(|line| line.get(item.indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
                }))
            }
            ["users", name, key] => {
                let Some(user) = self.user_entry(name)? else { return Ok(None) };
                Ok(user.node.entry(key).map(|entry| self.raw(entry)))
            }
            _ => Ok(None),
        }
    }

    fn set(&mut self, path: &[&str], text: Option<&str>) -> Result<()> {
        match *path {
            ["users"] => self.set_users(text),
            ["users", name] => self.set_user(name, text),
            ["users", name, key] => self.set_key(name, key, text),
            _ => Ok(()),
        }
    }

    fn same(&self, path: &[&str], one: &str, other: &str) -> bool {
        if let ["users"] = path {
            // Both empty, however that is written.
            return one != "users: (some)" && other != "users: (some)";
        }
        let meaning = |text: &str| yaml::parse(&text.split('\n').collect::<Vec<_>>()).ok().map(|node| node.meaning());
        one == other || meaning(one).is_some_and(|one| Some(one) == meaning(other))
    }

    fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if self.ended {
            text.push('\n');
        }
        text
    }
}

/// A text as a scalar in a line: plain where nothing else can be read in it.
pub(crate) fn scalar(text: &str) -> String {
    let first = text.chars().next().unwrap_or(' ');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '=' | '+' | '*');
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
    );
    let flag =
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-'));
    let guid = text.len() == 36 && text.matches('-').count() == 4;
    let starts_well = first.is_ascii_alphabetic() || first == '/' || flag || guid;
    if starts_well && text.chars().all(plain) && !text.ends_with(':') && !word {
        text.to_owned()
    } else {
        // JSON's texts are YAML's.
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "# mine\napiVersion: v1\nkind: Config\ncontexts:\n- name: c\n  context:\n    cluster: k\n    user: b\nusers:\n- name: a\n  user:\n    token: t # keep\n\n# before b\n- name: b\n  user:\n    exec:\n      command: kubelogin\n      args: [get-token]\n      # inside\n      env: null\n    as: x\ncurrent-context: c\n";

    const EXEC: &str = "exec:\n  command: jeton\n  args:\n  - exec-credential";

    #[test]
    fn one_user_is_changed_and_every_other_line_stays() {
        let mut file = Kubeconfig::parse(FILE).unwrap();
        assert_eq!((file.users(), file.user_of("c"), file.contexts()), (vec!["a", "b"], Some("b"), vec!["c"]));
        let before = file.get(&["users", "b", "exec"]).unwrap();
        file.set(&["users", "b", "exec"], Some(EXEC)).unwrap();
        let old = "    exec:\n      command: kubelogin\n      args: [get-token]\n      # inside\n      env: null\n";
        let new = "    exec:\n      command: jeton\n      args:\n      - exec-credential\n";
        assert_eq!(file.text(), FILE.replace(old, new));
        file.set(&["users", "b", "exec"], before.as_deref()).unwrap();
        assert_eq!(file.text(), FILE);
    }

    #[test]
    fn a_user_is_added_and_taken_back() {
        let item = "- name: n\n  user:\n    exec:\n      command: jeton";
        let mut file = Kubeconfig::parse(FILE).unwrap();
        file.set(&["users", "n"], Some(item)).unwrap();
        assert_eq!(file.text(), FILE.replace("    as: x\n", &format!("    as: x\n{item}\n")));
        file.set(&["users", "n"], None).unwrap();
        assert_eq!(file.text(), FILE);
    }

    #[test]
    fn an_empty_list_of_users_is_filled() {
        for before in ["", "users: []\nkind: Config\n", "users:\nkind: Config\n"] {
            let mut file = Kubeconfig::parse(before).unwrap();
            let known = file.get(&["users"]).unwrap();
            file.set(&["users"], Some("users:")).unwrap();
            file.set(&["users", "n"], Some("- name: n\n  user:\n    exec:\n      command: jeton")).unwrap();
            assert_eq!(Kubeconfig::parse(&file.text()).unwrap().users(), ["n"]);
            file.set(&["users", "n"], None).unwrap();
            file.set(&["users"], known.as_deref()).unwrap();
            assert_eq!(file.text(), Kubeconfig::parse(before).unwrap().text());
        }
    }

    #[test]
    fn the_last_child_leaves_an_empty_user() {
        let before = "users:\n- name: a\n  user: {}\n";
        let mut file = Kubeconfig::parse(before).unwrap();
        file.set(&["users", "a", "exec"], Some(EXEC)).unwrap();
        assert_eq!(
            file.text(),
            "users:\n- name: a\n  user:\n    exec:\n      command: jeton\n      args:\n      - exec-credential\n"
        );
        file.set(&["users", "a", "exec"], None).unwrap();
        assert_eq!(file.text(), before);
    }

    #[test]
    fn flow_style_is_refused_where_it_would_have_to_change() {
        for text in [
            "users: [{name: a, user: {}}]\n",
            "users:\n- {name: a, user: {}}\n",
            "users:\n- name: a\n  user: {token: t}\n",
        ] {
            assert!(Kubeconfig::parse(text).unwrap().get(&["users", "a", "exec"]).is_err(), "{text}");
        }
        assert!(Kubeconfig::parse("{}").is_err() && Kubeconfig::parse("text").is_err());
    }

    #[test]
    fn what_kubectl_makes_of_an_entry_is_still_that_entry() {
        let file = Kubeconfig::parse(FILE).unwrap();
        let theirs = "exec:\n  args:\n  - exec-credential\n  command: jeton\n  env: null\n  provideClusterInfo: false";
        assert!(file.same(&["users", "b", "exec"], EXEC, theirs));
        assert!(!file.same(&["users", "b", "exec"], EXEC, "exec:\n  command: jeton"));
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        prop::collection::hash_set("[a-z]{1,6}", 1..5).prop_map(|names| names.into_iter().collect())
    }

    proptest! {
        #[test]
        fn any_kubeconfig_keeps_what_is_not_changed(names in names(), deep: bool, comment in "# [a-z]{0,9}", at in 0_usize..5, tail: bool) {
            let (dash, pad) = if deep { ("  ", "    ") } else { ("", "  ") };
            let mut text = format!("{comment}\nclusters: []\nusers:\n");
            for name in &names {
                text += &format!("{dash}- name: {name}\n{dash}  {comment}\n{dash}  user:\n{dash}{pad}  token: \"{name}: #\"\n\n{comment}\n");
            }
            if tail {
                text += "current-context: \"\"\n";
            }
            let name = &names[at % names.len()];
            let mut file = Kubeconfig::parse(&text).unwrap();
            file.set(&["users", name, "exec"], Some(EXEC)).unwrap();
            let after = file.text();
            let mut rest = after.lines();
            for line in text.lines() {
                prop_assert!(rest.any(|kept| kept == line), "{:?} is gone", line);
            }
            prop_assert!(Kubeconfig::parse(&after).is_ok());
            file.set(&["users", name, "exec"], None).unwrap();
            prop_assert_eq!(file.text(), text);
        }

        #[test]
        fn a_scalar_is_read_as_it_was_meant(text in "[-a-z0-9:'\"#{}& .~é\\\\]{0,20}") {
            let line = format!("- {}", scalar(&text));
            let node = yaml::parse(&[&line]).unwrap();
            prop_assert_eq!(node.items()[0].node.text(), Some(text.as_str()));
        }
    }
}
