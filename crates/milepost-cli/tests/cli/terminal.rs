//! What a terminal is sent, seen through a terminal: `script` runs a program in one and keeps what it prints.

use std::fs;
use std::process::Command;

use super::Project;

/// What is on the screen after a command, byte for byte.
fn screen(project: &Project, arguments: &str) -> String {
    let command = format!("'{}' {arguments}", env!("CARGO_BIN_EXE_milepost"));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(project.folder.path())
        .env("NO_COLOR", "1")
        .env("TERM", "dumb")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    // The line that says what is going on, which comes when a second has passed, erases itself.
    String::from_utf8_lossy(&output.stdout).replace("\r\u{1b}[2K", "")
}

const EVIL: &str = "\u{1b}[2J\u{9b}31m\u{202e}red\u{7}";

#[test]
fn data_does_nothing_to_a_terminal() {
    let project = Project::new();
    project.edit("data/accounts.csv", "starter", EVIL);
    for format in ["table", "csv", "json"] {
        let shown = screen(&project, &format!("query mrr --by plan --format {format}"));
        assert!(shown.contains("red") && shown.contains("enterprise"), "{format}: {shown:?}");
        let harmless = !shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']);
        assert!(harmless, "{format}: {shown:?}");
        let escaped = if format == "json" { "\\u001b[2J" } else { "\\u{1b}[2J\\u{9b}31m\\u{202e}" };
        assert!(shown.contains(escaped), "{format}: {shown:?}");
        if format == "json" {
            let answer: serde_json::Value = serde_json::from_str(&shown).unwrap();
            let plans = answer["figures"].as_array().unwrap().iter();
            assert!(plans.clone().any(|f| f["slice"]["plan"] == EVIL), "it says the same");
        }
    }
    // Files and pipes get the bytes of the data.
    let piped = project.run(&["query", "mrr", "--by", "plan", "--format", "csv"]).ended(0).out;
    assert!(piped.contains(EVIL), "{piped:?}");
    project.run(&["query", "mrr", "--by", "plan", "--format", "csv", "--out", "a.csv"]).ended(0);
    assert_eq!(fs::read_to_string(project.path("a.csv")).unwrap(), piped);
}

#[test]
fn specs_do_nothing_to_a_terminal() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "label: Seats in use", "label: \"Seats \\e[2J\\x9b31m\"");
    let harmless = |command: &str| {
        let shown = screen(&project, command);
        assert!(!shown.trim().is_empty(), "{command}");
        let moves = shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']);
        assert!(!moves, "{command}: {shown:?}");
        shown
    };
    for command in ["query seat_use", "explain seat_use"] {
        assert!(harmless(command).contains("Seats \\u{1b}[2J\\u{9b}31m"), "{command}");
    }
    for command in [
        "explain seat_use --lineage",
        "explain seat_use --lineage --format json",
        "explain seat_use --sql",
        "explain --plan",
        "test",
        "test --format json",
        "build",
        "query '\u{1b}[2J\u{202e}'",
        "explain '\u{1b}[2J\u{202e}' --lineage",
    ] {
        harmless(command);
    }
    let odd = "specs/odd\u{1b}[2J\u{202e}.yaml";
    fs::write(project.path(odd), "metrics:\n  a:   { valu: \"\u{202e}\\e[2J\" }\n").unwrap();
    for command in ["check", "check --format json", "build", "query seat_use", "test"] {
        assert!(harmless(command).contains("specs/odd"), "{command}");
    }
    fs::write(project.path(odd), "metrics:\n  a:   { value: 1, label: \"\u{202e}\" }\n").unwrap();
    for command in ["fmt --check", "fmt"] {
        assert!(harmless(command).contains("specs/odd"), "{command}");
    }
    assert!(harmless(&format!("fmt - < '{odd}'")).contains("\\u{202e}"));
}
