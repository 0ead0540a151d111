//! A mistake in a package is told with the way around it.

use super::mentions::units;
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;

/// Adds to what is told about a package that its author is not the reader, and what the reader can do.
pub(crate) fn tell_origin(package: &Package, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    if package.imported.is_empty() {
        return;
    }
    let units = units(package);
    diagnostics.each_mut(&mut |diagnostic| {
        let Some(place) = diagnostic.primary.as_ref().map(|label| label.span) else { return };
        if !package.is_imported(place) {
            return;
        }
        let path = &sources.get(place.source).path;
        let around = units.iter().find(|unit| {
            unit.span.source == place.source
                && (unit.span.start..unit.span.end).contains(&place.start)
        });
        let Some(unit) = around else { return };
        diagnostic.help.push(format!(
            "`{path}` is part of the shipped catalog: define `{}` in your own specs, and yours overrides it",
            unit.name.node
        ));
    });
}
