//! Small questions that once cost much: each is asked of the program as people ask it, in a process of its own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{Date32Array, Int64Array};

use crate::Failure;
use crate::pass::parquet::Parquet;
use crate::pass::pictures::AS_OF;
use crate::pass::process::{self, Cost};

/// A project and a question about it.
struct Small {
    name: &'static str,
    about: &'static str,
    write: fn(&Path) -> Result<(), Failure>,
    query: &'static [&'static str],
}

const ALL: [Small; 4] = [
    Small {
        name: "near-ids",
        about: "a CSV of two rows with ids 1 and 2",
        write: |folder| ids(folder, 2),
        query: &["users_seen"],
    },
    Small {
        name: "far-ids",
        about: "a CSV of two rows with ids 1 and 16777215",
        write: |folder| ids(folder, 16_777_215),
        query: &["users_seen"],
    },
    Small {
        name: "members",
        about: "730 events and 1 M users, with a segment over them",
        write: |folder| events(folder, &Events { days: 730, of_a_day: 1, users: 1_000_000 }),
        query: &["busy_events"],
    },
    Small {
        name: "by-user",
        about: "by day and by user, 20,000 users and 240 days",
        write: |folder| events(folder, &Events { days: 240, of_a_day: 2_000, users: 20_000 }),
        query: &["events_seen", "--grain", "day", "--by", "user", "--from", "2025-05-06"],
    },
];

/// Asks those that are named, or all, and prints what each cost.
pub(crate) fn ask(names: &[&str]) -> Result<(), Failure> {
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|small| small.name != **name)) {
        let names = ALL.map(|small| small.name).join("`, `");
        return Err(format!("there is no question `{unknown}`: write `{names}`").into());
    }
    let program = program()?;
    print_header();
    for small in ALL.iter().filter(|small| names.is_empty() || names.contains(&small.name)) {
        let folder = tempfile::tempdir()?;
        (small.write)(folder.path())?;
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).arg("query").args(small.query);
        print(small.about, &process::watched(&mut command)?);
    }
    Ok(())
}

/// Runs a command of the program in a folder, and prints what it cost.
pub(crate) fn run(folder: &Path, command: &[&str]) -> Result<(), Failure> {
    let mut program = Command::new(program()?);
    let cost = process::watched(program.current_dir(folder).args(command))?;
    print_header();
    print(&command.join(" "), &cost);
    Ok(())
}

/// The program beside this one.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    let program =
        env::current_exe()?.with_file_name(format!("milepost{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        return Err(format!("{} is not there: build the program first", program.display()).into());
    }
    Ok(program)
}

pub(crate) fn print_header() {
    println!("{:<52} {:>9} {:>9} {:>9}", "", "wall s", "CPU s", "peak MB");
}

pub(crate) fn print(about: &str, cost: &Cost) {
    let show = |value: Option<f64>, digits: usize| {
        value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let (cpu, peak) = (show(cost.cpu, 2), show(cost.peak, 0));
    println!("{about:<52} {:>9.2} {cpu:>9} {peak:>9}", cost.wall);
}

fn ids(folder: &Path, last: i64) -> Result<(), Failure> {
    fs::create_dir_all(folder.join("data"))?;
    fs::write(
        folder.join("data/events.csv"),
        format!("day,user_id\n2025-11-03,1\n2025-12-04,{last}\n"),
    )?;
    specs(folder, "data/events.csv", "  user: { key: user_id }\n", "", "")
}

/// So many events on each of so many days, of users in turn.
struct Events {
    days: i32,
    of_a_day: i64,
    users: i64,
}

fn events(folder: &Path, size: &Events) -> Result<(), Failure> {
    let mut file = Parquet::new(&folder.join("data/events.parquet"))?;
    let rows = i64::from(size.days) * size.of_a_day;
    let first = AS_OF + 1 - size.days;
    let days = (first..=AS_OF).flat_map(|day| (0..size.of_a_day).map(move |_| day));
    // A prime, so that who follows whom says nothing.
    let users = (0..rows).map(|row| 1 + row * 7_919 % size.users);
    file.write([
        ("day", Arc::new(Date32Array::from_iter_values(days)), false),
        ("user_id", Arc::new(Int64Array::from_iter_values(users)), false),
    ])?;
    file.close()?;
    let mut file = Parquet::new(&folder.join("data/users.parquet"))?;
    file.write([("user_id", Arc::new(Int64Array::from_iter_values(1..=size.users)), false)])?;
    file.close()?;
    specs(
        folder,
        "data/events.parquet",
        "  user: { key: user_id, home: users, lives: always }\n",
        "  users: { from: data/users.parquet, key: user_id }\n",
        "    slices: [user]\n",
    )
}

fn specs(
    folder: &Path,
    events: &str,
    entities: &str,
    datasets: &str,
    slices: &str,
) -> Result<(), Failure> {
    // A row sees the segment as it was on the day before, so every day of every user counts.
    let (segments, metrics) = if datasets.is_empty() {
        ("", "")
    } else {
        (
            "segments:\n  busy: { of: user, where: any(events over 28 days) }\n",
            "  busy_events:\n    question: How much did busy users do?\n    category: reach\n    value: count(events where user.busy)\n",
        )
    };
    fs::create_dir_all(folder.join("specs"))?;
    fs::write(
        folder.join("milepost.yaml"),
        "project: small\nlabel: A small question\nedition: 2026\ncalendar: { time_zone: UTC }\n\
         grain: month\nhistory: 24 months\nas_of: 2025-12-31\n",
    )?;
    fs::write(
        folder.join("specs/all.yaml"),
        format!(
            "entities:\n{entities}datasets:\n{datasets}\
             \x20 events: {{ from: {events}, kind: events, time: day, entities: {{ user: user_id }}, columns: {{ day: date, user_id: integer }} }}\n\
             {segments}metrics:\n\
             \x20 users_seen:\n    question: How many users were there?\n    category: reach\n    value: count(distinct events.user)\n\
             \x20 events_seen:\n    question: How much was done?\n    category: reach\n    value: count(events)\n{slices}{metrics}"
        ),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use milepost::syntax::diagnostic::Diagnostics;
    use milepost::{report, sources::Disk, steps};

    use super::*;

    #[test]
    fn every_question_can_be_asked() {
        for write in [(|folder| ids(folder, 300)) as fn(&Path) -> Result<(), Failure>, |folder| {
            events(folder, &Events { days: 90, of_a_day: 2, users: 50 })
        }] {
            let folder = tempfile::tempdir().unwrap();
            write(folder.path()).unwrap();
            let mut diagnostics = Diagnostics::default();
            let loaded = steps::load(&Disk::new(folder.path()), &mut diagnostics);
            let engine = steps::engine(folder.path()).unwrap();
            let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
            let model = steps::check(&loaded, &schemas, &mut diagnostics);
            let model = model.unwrap_or_else(|| panic!("{:?}", diagnostics.sorted()));
            let requests = report::requests(&model);
            let as_of = model.project.as_of();
            let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics);
            let series = steps::run(&engine, &model, &data.unwrap(), &requests).unwrap();
            let figures = series.iter().flat_map(|s| &s.rows).flat_map(|row| row.cells.iter());
            assert!(figures.filter(|cell| cell.value.is_ok()).count() > 2);
        }
    }
}
