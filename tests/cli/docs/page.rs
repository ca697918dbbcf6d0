//! A page of Markdown, as far as the tests need it: fenced blocks with what is said of them, headings, code spans.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::mark::Mark;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// Its path below the project's folder, such as `docs/git.md`.
    pub(super) name: String,
    /// Its fenced blocks.
    pub(super) blocks: Vec<Block>,
    /// The lines outside of fenced blocks, with their numbers; those of comments are empty.
    pub(super) prose: Vec<(usize, String)>,
    /// What can't be understood.
    pub(super) wrong: Vec<String>,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    /// The page's name and the line of the fence.
    pub(super) place: String,
    /// The word behind the fence.
    pub(super) language: String,
    /// The lines between the fences, without the fence's own indentation.
    pub(super) text: String,
    /// What the comments since the block before say.
    pub(super) marks: Vec<Mark>,
}

impl Block {
    /// Whether it is for a shell as the tests have one.
    pub(super) fn is_shell(&self) -> bool {
        matches!(self.language.as_str(), "sh" | "bash" | "console")
    }

    /// Whether it is for another shell, which the tests may not have.
    pub(super) fn is_other_shell(&self) -> bool {
        matches!(self.language.as_str(), "zsh" | "fish" | "powershell" | "pwsh" | "nu" | "bat" | "cmd")
    }

    /// Whether a mark says why it is not run.
    pub(super) fn is_excused(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::NotRun(_) | Mark::Proven { .. }))
    }

    /// What a shell is to run: all of it, or what stands behind the prompts of a `console`.
    pub(super) fn script(&self) -> String {
        if self.language != "console" {
            return self.text.clone();
        }
        let (mut script, mut goes_on) = (String::new(), false);
        for line in self.text.lines() {
            if let Some(line) = line.strip_prefix("$ ").or(goes_on.then_some(line)) {
                goes_on = line.ends_with('\\');
                script.push_str(line);
                script.push('\n');
            }
        }
        script
    }
}

/// The project's folder.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and all pages below docs/.
pub(super) fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let mut paths = vec![root().join("README.md")];
        collect(&root().join("docs"), &mut paths);
        paths[1..].sort();
        paths.iter().map(|path| Page::read(path)).collect()
    });
    &PAGES
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    fn read(path: &Path) -> Self {
        let name = path.strip_prefix(root()).expect("a page of ours").to_string_lossy().replace('\\', "/");
        Self::parse(name, &std::fs::read_to_string(path).expect("a page"))
    }

    /// The page of this text.
    pub(super) fn parse(name: String, text: &str) -> Self {
        let mut page = Self { name, blocks: Vec::new(), prose: Vec::new(), wrong: Vec::new() };
        let (mut open, mut marks, mut comment) = (None::<(Block, usize)>, Vec::new(), None::<String>);
        let mut after_blank = true;
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", page.name, index + 1);
            if let Some((block, indent)) = &mut open {
                if line.trim_start() == "```" {
                    page.blocks.extend(open.take().map(|(block, _)| block));
                } else {
                    let cut = line.len() - line.trim_start().len();
                    block.text.push_str(&line[cut.min(*indent)..]);
                    block.text.push('\n');
                }
                continue;
            }
            if comment.is_none() && line.trim_start().starts_with("<!--") {
                comment = Some(String::new());
            }
            if let Some(text) = &mut comment {
                text.push_str(line.trim().trim_start_matches("<!--"));
                text.push('\n');
                if line.contains("-->") {
                    let text = comment.take().unwrap_or_default();
                    if let Some(text) = text.replace("-->", "").trim().strip_prefix("test:") {
                        match text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Mark::parse).collect() {
                            Ok::<Vec<_>, String>(more) => marks.extend(more),
                            Err(error) => page.wrong.push(format!("{place}: {error}")),
                        }
                    }
                }
                page.prose.push((index + 1, String::new()));
                continue;
            }
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let indent = line.len() - line.trim_start().len();
                let language = language.trim().to_owned();
                if language.is_empty() {
                    page.wrong.push(format!("{place}: a block without a language (`text`, if it has none)"));
                }
                let block = Block { place, language, text: String::new(), marks: std::mem::take(&mut marks) };
                open = Some((block, indent));
                continue;
            }
            if after_blank && line.starts_with("    ") && !line.trim_start().starts_with(['-', '*']) {
                page.wrong.push(format!("{place}: a block by indentation, which no test sees: put it between fences"));
            }
            // (Below an indented line, indented lines are of the same list item or block.)
            after_blank = line.trim().is_empty() && !page.prose.last().is_some_and(|(_, last)| is_item(last));
            page.prose.push((index + 1, line.to_owned()));
        }
        if let Some((block, _)) = open {
            page.wrong.push(format!("{}: a block that does not end", block.place));
        }
        if !marks.is_empty() {
            page.wrong.push(format!("{}: a `test:` comment behind the last block", page.name));
        }
        page.wrong.extend(page.blocks.iter().filter_map(misplaced));
        page
    }

    /// The code spans outside of blocks, with the numbers of their lines.
    pub(super) fn spans(&self) -> impl Iterator<Item = (usize, String)> {
        self.prose.iter().flat_map(|(number, line)| {
            // (`\|` is how a table's cell writes a bar.)
            let line = line.replace("\\|", "|");
            let spans: Vec<_> = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            spans.into_iter().map(|span| (*number, span))
        })
    }
}

/// Whether a line belongs to a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok())
}

/// A block for a shell that the tests do not have needs an excuse.
fn misplaced(block: &Block) -> Option<String> {
    (block.is_other_shell() && !block.is_excused())
        .then(|| format!("{}: a block of {} needs `not run:` or `proven by`", block.place, block.language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_prose_and_marks_are_told_apart() {
        let page = Page::parse("x.md".into(), "# A `b`\n\n<!-- test:\nexit 3\nskip it\n-->\n```sh\nx\n```\n");
        assert_eq!(page.wrong, ["x.md:6: no such mark: \"skip it\""]);
        let page = Page::parse(
            "x.md".into(),
            "<!-- test: exit 3 -->\n- x:\n  ```sh\n  a\n    b\n  ```\n<!-- other -->\n```console\n$ c \\\n  d\nout\n$ e\n```\n",
        );
        assert_eq!(page.wrong, [""; 0]);
        assert_eq!(page.blocks[0].marks, [Mark::Exit(3)]);
        assert_eq!(page.blocks[0].text, "a\n  b\n");
        assert_eq!(page.blocks[1].script(), "c \\\n  d\ne\n");
        for wrong in ["```\nx\n```\n", "    jeton x\n", "```sh\nx\n", "<!-- test: exit 1 -->\n", "```fish\nx\n```\n"] {
            assert_eq!(Page::parse("x.md".into(), wrong).wrong.len(), 1, "{wrong:?}");
        }
    }
}
