//! The files of a page, and the columns that a reader of data would find in them.

use milepost_semantics::DataNeed;
use milepost_semantics::model::Type;

/// A fence: what stands behind the three backticks, and the lines inside.
type Fence<'t> = (&'t str, &'t str);

/// A page's fences.
pub(crate) struct Page<'t> {
    fences: Vec<Fence<'t>>,
}

impl<'t> Page<'t> {
    pub(crate) fn parse(text: &'t str) -> Self {
        let mut fences = Vec::new();
        let mut rest = text;
        while let Some((info, after)) = rest
            .strip_prefix("```")
            .or_else(|| rest.split_once("\n```").map(|(_, after)| after))
            .and_then(|after| after.split_once('\n'))
        {
            let (body, after) = match after.strip_prefix("```") {
                Some(after) => ("", after),
                None => after.split_once("\n```").unwrap_or((after, "")),
            };
            fences.push((info.trim_end(), body));
            rest = after;
        }
        Self { fences }
    }

    /// The body of the last fence of that kind.
    pub(crate) fn fence(&self, kind: &str) -> Option<&'t str> {
        self.fences.iter().rev().find(|(info, _)| *info == kind).map(|(_, body)| *body)
    }

    /// Whether every file is text whose columns this module can tell.
    pub(crate) fn is_plain(&self) -> bool {
        let odd = |info: &str| {
            ["bytes", "json", "ndjson", "xlsx"].iter().any(|kind| info.starts_with(kind))
                || info.contains("cut=")
        };
        // Dialects of CSV and `unpivot` are the engine's.
        let written = |(info, body): &Fence<'_>| match info.split(' ').next() {
            Some("yaml") => body.contains("csv:") || body.contains("unpivot:"),
            Some("csv") => {
                let names = body.lines().next().unwrap_or_default();
                !names.contains(',') && names.contains([';', '\t', '|', '='])
            }
            _ => false,
        };
        !self.fences.iter().any(|fence| odd(fence.0) || written(fence))
    }

    /// The specs by their paths, in the order in which they are read.
    pub(crate) fn specs(&self) -> Vec<(&'t str, String)> {
        let mut specs: Vec<(&str, String)> = Vec::new();
        for (info, body) in &self.fences {
            let Some(rest) = info.strip_prefix("yaml") else { continue };
            let path = if rest.is_empty() { "specs/page.yaml" } else { rest.trim() };
            specs.retain(|(known, _)| *known != path);
            specs.push((path, format!("{body}\n")));
        }
        specs.sort_by_key(|(path, _)| (*path != "milepost.yaml", *path));
        specs
    }

    /// The text of a file by its path.
    pub(crate) fn text(&self, path: &str) -> Option<&'t str> {
        let (_, body) =
            self.fences.iter().find(|(info, _)| info.split(' ').nth(1) == Some(path))?;
        Some(body)
    }

    /// Whether all data files of a dataset have types.
    pub(crate) fn is_typed(&self, need: &DataNeed) -> bool {
        !self.fences.iter().any(|(info, _)| {
            let mut words = info.split(' ');
            let (kind, path) = (words.next(), words.next().unwrap_or_default());
            kind == Some("csv") && matches(&need.from.pattern, path)
        })
    }

    /// The columns of the data files of a dataset; absent when there is no such file.
    pub(crate) fn columns(&self, need: &DataNeed) -> Option<Vec<(String, Type)>> {
        let mut all: Option<Vec<(String, Type)>> = None;
        let pattern = need.from.pattern.as_str();
        let declared = |name: &str| need.columns.iter().any(|(n, ty)| n == name && ty.is_some());
        for (info, body) in &self.fences {
            let mut words = info.split(' ');
            let (kind, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let found = match kind {
                "csv" if matches(pattern, path) => csv(body),
                "parquet" if matches(pattern, path) => parquet(body),
                _ => continue,
            };
            let folders = path.split('/').filter_map(|part| part.split_once('='));
            let folders = folders.map(|(name, _)| (name.replace("%20", " "), Type::Text));
            let all = all.get_or_insert_default();
            for (name, found) in found.into_iter().chain(folders) {
                // What a CSV file says of itself is text; a declared type reads it, and no key is a number.
                let key =
                    need.identifiers.iter().any(|found| found.column == name && found.is_open);
                let is_text = declared(&name) || (key && found.is_numeric());
                let ty = if kind == "csv" && is_text { Type::Text } else { found };
                match all.iter_mut().find(|(known, _)| *known == name) {
                    // Of a key, a file that has types tells.
                    Some((_, known)) if key => {
                        *known = if kind == "csv" { *known } else { ty };
                    }
                    Some((_, known)) => *known = wider(*known, ty),
                    None => all.push((name, ty)),
                }
            }
        }
        all
    }
}

/// Whether a path fits a pattern in which `*` is any text.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    match pattern.split_once('*') {
        None => pattern == path || (pattern.ends_with('/') && path.starts_with(pattern)),
        Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
            let after = after.trim_start_matches('*');
            (0..=rest.len())
                .filter(|i| rest.is_char_boundary(*i))
                .any(|i| matches(after, &rest[i..]))
        }),
    }
}

fn parquet(body: &str) -> Vec<(String, Type)> {
    let header = body.lines().next().unwrap_or_default();
    let column = |text: &str| {
        let (name, ty) = text.split_once(':').expect("a type");
        let ty = match ty.trim() {
            "integer" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "decimal" => Type::Decimal,
            "date" => Type::Date,
            "timestamp" => Type::Timestamp,
            _ => Type::Text,
        };
        (name.trim().to_owned(), ty)
    };
    header.split(',').map(column).collect()
}

/// The columns of a CSV file, each with the type that fits all its values.
fn csv(body: &str) -> Vec<(String, Type)> {
    let mut lines = body.lines().filter(|line| !line.is_empty()).map(values);
    let header = lines.next().unwrap_or_default();
    let mut types: Vec<Option<Type>> = vec![None; header.len()];
    for line in lines {
        for (ty, value) in types.iter_mut().zip(line).filter(|(_, value)| !value.is_empty()) {
            let found = type_of(&value);
            *ty = Some(ty.map_or(found, |known| wider(known, found)));
        }
    }
    header.into_iter().zip(types.into_iter().map(|ty| ty.unwrap_or(Type::Unknown))).collect()
}

/// The values of a line; commas inside quotes belong to a value.
fn values(line: &str) -> Vec<String> {
    let (mut list, mut quoted) = (vec![String::new()], false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.next_if_eq(&'"').is_some() => list.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => list.push(String::new()),
            sign => list.last_mut().unwrap().push(sign),
        }
    }
    list
}

fn type_of(value: &str) -> Type {
    let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let number = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
            && text.parse::<f64>().is_ok()
    };
    match shape.as_str() {
        "0000-00-00" => Type::Date,
        s if s.starts_with("0000-00-00T00:00:00") || s.starts_with("0000-00-00 00:00:00") => {
            Type::Timestamp
        }
        _ if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => {
            Type::Boolean
        }
        _ if value.parse::<i64>().is_ok() && !value.starts_with('+') => Type::Integer,
        _ if number(value) => Type::Number,
        _ => Type::Text,
    }
}

fn wider(one: Type, other: Type) -> Type {
    match (one, other) {
        _ if one == other => one,
        (Type::Integer, Type::Number) | (Type::Number, Type::Integer) => Type::Number,
        _ => Type::Text,
    }
}
