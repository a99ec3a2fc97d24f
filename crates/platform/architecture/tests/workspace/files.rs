//! Files are short, and lead to each other without circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree, Visibility};

use super::workspace;

/// Lines of a file at most.
const LINES: usize = 400;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_file_has_more_than_400_lines() {
    let root = workspace().root;
    let mut files = Vec::new();
    for folder in ["crates", "services"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 500, "{}", files.len());
    let is_long = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count() > LINES;
    files.retain(is_long);
    let names = files
        .iter()
        .map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap());
    let longer: Vec<_> = names.collect();
    assert_eq!(longer, [""; 0], "more than {LINES} lines");
}

/// A module of a crate, as the names that lead to it.
type Module = Vec<String>;

/// The paths in a file that begin at its crate or near itself.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.0.push(with(&name.ident)),
            UseTree::Rename(name) => self.0.push(with(&name.ident)),
            UseTree::Glob(_) => self.0.push(before.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string().contains("test"))
    })
}

impl Visit<'_> for Paths {
    fn visit_item_use(&mut self, item: &ItemUse) {
        if !is_of_tests(&item.attrs) {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    /// Who may use something is not what it needs.
    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.0.push(names.collect());
        visit::visit_path(self, path);
    }
}

/// The module that a path in `here` leads into, if it is one of this crate's.
fn target(here: &[String], path: &[String], modules: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    let (first, mut rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Module::new(),
        "self" => here.to_vec(),
        "super" => here.get(..here.len().checked_sub(1)?)?.to_vec(),
        _ => [here, std::slice::from_ref(first)].concat(),
    };
    if !modules.contains_key(&at) {
        return None;
    }
    while let Some((name, after)) = rest.split_first() {
        let next = match name.as_str() {
            "super" => at.get(..at.len().checked_sub(1)?)?.to_vec(),
            _ => [&at[..], std::slice::from_ref(name)].concat(),
        };
        if !modules.contains_key(&next) {
            break;
        }
        (at, rest) = (next, after);
    }
    Some(at)
}

/// Which modules of a crate need which. A module may hold what is below it together and have what
/// those need: that a module needs one below itself is no edge.
fn needs(src: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut files = Vec::new();
    sources(src, &mut files);
    let modules: BTreeMap<Module, PathBuf> = files
        .into_iter()
        .filter(|file| !file.ends_with("main.rs") && !file.ends_with("tests.rs"))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "tests"))
        .map(|file| {
            let path = file.strip_prefix(src).unwrap().with_extension("");
            let names = path.iter().map(|name| name.to_string_lossy().into_owned());
            (names.filter(|name| name != "lib").collect(), file)
        })
        .collect();
    let mut needs = BTreeMap::new();
    for (here, file) in &modules {
        let parsed = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
        let mut paths = Paths::default();
        paths.visit_file(&parsed);
        let targets = paths
            .0
            .iter()
            .filter_map(|path| target(here, path, &modules));
        let beside = targets.filter(|target| !target.starts_with(here));
        needs.insert(here.clone(), beside.collect());
    }
    needs
}

/// What can be reached from `from`.
fn reached(needs: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in &needs[module] {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// The circles of a crate, each as its modules.
fn circles(needs: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<_, _> = needs
        .keys()
        .map(|from| (from, reached(needs, from)))
        .collect();
    let circle = |module: &&Module| {
        let back = reached[*module]
            .iter()
            .filter(|other| reached[other].contains(*module));
        back.map(|module| module.join("::")).collect::<Vec<_>>()
    };
    let on_one = needs
        .keys()
        .filter(|module| reached[module].contains(*module));
    on_one.map(|module| circle(&module)).collect()
}

#[test]
fn no_two_files_need_each_other() {
    let root = workspace().root;
    let mut found = Vec::new();
    for folder in ["crates", "services"] {
        let mut all = Vec::new();
        sources(&root.join(folder), &mut all);
        for library in all.iter().filter(|file| file.ends_with("src/lib.rs")) {
            let src = library.parent().unwrap();
            let name = src.parent().unwrap().strip_prefix(&root).unwrap();
            let name = name.to_str().unwrap().to_owned();
            let circles = circles(&needs(src));
            found.extend(circles.into_iter().map(|circle| (name.clone(), circle)));
        }
    }
    found.sort();
    assert_eq!(found, [], "what two need belongs into the one that owns it");
}

#[test]
fn a_circle_is_found_and_a_module_below_is_none() {
    let folder = std::env::temp_dir().join(format!("circles-{}", std::process::id()));
    fs::create_dir_all(folder.join("a")).unwrap();
    for (name, text) in [
        (
            "lib.rs",
            "mod a; mod b; mod c; pub use a::A; pub struct Error;",
        ),
        ("a.rs", "mod below; use below::B; fn f() { crate::b::g() }"),
        ("a/below.rs", "use super::A; use crate::Error;"),
        ("b.rs", "use crate::{c::{self, C}, Error};"),
        (
            "c.rs",
            "#[cfg(test)] mod tests { use crate::b; } fn f(_: super::a::A) {}",
        ),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let found = circles(&needs(&folder));
    fs::remove_dir_all(&folder).unwrap();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(found, BTreeSet::from([names]));
}
