//! What `init --from` found, for the one who reads it.

use std::fmt::Write as _;
use std::path::Path;

use milepost::escape::printable_line;
use milepost::infer::Inferred;
use milepost::infer::packages::{Offer, PackageFit};

use crate::exit::Stop;
use crate::output::Output;
use crate::project::plural;
use crate::table::Table;

/// Names of KPIs, and things that are missing, that are listed of a package.
const MOST: usize = 6;

/// Of a project that was just written to a folder: datasets, links, what to look at, and what of the catalog fits.
pub(super) fn found(folder: &Path, inferred: &Inferred, output: Output) -> Result<String, Stop> {
    let counts = [
        plural(inferred.datasets.len(), "dataset"),
        plural(inferred.entities.len(), "entity"),
        plural(inferred.kpis, "KPI"),
    ];
    let mut text = output.heading(&format!("Found: {}", counts.join(", ")));
    text += &datasets(inferred);
    text += &links(inferred, output);
    if !inferred.notes.is_empty() {
        _ = write!(text, "\n{}", output.heading("Please look at"));
        for (number, note) in inferred.notes.iter().enumerate() {
            _ = writeln!(text, "{}. {}", number + 1, printable_line(note));
        }
    }
    text += &packages(folder, inferred, output)?;
    Ok(text)
}

fn datasets(inferred: &Inferred) -> String {
    let rows = |dataset: &milepost::infer::DatasetFound| {
        let personal = match dataset.personal {
            0 => String::new(),
            n => plural(n, "personal column"),
        };
        let cells =
            [&dataset.name, &dataset.from, &dataset.rows.to_string(), &dataset.kind, &personal];
        cells.map(|cell| printable_line(cell)).to_vec()
    };
    let table = Table {
        head: ["dataset", "files", "rows", "kind", ""].map(str::to_owned).to_vec(),
        right: vec![false, false, true, false, false],
        rows: Box::new(|| Box::new(inferred.datasets.iter().map(rows))),
    };
    table.text()
}

fn links(inferred: &Inferred, output: Output) -> String {
    if inferred.links.is_empty() {
        return String::new();
    }
    let rows = |link: &milepost::infer::LinkFound| {
        let rate = match link.rate {
            Some((found, all)) if found == all => format!("all {all} different values match"),
            Some((found, all)) => {
                format!(
                    "{:.1}% of {all} different values match",
                    found as f64 * 100.0 / all.max(1) as f64
                )
            }
            None => "no file lists them".to_owned(),
        };
        vec![printable_line(&link.from), format!("→ {}", link.entity), rate]
    };
    let table = Table {
        head: ["link", "to", ""].map(str::to_owned).to_vec(),
        right: vec![false, false, false],
        rows: Box::new(|| Box::new(inferred.links.iter().map(rows))),
    };
    format!("\n{}{}", output.heading("Links"), table.text())
}

/// The packages that fit, and what to paste.
fn packages(folder: &Path, inferred: &Inferred, output: Output) -> Result<String, Stop> {
    let Offer { fits, pastes } = inferred.offer(folder)?;
    let mut text = String::new();
    if !fits.is_empty() {
        _ = write!(
            text,
            "\n{}",
            output.heading("Packages of the catalog that fit, with what is below")
        );
        fits.iter().for_each(|fit| text += &line(fit));
    }
    if !pastes.is_empty() {
        _ = write!(
            text,
            "\n{}",
            output.heading("To paste, where you like what they show (milepost catalog NAME)")
        );
        for paste in pastes {
            _ = writeln!(text, "# {}", paste.place);
            text += &paste.text;
            text.push('\n');
        }
    }
    Ok(text.trim_end_matches('\n').to_owned() + "\n")
}

/// `std/revenue  4 of 7 KPIs: arpa, nrr …; the others lack dataset costs`
fn line(fit: &PackageFit) -> String {
    let some = |names: &[String]| {
        let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
        if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
    };
    let lacks = match fit.lacks.is_empty() {
        true => String::new(),
        false => format!("\n  the others lack {}", some(&fit.lacks)),
    };
    format!("{}: {} of {}: {}{lacks}\n", fit.package, fit.ready.len(), fit.all, some(&fit.ready))
}
