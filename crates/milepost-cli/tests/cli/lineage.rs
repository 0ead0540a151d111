//! `milepost explain NAME --lineage`

use super::Project;

#[test]
fn a_metric_is_shown_down_to_its_files_with_places() {
    let run = Project::new().run(&["explain", "mrr_growth", "--lineage"]).ended(0);
    for line in [
        "mrr_growth · metric · specs/kpis.yaml:53:3",
        "└─ mrr · metric · specs/kpis.yaml:43:3",
        "   ├─ subscriptions · history dataset · specs/data.yaml:18:3",
        "   │  ├─ data/subscriptions.csv · file",
        "   │  ├─ subscriptions.mrr · value · specs/data.yaml:25:7",
    ] {
        assert!(run.out.lines().any(|known| known == line), "no `{line}` in:\n{}", run.out);
    }
}

#[test]
fn a_column_shows_what_depends_on_it() {
    let run = Project::new().run(&["explain", "subscriptions.mrr", "--lineage"]).ended(0);
    let (_, uses) = run.out.split_once("Goes into\n").unwrap();
    assert!(uses.starts_with("└─ mrr · metric · value"), "{uses}");
    assert!(uses.contains("   └─ mrr_growth · metric"), "{uses}");
}

#[test]
fn programs_get_nodes_and_edges() {
    let run = Project::new().run(&["explain", "mrr", "--lineage", "--format", "json"]).ended(0);
    let graph: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(graph["of"], "metric:mrr");
    let nodes = graph["nodes"].as_array().unwrap();
    let mrr = nodes.iter().find(|node| node["id"] == "column:subscriptions.mrr").unwrap();
    assert_eq!((&mrr["file"], &mrr["line"]), (&"specs/data.yaml".into(), &25.into()));
    let edges = graph["edges"].as_array().unwrap();
    assert!(
        edges
            .iter()
            .any(|edge| { edge["from"] == "metric:mrr_growth" && edge["to"] == "metric:mrr" })
    );
    let known = |id: &serde_json::Value| nodes.iter().any(|node| node["id"] == *id);
    assert!(edges.iter().all(|edge| known(&edge["from"]) && known(&edge["to"])));
}

#[test]
fn what_is_not_there_is_told() {
    let project = Project::new();
    project
        .run(&["explain", "mrr_growht", "--lineage"])
        .ended(2)
        .says("did you mean `mrr_growth`?");
    project
        .run(&["explain", "subscriptions.mmr", "--lineage"])
        .ended(2)
        .says("did you mean `subscriptions.mrr`?");
    project.run(&["explain", "mrr", "--format", "json"]).ended(2).says("--lineage");
}
