//! How large a project may be: every limit that an author can meet, in one place.
//!
//! Specs may come from anyone, so what they ask for is bounded before it is done: in text, in what the text stands for once
//! names are written out, and in how many windows and figures are computed. Each limit is stated in the language ("Limits")
//! and reported by the code [`crate::codes::LIMIT_EXCEEDED`], or that of the text itself.

/// The largest spec file, in bytes.
pub const SPEC_BYTES: usize = 8 * 1024 * 1024;

/// How many values one file may hold.
pub const SPEC_VALUES: usize = 1_500_000;

/// How deep lists and maps may be nested.
pub const NESTING: usize = 64;

/// The longest expression, in bytes.
pub const EXPRESSION_BYTES: usize = 64 * 1024;

/// How deep parentheses and brackets may be nested in an expression.
pub const PARENTHESES: usize = 128;

/// How many operators one expression may have. It bounds the depth of the tree.
pub const OPERATORS: usize = 500;

/// How many parts (names, values, operators, functions and aggregates) a definition may have once the computed columns,
/// behaviors and metrics in it are written out.
pub const PARTS: usize = 4_000;

/// How many parts all definitions of a project may have together, written out.
pub const PROJECT_PARTS: usize = 2_000_000;

/// How many computed columns, or definitions (metrics, segments, behaviors), may build on one another in a row.
pub const LAYERS: usize = 64;

/// How many operators and functions may be inside each other in an expression that is written out. One expression as
/// an author writes it is always below.
pub const LEVELS: usize = 700;

/// How many units the unit of a product or a quotient may be made of.
pub const UNIT_FACTORS: usize = 16;

/// How many buckets of time a metric is computed for.
pub const BUCKETS: u64 = 40_000;

/// How many windows of time a metric looks at in all buckets together: one for each aggregate and bucket, and for
/// `average` and `per` one for each day or block.
pub const WINDOWS: u64 = 2_000_000;

/// How many figures one question has: slices times buckets.
pub const FIGURES: u64 = 5_000_000;

/// How many cells the slices of one aggregate have: slices times windows.
pub const CELLS: u64 = 10_000_000;

/// How many groups the rows of a dataset fall into while they are read: by time, by what they pass, and by slice.
pub const GROUPS: usize = 20_000_000;

/// How many steps of time a cohort is followed.
pub const OFFSETS: u32 = 60;

/// How many steps a funnel has.
pub const STEPS: usize = 12;

/// A count as messages write it: `2,000,000`.
#[must_use]
pub fn counted(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn counts_are_written_in_groups_of_three() {
        let texts = [0, 999, 1_000, 40_000, 2_000_000].map(counted);
        assert_eq!(texts, ["0", "999", "1,000", "40,000", "2,000,000"]);
    }
}
