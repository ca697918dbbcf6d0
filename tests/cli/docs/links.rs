//! Links between pages: to files that are there, and to headings that are there.

use super::page::{Page, root};

/// The links of all pages that lead nowhere.
pub(super) fn wrong_in(pages: &[Page]) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        for (number, link) in links(page) {
            if let Some(why) = broken(pages, page, &link) {
                wrong.push(format!("{}:{number}: {link}: {why}", page.name));
            }
        }
    }
    wrong
}

/// What stands in `](...)`, `href="..."` and `src="..."` outside of code.
pub(super) fn links(page: &Page) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in &page.prose {
        let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (start, end) in [("](", ')'), ("href=\"", '"'), ("src=\"", '"'), ("srcset=\"", '"')] {
            let links = text.split(start).skip(1).filter_map(|rest| rest.split_once(end));
            found.extend(links.map(|(link, _)| (*number, link.to_owned())));
        }
    }
    found
}

fn broken(pages: &[Page], page: &Page, link: &str) -> Option<&'static str> {
    if link.starts_with("https://") || link.starts_with("mailto:") {
        return None;
    }
    if link.starts_with("http://") {
        return Some("https, please");
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(name) = (if path.is_empty() { Some(page.name.clone()) } else { joined(folder, path) }) else {
        return Some("it leads out of the project");
    };
    if !root().join(&name).exists() {
        return Some("there is no such file");
    }
    if anchor.is_empty() {
        return None;
    }
    match pages.iter().find(|page| page.name == name) {
        Some(page) if anchors(page).iter().any(|known| known == anchor) => None,
        Some(_) => Some("there is no such heading"),
        None => Some("an anchor in what is no page"),
    }
}

/// A path beside a page, below the project's folder.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of a page, as GitHub makes them from its headings.
pub(super) fn anchors(page: &Page) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (_, line) in &page.prose {
        let Some(heading) = line.strip_prefix('#').map(|line| line.trim_start_matches('#')) else { continue };
        let text = heading.trim().to_lowercase();
        let slug: String = text
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let twice =
            found.iter().filter(|known| **known == slug || known.strip_prefix(&*slug).is_some_and(is_number)).count();
        found.push(if twice == 0 { slug } else { format!("{slug}-{twice}") });
    }
    found
}

fn is_number(end: &str) -> bool {
    end.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_to_files_and_headings() {
        let text = "# A `b`: c, d!\n## Twice\n## Twice\n[a](#a-b-c-d) [b](#twice-1) [c](../README.md) `[d](#no)`\n\
                    [e](#no) [f](no.md) [g](../../x) [h](http://example.com) [i](https://example.com)\n";
        let pages = [Page::parse("docs/README.md".into(), text)];
        assert_eq!(anchors(&pages[0]), ["a-b-c-d", "twice", "twice-1"]);
        let wrong = wrong_in(&pages);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        for (told, link) in wrong.iter().zip(["#no", "no.md", "../../x", "http://example.com"]) {
            assert!(told.starts_with(&format!("docs/README.md:5: {link}: ")), "{told}");
        }
    }
}
