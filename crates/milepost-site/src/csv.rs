//! Lines of comma-separated values that every reader takes alike, and no spreadsheet for a program.

/// The text, such that no spreadsheet takes it for a formula, and that no reader takes for the end of the file.
#[must_use]
pub fn text(raw: &str) -> String {
    let raw = raw.replace('\0', "\u{fffd}");
    // One that looks guarded already gets a quote more, so that two texts stay two.
    let bare = raw.trim_start_matches('\'');
    match bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{raw}"),
        false => raw,
    }
}

/// Adds one line; fields are quoted where they must be.
pub fn line(out: &mut String, fields: &[&str]) {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) || field.starts_with([' ', '\'']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for raw in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(text(raw).starts_with('\''), "{raw}");
        }
        assert_eq!(text("a=b"), "a=b");
        assert_eq!(text("it's"), "it's");
        assert_eq!((text("=1").as_str(), text("'=1").as_str()), ("'=1", "''=1"));
    }

    #[test]
    fn quotes_and_commas_are_quoted() {
        let mut out = String::new();
        line(&mut out, &["a,b", "say \"hi\"", "two\nlines", "plain"]);
        assert_eq!(out, "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\n");
    }
}
