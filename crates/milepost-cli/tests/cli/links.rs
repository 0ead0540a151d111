//! A project may come from anybody: whatever links it holds, nothing outside of it is touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::{Project, milepost};

/// Every way to write, with what it may not write.
const WRITERS: [&[&str]; 8] = [
    &["fmt"],
    &["fmt", "specs/kpis.yaml"],
    &["build"],
    &["query", "mrr", "--out", "mrr.txt"],
    &["query", "mrr", "--out", "mrr.csv", "--format", "csv"],
    &["query", "mrr", "--out", "mrr.json", "--format", "json"],
    &["query", "mrr", "--out", "mrr.parquet", "--format", "parquet"],
    &["demo", "--accounts", "2", "--out", "tables"],
];

/// Names that were once predictable, and names that are written.
const NAMES: [&str; 18] = [
    "specs/.kpis.yaml.milepost-new",
    "specs/.data.yaml.milepost-new",
    ".milepost.yaml.milepost-new",
    ".site.milepost-lock",
    ".site.milepost-new",
    ".site.milepost-old",
    "site",
    ".milepost-site",
    ".milepost-aaaaaaaaaaaaaaaa",
    "specs/.milepost-aaaaaaaaaaaaaaaa",
    ".milepost-new-site-aaaaaaaaaaaaaaaa",
    ".milepost-old-site-aaaaaaaaaaaaaaaa",
    ".mrr.csv.milepost-new",
    "mrr.txt",
    "mrr.csv",
    "mrr.json",
    "mrr.parquet",
    "tables",
];

/// A folder with things that must stay as they are.
struct Outside {
    folder: tempfile::TempDir,
    before: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Outside {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "mine").unwrap();
        fs::set_permissions(folder.path().join("file"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        fs::create_dir(folder.path().join("full")).unwrap();
        fs::write(folder.path().join("full/account.parquet"), "mine").unwrap();
        // A site of somebody else, which a build of theirs may replace.
        fs::create_dir(folder.path().join("site")).unwrap();
        fs::write(folder.path().join("site/.milepost-site"), "mine").unwrap();
        let before = state(folder.path());
        Self { folder, before }
    }

    /// What a link may lead to.
    fn ends(&self) -> Vec<PathBuf> {
        ["file", "empty", "full", "site", "nothing"].map(|end| self.folder.path().join(end)).into()
    }

    #[track_caller]
    fn is_untouched(&self, what: &str) {
        assert_eq!(state(self.folder.path()), self.before, "{what}");
    }
}

/// Everything in a folder, with rights and bytes.
fn state(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let it = path.symlink_metadata().unwrap();
        let bytes = if it.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
        if it.is_dir() {
            found.extend(state(&path));
        }
        found.insert(path, (it.permissions().mode(), bytes));
    }
    found
}

/// A project in which every command has something to write.
fn project() -> Project {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "slices: [plan]", "slices: [ plan]");
    project
}

#[test]
fn links_at_every_name_that_is_written() {
    let outside = Outside::new();
    let project = project();
    for end in outside.ends() {
        for name in NAMES {
            let link = project.path(name);
            // What an earlier round wrote there.
            let _ = fs::remove_file(&link);
            let _ = fs::remove_dir_all(&link);
            symlink(&end, &link).unwrap();
        }
        for writer in WRITERS {
            let run = project.run(writer);
            let what = format!("{writer:?} with links to {}", end.display());
            outside.is_untouched(&what);
            assert!(matches!(run.code, 0 | 3), "{what}: {}", run.err);
        }
        for name in NAMES {
            assert_eq!(fs::read_link(project.path(name)).unwrap(), end, "{name} is as it was");
        }
    }
    // A link where nothing is written does no harm; one that is in the way is reported.
    let text = fs::read_to_string(project.path("specs/kpis.yaml")).unwrap();
    assert!(text.contains("slices: [plan]"), "formatted all the same");
    project.run(&["build", "--out", "elsewhere"]).ended(0);
    project.run(&["build"]).ended(3).says("output-not-writable").says("site");
    fs::remove_file(project.path("site")).unwrap();
    project.run(&["build"]).ended(3).says(".site.milepost-lock").says("it is a link, not a file");
    fs::remove_file(project.path(".site.milepost-lock")).unwrap();
    project.run(&["build"]).ended(0);
    project.run(&["query", "mrr", "--out", "mrr.csv"]).ended(3).says("`mrr.csv` is a link");
    project.run(&["demo", "--accounts", "2", "--out", "tables"]).ended(3).says("tables");
    outside.is_untouched("at the end");
}

#[test]
fn links_above_what_is_written() {
    let outside = Outside::new();
    for end in ["empty", "full"] {
        let end = outside.folder.path().join(end);
        let project = project();
        symlink(&end, project.path("exports")).unwrap();
        for writer in [
            &["build", "--out", "exports"][..],
            &["build", "--out", "exports/site"],
            &["build", "--out", "exports/deep/er"],
            &["query", "mrr", "--out", "exports/mrr.csv"],
            &["query", "mrr", "--out", "exports/new/mrr.parquet", "--format", "parquet"],
            &["demo", "--accounts", "2", "--out", "exports"],
        ] {
            project.run(writer).ended(3).says("leads from the project's folder");
            outside.is_untouched(&format!("{writer:?}"));
        }
    }
}

#[test]
fn specs_that_lie_elsewhere_are_not_formatted() {
    let (project, elsewhere) = (project(), project());
    let before = elsewhere.files(".");
    fs::remove_dir_all(project.path("specs")).unwrap();
    symlink(elsewhere.path("specs"), project.path("specs")).unwrap();
    project.run(&["fmt"]).ended(1).says("outside-project");
    project.run(&["fmt", "specs/kpis.yaml"]).ended(1).says("outside-project");
    project.run(&["build"]).ended(1).says("outside-project");
    fs::remove_file(project.path("specs")).unwrap();
    fs::create_dir(project.path("specs")).unwrap();
    symlink(elsewhere.path("specs/kpis.yaml"), project.path("specs/kpis.yaml")).unwrap();
    project.run(&["fmt"]).ended(1).says("outside-project");
    project.run(&["fmt", "specs/kpis.yaml"]).ended(1).says("outside-project");
    assert_eq!(elsewhere.files("."), before);
}

#[test]
fn a_new_project_overwrites_nothing_that_a_link_leads_to() {
    let outside = Outside::new();
    for end in outside.ends() {
        for name in ["milepost.yaml", "specs", "data", "specs/data.yaml", "data/events.csv"] {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join(name);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(&end, &link).unwrap();
            milepost(folder.path(), &["init"]).ended(2).says("already exists").says(name);
            outside.is_untouched(name);
        }
        // These stay as they are, whatever they are.
        let folder = tempfile::tempdir().unwrap();
        symlink(&end, folder.path().join("README.md")).unwrap();
        symlink(&end, folder.path().join(".gitignore")).unwrap();
        milepost(folder.path(), &["init"]).ended(0);
        outside.is_untouched("files that are kept");
    }
}

/// Files that the one who runs it names stay possible to reach through links outside of a project.
#[test]
fn links_outside_of_projects_are_followed() {
    let project = project();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("releases")).unwrap();
    symlink("releases", outside.path().join("current")).unwrap();
    let out = outside.path().join("current");
    project.run(&["build", "--out", out.to_str().unwrap()]).ended(0);
    assert!(out.is_symlink() && outside.path().join("releases/index.html").is_file());
    let inside = out.join("figures/mrr.csv");
    project.run(&["query", "mrr", "--out", inside.to_str().unwrap()]).ended(0);
    assert!(outside.path().join("releases/figures/mrr.csv").is_file());
}

#[test]
fn a_site_has_the_rights_that_the_mask_leaves() {
    let project = project();
    project.run(&["build"]).ended(0);
    fs::write(project.path("file"), "").unwrap();
    fs::create_dir(project.path("folder")).unwrap();
    let mode = |name: &str| fs::metadata(project.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("site"), mode("folder"));
    assert_eq!(mode("site/kpi"), mode("folder"));
    assert_eq!(mode("site/index.html"), mode("file"));
    project.run(&["query", "mrr", "--out", "mrr.csv"]).ended(0);
    assert_eq!(mode("mrr.csv"), mode("file"));
}
