//! A project in memory.

use milepost_semantics::analyze;
use milepost_semantics::diff::Side;
use milepost_semantics::model::Model;
use milepost_semantics::schema::Schemas;
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::{Diagnostics, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_project, parse_spec};

use crate::page::Version;

pub(crate) struct Project {
    package: Package,
    sources: SourceMap,
    pub(crate) model: Option<Model>,
    /// The mistakes in it.
    pub(crate) told: Vec<String>,
}

impl Project {
    pub(crate) fn of<'a, V>(version: &'a V) -> Self
    where
        V: ?Sized,
        &'a V: Into<VersionRef<'a>>,
    {
        let version: VersionRef<'a> = version.into();
        let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
        let main = sources.add("milepost.yaml", version.project.unwrap_or("project: shop\n"));
        let project = parse_project(sources.get(main), &mut diagnostics);
        let mut package = Package { project, ..Package::default() };
        for (path, text) in
            [("specs/base.yaml", include_str!("base.yaml")), ("specs/own.yaml", version.spec)]
        {
            let id = sources.add(path, text);
            parse_spec(sources.get(id), &mut package, &mut diagnostics);
        }
        milepost_semantics::expand(&mut package, &mut diagnostics);
        let model = analyze(&package, &sources, &Schemas::default(), &mut diagnostics);
        let errors = diagnostics.sorted();
        let errors = errors.iter().filter(|told| told.severity == Severity::Error);
        let told: Vec<String> = errors.map(|told| told.message.clone()).collect();
        let model = model.filter(|_| told.is_empty());
        Self { package, sources, model, told }
    }

    pub(crate) fn side(&self) -> Side<'_> {
        Side { package: &self.package, sources: &self.sources, model: self.model.as_ref() }
    }
}

/// What a version of a project is made of.
pub(crate) struct VersionRef<'a> {
    project: Option<&'a str>,
    spec: &'a str,
}

impl<'a> From<&'a Version> for VersionRef<'a> {
    fn from(version: &'a Version) -> Self {
        Self { project: version.project.as_deref(), spec: &version.spec }
    }
}

impl<'a> From<&'a str> for VersionRef<'a> {
    fn from(spec: &'a str) -> Self {
        Self { project: None, spec }
    }
}
