//! Little memory and few threads: a sentence and the exit code of the machine, never that of a bug.

use std::process::Command;

use super::Project;

/// A limit of the addresses that the process may use, in kilobytes. What is mapped of the program itself is much of it; with less, the
/// system does not start it.
#[test]
fn little_memory_is_told_as_such() {
    let project = Project::new();
    let mut enough = 0;
    for limit in (280_000..=800_000).step_by(40_000) {
        let script = format!("ulimit -v {limit}; exec timeout 60 \"$0\" query weekly_active_users");
        let done = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_milepost")])
            .current_dir(project.path(""))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&done.stderr);
        match done.status.code() {
            Some(0) => enough += 1,
            Some(3) => assert!(
                ["memory", "threads"].iter().any(|word| text.contains(word)),
                "{limit} kB: {text}"
            ),
            other => panic!("{limit} kB: {other:?}: {text}"),
        }
    }
    assert!(enough > 3, "only {enough} limits are enough");
}
