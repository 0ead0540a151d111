use super::{Project, milepost};

#[test]
fn a_new_project_builds_as_it_is() {
    let project = Project::new();
    let check =
        project.run(&["check", "--data", "--deny", "warnings"]).ended(0).says("no mistakes");
    assert_eq!(check.out, "", "results only on standard output");
    let build = project
        .run(&["build", "--deny", "warnings"])
        .ended(0)
        .says("5 KPIs")
        .says("site/index.html");
    assert_eq!(build.out, "");
    assert!(project.path("site/index.html").is_file());
    assert!(project.path("site/kpi/seat_use.html").is_file());
}

#[test]
fn the_project_is_named_after_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    milepost(folder.path(), &["init", "Acme CS"])
        .ended(0)
        .says("created the project acme-cs")
        .says("milepost build");
    let text = std::fs::read_to_string(folder.path().join("Acme CS/milepost.yaml")).unwrap();
    assert!(text.contains("project: acme-cs\n"), "{text}");
    milepost(folder.path(), &["check", "Acme CS"]).ended(0);
}

#[test]
fn nothing_is_overwritten() {
    let project = Project::new();
    project.edit("milepost.yaml", "label: My first KPIs", "label: Mine");
    let before = project.files(".");
    project.run(&["init"]).ended(2).says("already exists");
    assert_eq!(project.files("."), before);
}

#[test]
fn a_folder_with_a_readme_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README.md"), "mine").unwrap();
    milepost(folder.path(), &["init"]).ended(0);
    assert_eq!(std::fs::read_to_string(folder.path().join("README.md")).unwrap(), "mine");
}
