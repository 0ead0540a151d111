//! What is written in several files, because each is read by another program, is the same in all of them.

use std::fs;
use std::path::Path;

use super::binary::GLIBC;
use super::platform::PLATFORMS;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The text between two others, which stand there once.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    assert_eq!(text.matches(start).count(), 1, "`{start}` in:\n{text}");
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` after `{start}`")).0
}

#[test]
fn a_release_is_of_the_platforms_that_there_are_packages_for() {
    let dist = read("dist-workspace.toml");
    let listed: Vec<&str> =
        between(&dist, "\ntargets = [", "]").split('"').skip(1).step_by(2).collect();
    assert_eq!(listed, PLATFORMS.map(|platform| platform.target));
    let workflow = read(".github/workflows/packages.yml");
    let runners = between(&workflow, "runner: [", "]").split(',').count();
    assert_eq!(runners, PLATFORMS.len(), "one machine for each platform");
}

#[test]
fn the_oldest_library_is_the_same_everywhere() {
    let tag = format!("manylinux_{}", GLIBC.to_string().replace('.', "_"));
    let python = read("pyproject.toml");
    assert_eq!(between(&python, "\ncompatibility = \"", "\""), tag);
    let dist = read("dist-workspace.toml");
    assert_eq!(between(&dist, "\n\"*\" = \"", "\""), GLIBC.to_string());
    let images: Vec<&str> = dist.lines().filter(|line| line.contains("image = ")).collect();
    assert!(images.len() == 2 && images.iter().all(|image| image.contains(&tag)), "{images:?}");
    let npm = read("packaging/npm/README.md");
    assert!(npm.contains(&format!("glibc {GLIBC} ")), "{npm}");
}

/// The version of the workspace is the only one: no other file may have one that could differ.
#[test]
fn the_version_stands_in_one_file() {
    let python = read("pyproject.toml");
    assert!(python.contains("\ndynamic = [\"version\"]\n") && !python.contains("\nversion"));
    assert!(!read("packaging/npm/package.json").contains("\"version\""));
    let cli = read("crates/milepost-cli/Cargo.toml");
    assert!(cli.contains("\nversion.workspace = true\n"), "{cli}");
}

#[test]
fn dist_is_the_one_that_wrote_the_workflow() {
    let tools = read("packaging/lint-requirements.txt");
    let installed = between(&tools, "cargo-dist==", "\n");
    let dist = read("dist-workspace.toml");
    assert_eq!(between(&dist, "cargo-dist-version = \"", "\""), installed);
    let workflow = read(".github/workflows/release.yml");
    assert!(workflow.contains(&format!("/download/v{installed}/")), "run `dist generate`");
}

#[test]
fn the_repository_is_the_same_everywhere() {
    let workspace = read("Cargo.toml");
    let url = between(&workspace, "\nrepository = \"", "\"");
    assert_eq!(between(&workspace, "\nhomepage = \"", "\""), url);
    assert!(read("packaging/npm/package.json").contains(&format!("\"git+{url}.git\"")));
    let owner = url.trim_start_matches("https://github.com/").split('/').next().unwrap();
    let dist = read("dist-workspace.toml");
    assert_eq!(between(&dist, "\ntap = \"", "/"), owner);
}
