//! A dataset with a `where` gives every figure and reason that files without the other rows give: a condition over texts of
//! the rows themselves, in every dataset of generated projects that has some.

use milepost::semantics::model::{ColumnSource, Type};

use crate::compare::{Opened, requests};
use crate::generate::{Project, Random, files};
use crate::streamed::{compare, run};
use crate::{far, seeds};

/// Other projects than those of the other laws.
const SEEDS: std::ops::Range<u64> = 81..85;

#[test]
fn a_where_gives_what_files_without_the_other_rows_give() {
    let (mut left_out, mut kept) = (0, 0);
    for seed in if far() { seeds() } else { SEEDS } {
        let folder = tempfile::tempdir().unwrap();
        let (with, without) = (folder.path().join("with"), folder.path().join("without"));
        let mut project = Project::new(seed);
        project.write(&with);
        let model = Opened::open(&with, 2).unwrap().model;
        let mut spec = std::fs::read_to_string(with.join("specs/all.yaml")).unwrap();
        let mut random = Random::new(seed * 31 + 7);
        for (name, rows) in &mut project.tables {
            let dataset = &model[model.dataset(name).unwrap()];
            let texts = dataset.columns.iter().filter_map(|column| match &column.source {
                ColumnSource::File(there) if column.ty == Type::Text => Some((column, there)),
                _ => None,
            });
            let texts: Vec<_> =
                texts.filter(|(column, _)| !files::is_key(dataset, &column.name)).collect();
            if texts.is_empty() {
                continue;
            }
            let (column, there) = *random.pick(&texts);
            let values: Vec<&String> = rows.iter().filter_map(|row| row.get(there)).collect();
            if values.is_empty() {
                continue;
            }
            let value = (*random.pick(&values)).clone();
            let from = format!("    from: data/{name}.csv\n");
            if value.contains(['\'', '"', '\\']) || !spec.contains(&from) {
                continue;
            }
            let line = format!("{from}    where: \"{} != '{value}'\"\n", column.name);
            spec = spec.replace(&from, &line);
            let all = rows.len();
            // A row that does not say is not kept either.
            rows.retain(|row| row.get(there).is_some_and(|text| *text != value));
            left_out += all - rows.len();
            kept += rows.len();
        }
        std::fs::write(with.join("specs/all.yaml"), spec).unwrap();
        project.write(&without);
        let (with, without) = (Opened::open(&with, 2).unwrap(), Opened::open(&without, 2).unwrap());
        let asked = requests(&without.model, seed);
        let as_of = without.model.project.as_of();
        let expected = run(&without, as_of, &asked);
        compare(&without.model, &expected, &run(&with, as_of, &asked), &format!("seed {seed}"));
    }
    assert!(left_out > 30 && kept > 50, "{left_out} rows are left out, {kept} are kept");
}
