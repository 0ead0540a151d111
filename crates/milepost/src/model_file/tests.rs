use std::path::{Path, PathBuf};

use milepost_semantics::diff::{Side, compare};
use milepost_semantics::model::Model;
use milepost_semantics::schema::Schemas;
use milepost_syntax::diagnostic::Diagnostics;

use super::{ModelFile, emit};
use crate::catalog::PACKAGES;
use crate::project::Loaded;
use crate::sources::{Disk, Memory, SourceError, Sources};
use crate::steps;

/// A project, checked.
struct Checked {
    loaded: Loaded,
    schemas: Schemas,
    model: Model,
}

impl Checked {
    fn of(files: &dyn Sources, schemas: impl FnOnce(&Loaded) -> Schemas) -> Self {
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(files, &mut diagnostics);
        let schemas = schemas(&loaded);
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        let model = model.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
        Self { loaded, schemas, model }
    }

    fn side(&self) -> Side<'_> {
        let Loaded { package, sources, .. } = &self.loaded;
        Side { package, sources, model: Some(&self.model) }
    }

    fn emitted(&self) -> String {
        emit(self.side(), &self.schemas).unwrap()
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The columns of the files of an example.
fn columns(name: &str, loaded: &Loaded) -> Schemas {
    let engine = steps::engine(&example(name)).unwrap();
    steps::schemas(&engine, &loaded.package, &mut Diagnostics::default())
}

/// The example without its own metrics, and with another `milepost.yaml`.
struct Uses<'a> {
    disk: Disk,
    main: &'a str,
}

impl Sources for Uses<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if path == crate::PROJECT_FILE { Ok(self.main.into()) } else { self.disk.read(path) }
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        let data =
            |path: &String| path.ends_with("datasets.yaml") || path.ends_with("entities.yaml");
        Ok(self.disk.specs(folder)?.into_iter().filter(data).collect())
    }
}

/// What a model file says is what its project says, and to write it down again gives the same bytes.
fn agrees(name: &str, project: &Checked) {
    let text = project.emitted();
    assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{name}: no path of the machine");
    let file = ModelFile::parse(name, text.as_bytes()).unwrap();
    assert_eq!(file.origin(), None);
    let again = Checked::of(&file, |_| file.columns().unwrap().clone());
    let changes = compare(project.side(), again.side());
    assert!(changes.changed.is_empty(), "{name}: {:#?}", changes.changed);
    assert!(again.emitted() == text, "{name} is written down in another way the second time");
}

#[test]
fn the_examples_are_what_their_files_say() {
    for name in ["acme", "cdnow"] {
        let project = Checked::of(&Disk::new(example(name)), |loaded| columns(name, loaded));
        agrees(name, &project);
    }
}

/// Each package of the catalog alone, on the data of the example.
#[test]
fn the_catalog_is_what_its_files_say() {
    let disk = Disk::new(example("acme"));
    let main = String::from_utf8(disk.read("milepost.yaml").unwrap()).unwrap();
    let (before, rest) = main.split_once("use:").unwrap();
    let after = rest.split_once("\noutputs:").unwrap().1;
    let mut tried = Vec::new();
    for (package, _) in PACKAGES {
        let main = format!("{before}use: [{package}]\noutputs:{after}");
        let uses = Uses { disk: Disk::new(example("acme")), main: &main };
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(&uses, &mut diagnostics);
        let schemas = columns("acme", &loaded);
        // Some need what the example's own metrics say.
        if steps::check(&loaded, &schemas, &mut diagnostics).is_some() {
            tried.push(*package);
            agrees(package, &Checked::of(&uses, |_| schemas));
        }
    }
    assert!(tried.len() >= 8, "{tried:?} alone are tried");
}

fn small() -> Checked {
    let files = Memory::new().with("milepost.yaml", "project: shop\nedition: 2026\n").with(
        "specs/a.yaml",
        "\u{feff}datasets:\r\n  orders:\r\n    from: data/orders.csv\r\n    kind: events\r\n    time: day\r\n    columns: { day: date }\r\nmetrics:\r\n  sales: { value: count(orders) }\r\n",
    );
    Checked::of(&files, |_| Schemas::default())
}

#[test]
fn marks_and_line_breaks_are_kept_or_gone_for_good() {
    let project = small();
    agrees("small", &project);
    assert!(project.emitted().contains("datasets:\\r\\n"));
}

/// The catalog of the version that wrote the file is that of the file.
#[test]
fn packages_are_those_of_the_file() {
    let uses = "project: shop\nedition: 2026\nuse: [std/own]\n";
    let text = serde_json::json!({
        "kind": "milepost-model", "format": 1, "milepost": "0.0.1",
        "files": [{ "path": "milepost.yaml", "text": uses }, { "path": "specs/a.yaml", "text": "" }],
        "packages": [{ "name": "std/own", "text": "metrics:\n  own: { value: 1 }\n" }],
        "columns": [],
    });
    let file = ModelFile::parse("x", text.to_string().as_bytes()).unwrap();
    let project = Checked::of(&file, |_| Schemas::default());
    assert!(project.model.metric("own").is_some());
    assert_eq!(file.origin().unwrap(), "written by milepost 0.0.1, and this is 0.1.0");
    let long = format!("\\u001b{}", "9".repeat(10_000));
    let text = text.to_string().replacen("0.0.1", &long, 1);
    let file = ModelFile::parse("x", text.as_bytes()).unwrap();
    assert!(file.origin().unwrap().len() < 200 && !file.milepost.contains('\u{1b}'));
}

#[test]
fn what_is_no_model_file_is_told() {
    let file = |path: &str| {
        format!(
            r#"{{"kind":"milepost-model","format":1,"milepost":"0.1.0","files":[{{"path":"milepost.yaml","text":""}},{{"path":{path:?},"text":""}}],"columns":[]}}"#
        )
    };
    let with = |field: &str| {
        format!(
            r#"{{"kind":"milepost-model","format":1,"milepost":"0.1.0","files":[{{"path":"milepost.yaml","text":""}}],{field}}}"#
        )
    };
    let package = r#"{"name":"std/a","text":""}"#;
    for (text, says) in [
        (String::new(), "ends in the middle, in line 1, column 0"),
        ("{}".to_owned(), "its `kind` is not `milepost-model`"),
        ("[]".to_owned(), "a field is not as it has to be"),
        ("entities: {}".to_owned(), "it is not JSON, in line 1, column 1"),
        (r#"{"kind":7}"#.to_owned(), "a field is not as it has to be"),
        (r#"{"kind":"milepost-model"}"#.to_owned(), "is of format none, and this version reads 1"),
        (
            r#"{"kind":"milepost-model","format":9,"milepost":"9.9\u001b[2J"}"#.to_owned(),
            "is of format 9, by milepost 9.9\\u{1b}[2J, and this version reads 1",
        ),
        (r#"{"kind":"milepost-model","format":1}"#.to_owned(), "a field is not as it has to be"),
        (file("../x.yaml"), "the path `../x.yaml` leads out of the project's folder"),
        (file("/etc/passwd"), "leads out of the project's folder"),
        (file("C:\\x.yaml"), "leads out of the project's folder"),
        (file("specs/./a.yaml"), "is not written from the project's folder on"),
        (file("specs\\a.yaml"), "is not written from the project's folder on"),
        (file(""), "the path `` is empty"),
        (file(&"a".repeat(2_000)), "is too long"),
        (file("milepost.yaml"), "`milepost.yaml` is in it twice"),
        (
            file("specs/X.yaml").replace('X', "\\u001b]0;x\\u0007"),
            "the path `specs/\\u{1b}]0;x\\u{7}.yaml` holds characters that control a terminal",
        ),
        (with(r#""columns":[],"files":[]"#), "a field is not as it has to be"),
        (with(r#""columns":[]"#).replace("milepost.yaml", "a.yaml"), "it has no milepost.yaml"),
        (
            with(&format!(r#""columns":[],"packages":[{package},{package}]"#)),
            "the package `std/a` is in it twice",
        ),
        (
            with(r#""columns":[{"dataset":"d","columns":[{"name":"a","type":"money"}]}]"#),
            "a column of the dataset `d` has a type that is none",
        ),
        (
            with(r#""columns":[{"dataset":"d","columns":[]},{"dataset":"d","columns":[]}]"#),
            "the columns of `d` are in it twice",
        ),
        ("[".repeat(100_000), "is no model file"),
    ] {
        let told = ModelFile::parse("x.json", text.as_bytes()).unwrap_err();
        assert_eq!(told.code.name(), "model-unreadable");
        assert!(told.message.contains(says), "{} instead of {says}", told.message);
        assert!(!told.help.is_empty() && told.message.len() < 400, "{}", told.message);
        assert!(!told.message.contains('\u{1b}'), "{}", told.message);
    }
}

/// Cut anywhere, or with other bytes: a message, or a project that may be wrong, and never a panic.
#[test]
fn broken_files_do_no_harm() {
    let text = small().emitted();
    let end = text.trim_end().len();
    for at in 0..end {
        let told = ModelFile::parse("x", &text.as_bytes()[..at]).unwrap_err();
        assert!(told.message.contains("ends in the middle"), "{}", told.message);
    }
    let mut random = 1_u64;
    for _ in 0..2_000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let place = usize::try_from(random >> 33).unwrap() % bytes.len();
            bytes[place] = random.to_le_bytes()[2];
        }
        if let Ok(file) = ModelFile::parse("x", &bytes) {
            let mut diagnostics = Diagnostics::default();
            let loaded = steps::load(&file, &mut diagnostics);
            steps::check(&loaded, file.columns().unwrap(), &mut diagnostics);
        }
    }
}

#[test]
fn texts_are_of_every_definition() {
    let project = Checked::of(&Disk::new(example("cdnow")), |loaded| columns("cdnow", loaded));
    let file: serde_json::Value = serde_json::from_str(&project.emitted()).unwrap();
    let definitions = file["definitions"].as_array().unwrap();
    for metric in &project.model.metrics {
        let of =
            |found: &&serde_json::Value| found["name"] == *metric.name && found["kind"] == "metric";
        let Some(found) = definitions.iter().find(of) else { continue };
        assert_eq!(found["fingerprint"].as_str().unwrap().len(), 32, "{}", metric.name);
        for read in found["reads"].as_array().unwrap() {
            assert!(file["reads"][read.as_str().unwrap()].is_string(), "{read}");
        }
    }
    assert!(
        definitions.iter().any(|found| found["kind"] == "dataset" && found["text"].is_string())
    );
}
