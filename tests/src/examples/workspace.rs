//! The workspace keeps its own rules: which crate may know which, and what no file may name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each package may depend on, of those in this workspace.
const DIRECTION: [(&str, &[&str]); 11] = [
    ("milepost-syntax", &[]),
    ("milepost-semantics", &["milepost-syntax"]),
    ("milepost-plan", &["milepost-semantics", "milepost-syntax"]),
    ("milepost-engine", &["milepost-plan", "milepost-semantics", "milepost-syntax"]),
    ("milepost-site", &["milepost-semantics"]),
    ("milepost-demo", &[]),
    (
        "milepost",
        &[
            "milepost-engine",
            "milepost-plan",
            "milepost-semantics",
            "milepost-site",
            "milepost-syntax",
        ],
    ),
    ("milepost-bench", &["milepost", "milepost-demo"]),
    ("milepost-cli", &["milepost", "milepost-demo"]),
    ("milepost-tests", &["milepost"]),
    ("xtask", &[]),
];

/// Packages that only these of ours may name. The measurements write large files, and read them without the engine, to
/// have something to measure it by.
const OWNERS: [(&str, &[&str]); 8] = [
    ("arrow", &["milepost-engine", "milepost-bench"]),
    ("clap", &["milepost-cli"]),
    ("datafusion", &["milepost-engine"]),
    ("granit-parser", &["milepost-syntax"]),
    ("minijinja", &["milepost-site"]),
    ("object_store", &["milepost-engine"]),
    ("parquet", &["milepost-engine", "milepost-bench"]),
    ("pest", &["milepost-syntax"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The packages of the workspace with everything that they depend on, for building or for testing.
fn packages() -> BTreeMap<String, Vec<String>> {
    let root = root();
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let manifests = crates
        .chain([root.join("tests"), root.join("xtask")])
        .map(|folder| folder.join("Cargo.toml"));
    manifests
        .filter(|manifest| manifest.is_file())
        .map(|manifest| package(&read(&manifest)))
        .collect()
}

/// Name and dependencies of a manifest: the keys of `[…dependencies]`, and `[…dependencies.NAME]`.
fn package(manifest: &str) -> (String, Vec<String>) {
    let (mut section, mut name, mut dependencies) = ("", None, Vec::new());
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            if let Some((_, one)) = section.rsplit_once("dependencies.") {
                dependencies.push(one.to_owned());
            }
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let key = key.trim();
            match section {
                "package" if key == "name" => {
                    name = Some(value.trim().trim_matches('"').to_owned());
                }
                _ if section.ends_with("dependencies") => {
                    dependencies.push(key.split('.').next().unwrap_or(key).to_owned());
                }
                _ => {}
            }
        }
    }
    (name.expect("a package has a name"), dependencies)
}

#[test]
fn dependencies_go_one_way() {
    let packages = packages();
    let direction = BTreeMap::from(DIRECTION);
    let known: Vec<&str> = direction.keys().copied().collect();
    assert_eq!(
        packages.keys().collect::<Vec<_>>(),
        known,
        "say above what a new package may depend on"
    );
    let mut wrong = Vec::new();
    for (name, dependencies) in &packages {
        let ours = dependencies.iter().filter(|d| direction.contains_key(d.as_str()));
        wrong.extend(
            ours.filter(|d| !direction[name.as_str()].contains(&d.as_str()))
                .map(|d| format!("{name} -> {d}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_engine_alone_knows_datafusion() {
    let mut wrong = Vec::new();
    let mut found = 0;
    for (name, dependencies) in packages() {
        for dependency in dependencies {
            let family = dependency.split(['-', '_']).next().unwrap_or_default();
            let owner = OWNERS.iter().find(|(owned, _)| *owned == dependency || *owned == family);
            found += usize::from(owner.is_some());
            if owner.is_some_and(|(_, owners)| !owners.contains(&name.as_str())) {
                wrong.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(found >= 5, "the manifests name only {found} of the packages that have an owner");
}

#[test]
fn the_engine_is_there_once() {
    let lock = read(&root().join("Cargo.lock"));
    for name in ["datafusion", "arrow", "parquet", "object_store"] {
        let line = format!("name = \"{name}\"");
        assert_eq!(
            lock.lines().filter(|l| *l == line).count(),
            1,
            "versions of {name} in Cargo.lock"
        );
    }
}

/// Every file of the repository, also those that are not committed yet.
fn files() -> Vec<PathBuf> {
    let root = root();
    let list = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .expect("git can be run");
    assert!(list.status.success(), "git: {}", String::from_utf8_lossy(&list.stderr));
    let names = String::from_utf8(list.stdout).unwrap();
    names.split('\0').map(|name| root.join(name)).filter(|path| path.is_file()).collect()
}

#[test]
fn no_file_names_a_folder_of_the_machine_it_was_written_on() {
    // In two parts, or this file would name them.
    let homes =
        [("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/"), ("/wo", "rk/"), ("C:\\", "Users")];
    let mut needles: Vec<String> = homes.iter().map(|(a, b)| [*a, *b].concat()).collect();
    needles.push(root().display().to_string());
    // Where Homebrew is on every Linux, whoever uses it.
    let homebrew = ["/ho", "me/linuxbrew/"].concat();
    let files = files();
    assert!(files.len() > 100, "only {} files", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        // Data files hold any bytes.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        for (i, line) in text.lines().enumerate() {
            let elsewhere = line.replace(&homebrew, "");
            if needles.iter().any(|needle| is_absolute_in(&elsewhere, needle)) {
                wrong.push(format!("{}:{}: {line}", path.display(), i + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a path is in the line, and is not the end of a longer one or of an address.
fn is_absolute_in(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || ['.', '_', '-', '~', '/'].contains(&c))
    })
}
