//! How wide text is, at most, and how labels keep out of each other's way.

/// A cautious width in pixels: at least that of the widest common interface font.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.36,
        'f' | 't' | 'r' | ' ' | '\u{a0}' | '(' | ')' | '-' | '/' | '[' | ']' => 0.45,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 1.0,
        '0'..='9' | '$' | '€' | '£' | '¥' => 0.64,
        'a'..='z' => 0.64,
        'A'..='Z' => 0.78,
        '+' | '\u{2212}' | '<' | '>' | '=' | '≥' | '≤' | '…' => 0.84,
        c if c.is_ascii() => 0.7,
        c if u32::from(c) < 0x1100 => 0.85,
        _ => 1.1,
    }
}

/// The text if it fits, else its beginning and an ellipsis.
#[must_use]
pub fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = width("…", size);
    for c in text.chars() {
        used += em(c) * size;
        if used > room {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// Moves heights apart until neighbours are `gap` away from each other, within `[top, bottom]`, changing as little as
/// a walk down and a walk up can. The order stays; too many labels for the room end up on top of each other at the top.
pub fn spread(heights: &mut [f64], gap: f64, top: f64, bottom: f64) {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut least = top;
    for i in &order {
        heights[*i] = heights[*i].max(least);
        least = heights[*i] + gap;
    }
    let mut most = bottom;
    for i in order.iter().rev() {
        heights[*i] = heights[*i].min(most).max(top);
        most = heights[*i] - gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut() {
        assert_eq!(fit("plan", 12.0, 100.0), "plan");
        let cut = fit("a very long name of a plan", 12.0, 80.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0) <= 80.0, "{cut}");
    }

    #[test]
    fn labels_do_not_overlap() {
        let mut heights = [50.0, 52.0, 51.0, 99.0];
        spread(&mut heights, 14.0, 0.0, 100.0);
        let mut sorted = heights;
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|w| w[1] - w[0] >= 14.0 - 1e-9), "{heights:?}");
        assert!(heights[0] < heights[2] && heights[2] < heights[1]);
        assert!(sorted[0] >= 0.0 && sorted[3] <= 100.0);
    }
}
