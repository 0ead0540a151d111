#[path = "analyze/support.rs"]
#[allow(dead_code, unreachable_pub)]
mod support;
#[test]
fn acme() {
    for p in ["acme", "cdnow"] {
    let dir = format!("../../examples/{p}");
    let mut all = String::new();
    let mut sources = milepost_syntax::source::SourceMap::default();
    let mut diagnostics = milepost_syntax::diagnostic::Diagnostics::default();
    let project = sources.add("milepost.yaml", std::fs::read_to_string(format!("{dir}/milepost.yaml")).unwrap());
    let mut package = milepost_syntax::ast::Package { project: milepost_syntax::parse_project(sources.get(project), &mut diagnostics), ..Default::default() };
    let Ok(read) = std::fs::read_dir(format!("{dir}/specs")) else { continue };
    let mut files: Vec<_> = read.map(|f| f.unwrap().path()).collect();
    files.sort();
    for f in files {
        let id = sources.add(f.to_str().unwrap(), std::fs::read_to_string(&f).unwrap());
        milepost_syntax::parse_spec(sources.get(id), &mut package, &mut diagnostics);
        all += "x";
    }
    let mut schemas = milepost_semantics::schema::Schemas::default();
    if let Ok(text) = std::fs::read_to_string("/tmp/schemas.txt") {
        for line in text.lines() {
            let p: Vec<_> = line.split(' ').collect();
            let ty = match p[2] { "Text" => milepost_semantics::model::Type::Text, "Integer" => milepost_semantics::model::Type::Integer, "Number" => milepost_semantics::model::Type::Number, "Decimal" => milepost_semantics::model::Type::Decimal, "Boolean" => milepost_semantics::model::Type::Boolean, "Date" => milepost_semantics::model::Type::Date, _ => milepost_semantics::model::Type::Timestamp };
            schemas.datasets.entry(p[0].to_owned()).or_default().columns.push((p[1].to_owned(), ty));
        }
    }
    let model = milepost_semantics::analyze(&package, &sources, &schemas, &mut diagnostics);
    let ok = model.is_some();
    if let Some(m) = &model { for i in 0..m.metrics.len() { println!("== {} [{:?}]", m.metrics[i].name, m.metrics[i].display); for l in milepost_semantics::explain::describe(m, milepost_semantics::model::MetricId(i)) { println!("   {l}"); } } 
      println!("dims: {:?}", m.dimensions.iter().map(|d| (&d.name, d.ty)).collect::<Vec<_>>()); }
    let out = support::Outcome { model, sources, diagnostics };
    println!("{p} {ok}\n{}", out.told().join("\n"));
    }
}
