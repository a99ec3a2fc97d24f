//! The pages of the repository lead to what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::workspace;

/// All Markdown files that belong to the repository, seen from its root.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let generated = ["target", "node_modules"].contains(&&*name);
            if path.is_dir() && !path.is_symlink() && !generated && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".md") {
                found.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    found
}

/// What a page has links to, and the anchors of its headings as GitHub makes them.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                // Pictures for light and for dark are not Markdown.
                Event::Html(html) | Event::InlineHtml(html) => {
                    let sources = html.split(['\'', ' ', '>']).filter_map(|word| {
                        let (name, value) = word.split_once("=\"")?;
                        ["src", "srcset"].contains(&name).then_some(value)
                    });
                    let sources = sources.filter_map(|value| value.strip_suffix('"'));
                    page.links.extend(sources.map(str::to_owned));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let numbered = (1..).map(|number| format!("{anchor}-{number}"));
                    let mut free = std::iter::once(anchor.clone())
                        .chain(numbered)
                        .filter(|anchor| !page.anchors.contains(anchor));
                    let anchor = free.next().unwrap();
                    drop(free);
                    page.anchors.insert(anchor);
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        page
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.flat_map(char::to_lowercase)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// A path without `..`; `None` if it leads out of the repository.
fn within(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => clean.pop().then_some(())?,
            part => clean.push(part),
        }
    }
    Some(clean)
}

/// What is wrong with the link of the page `from`.
fn broken(root: &Path, from: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, fragment) = match link.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (link, None),
    };
    let target = match path {
        "" => from.to_owned(),
        path => match within(&from.parent().unwrap().join(path)) {
            Some(target) => target,
            None => return Some(format!("{}: {link} leads out", from.display())),
        },
    };
    if !root.join(&target).exists() {
        return Some(format!("{}: there is no {link}", from.display()));
    }
    let is_page = target.extension().is_some_and(|ending| ending == "md");
    let fragment = fragment.filter(|_| is_page)?;
    let page = Page::read(&fs::read_to_string(root.join(target)).unwrap());
    let known = page.anchors.contains(fragment);
    (!known).then(|| format!("{}: {link} is no heading there", from.display()))
}

#[test]
fn every_link_leads_to_a_file_or_heading_that_is_there() {
    let root = workspace().root;
    let pages = pages(&root);
    assert!(pages.len() > 30, "{pages:?}");
    let broken = pages.iter().flat_map(|from| {
        let page = Page::read(&fs::read_to_string(root.join(from)).unwrap());
        let broken = page
            .links
            .into_iter()
            .filter_map(|link| broken(&root, from, &link));
        broken.collect::<Vec<_>>()
    });
    assert_eq!(broken.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_map_of_the_documents_names_every_page() {
    let root = workspace().root;
    let map = Path::new("docs/README.md");
    let named = Page::read(&fs::read_to_string(root.join(map)).unwrap()).links;
    let named: BTreeSet<_> = named
        .iter()
        .filter_map(|link| within(&map.parent()?.join(link.split('#').next()?)))
        .collect();
    let missing = pages(&root).into_iter().filter(|page| {
        let decision = page.starts_with("docs/adr");
        page.starts_with("docs") && page != map && !decision && !named.contains(page)
    });
    assert_eq!(
        missing.collect::<Vec<_>>(),
        Vec::<PathBuf>::new(),
        "docs/README.md"
    );
}

#[test]
fn what_does_not_lead_anywhere_is_found() {
    let root = workspace().root;
    let from = Path::new("docs/how-to/parquet.md");
    for (link, says) in [
        ("https://example.org/none", None),
        ("prove-your-pipeline.md", None),
        ("../reference/verify.md#what-is-judged", None),
        ("#partitions", None),
        ("nothing.md", Some("there is no nothing.md")),
        (
            "../reference/verify.md#nowhere",
            Some("is no heading there"),
        ),
        ("../../../../etc/passwd", Some("leads out")),
    ] {
        let told = broken(&root, from, link);
        match says {
            None => assert_eq!(told, None),
            Some(says) => assert!(told.unwrap().contains(says), "{link}"),
        }
    }
}
