//! `milepost explain METRIC --canonical`

use super::Project;

#[test]
fn a_metric_is_written_out_with_what_it_reads() {
    let project = Project::new();
    let run = project.run(&["explain", "mrr_growth", "--canonical"]).ended(0);
    let (own, reads) = run.out.split_once("\n\n").unwrap();
    assert!(own.starts_with("value: "), "{own}");
    // What it names is written out.
    assert!(own.contains("subscriptions.mrr") && !own.contains("mrr_growth"), "{own}");
    let fingerprint = own.lines().find_map(|line| line.strip_prefix("fingerprint: ")).unwrap();
    assert!(fingerprint.len() == 32 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit()), "{own}");
    for read in ["calendar: ", "currency: ", "edition: 2026", "dataset subscriptions: history "] {
        assert!(reads.lines().any(|line| line.starts_with(read)), "no `{read}` in:\n{reads}");
    }
}

#[test]
fn it_takes_no_other_view_beside_it() {
    let project = Project::new();
    project.run(&["explain", "mrr", "--canonical", "--sql"]).ended(2).says("--canonical");
    project.run(&["explain", "--canonical"]).ended(2);
}
