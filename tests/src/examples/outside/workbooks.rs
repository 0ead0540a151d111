//! Workbooks as other programs write them, against CSV files of the same rows.

use milepost::infer;
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::steps;

use crate::figures::Example;
use crate::python::{printed, python};

#[test]
#[ignore = "needs Python with openpyxl and xlsxwriter: cargo xtask test"]
fn sheets_give_the_figures_of_csv_files() {
    let folder = tempfile::tempdir().unwrap();
    printed(&python("outside/workbooks.py", &[folder.path()]));
    let example = Example::load(folder.path().to_str().unwrap());
    let model = &example.model;
    let totals = model
        .metrics
        .iter()
        .map(|metric| Request::total(model, model.metric(&metric.name).unwrap()));
    let requests: Vec<Request> = totals.collect();
    let data = example.open(&requests);
    let series = steps::run(&example.engine, model, &data, &requests).unwrap();
    let name = |series: &Series| model[series.metric].name.clone();
    let cells =
        |series: &Series| series.rows.iter().flat_map(|row| row.cells.iter()).collect::<Vec<_>>();
    let (mut compared, mut counted) = (0, 0);
    for sheet in series.iter().filter(|series| name(series).starts_with('x')) {
        let other = name(sheet).replacen('x', "c", 1);
        let file = series.iter().find(|series| name(series) == other).unwrap();
        let (own, theirs) = (cells(sheet), cells(file));
        assert_eq!(own, theirs, "{} and {other}", name(sheet));
        compared += own.len();
        counted +=
            own.iter().filter(|cell| cell.value.as_ref().is_ok_and(|value| *value != 0.0)).count();
    }
    // Each sheet with rows is found as a table, as its CSV file is; the other sheet of each workbook has none.
    let asked = infer::Request {
        root: folder.path(),
        folder: "data",
        prefix: "",
        name: "books",
        threads: 2,
    };
    let found = infer::infer(&asked).unwrap();
    let of = |ending: &str| {
        let files = found.datasets.iter().map(|dataset| dataset.from.split(", sheet ").next());
        files.filter(|file| file.is_some_and(|file| file.ends_with(ending))).count()
    };
    assert!(of(".xlsx") == of(".csv") && of(".csv") > 6, "{:#?}", found.datasets);
    assert!(compared >= 700 && counted > 200, "{counted} of {compared} figures are not 0");
}
