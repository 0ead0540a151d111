//! The templates, and how text gets into them.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
};

const SOURCES: [(&str, &str); 16] = [
    ("base.html", include_str!("../templates/base.html")),
    ("charts.html", include_str!("../templates/charts.html")),
    ("datasets.html", include_str!("../templates/datasets.html")),
    ("frame.html", include_str!("../templates/frame.html")),
    ("heat.html", include_str!("../templates/heat.html")),
    ("index.html", include_str!("../templates/index.html")),
    ("journey.html", include_str!("../templates/journey.html")),
    ("kpi.html", include_str!("../templates/kpi.html")),
    ("list.html", include_str!("../templates/list.html")),
    ("lists-table.html", include_str!("../templates/lists-table.html")),
    ("lists.html", include_str!("../templates/lists.html")),
    ("review.html", include_str!("../templates/review.html")),
    ("score.html", include_str!("../templates/score.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("segment.html", include_str!("../templates/segment.html")),
    ("segments.html", include_str!("../templates/segments.html")),
];

/// The environment of all pages: every value is escaped, whatever the template is called.
pub(crate) fn environment() -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(write_inert);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.add_global(
        "style",
        Value::from_safe_string(include_str!("../templates/style.css").to_owned()),
    );
    for (name, source) in SOURCES {
        env.add_template(name, source)?;
    }
    Ok(env)
}

/// Writes nothing for what is absent; text loses what acts on its surroundings and is escaped for HTML and SVG, inside
/// elements and inside quoted attributes.
fn write_inert(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    if value.kind() == ValueKind::None {
        return Ok(());
    }
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return escape_formatter(out, state, value);
    };
    let mut inert = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => inert.push_str("&amp;"),
            '<' => inert.push_str("&lt;"),
            '>' => inert.push_str("&gt;"),
            '"' => inert.push_str("&quot;"),
            '\'' => inert.push_str("&#39;"),
            c if acts(c) => inert.push('\u{fffd}'),
            c => inert.push(c),
        }
    }
    Ok(out.write_str(&inert)?)
}

/// Control characters, and those that turn the direction of the text around them.
fn acts(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}
