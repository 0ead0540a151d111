//! How numbers are written, told by one of them.

use super::NumberFormat;

/// What may stand between groups of digits: a blank and an apostrophe are written in several ways.
const fn one_of_its_kind(sign: char) -> char {
    match sign {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2019}' => '\'',
        other => other,
    }
}

impl NumberFormat {
    /// Numbers with nothing but a sign before their decimals.
    #[must_use]
    pub const fn with_decimal(decimal: char) -> Self {
        Self { decimal, thousands: None, symbols: Vec::new(), is_percent: false }
    }

    /// The format of which a number is an example: `$1,234.50`.
    ///
    /// # Errors
    /// It is no number, or might be one in several ways: what to write instead.
    pub fn parse(example: &str) -> Result<Self, String> {
        let is_digit = |c: char| c.is_ascii_digit();
        let (Some(first), Some(last)) = (example.find(is_digit), example.rfind(is_digit)) else {
            return Err("write a number as it stands in the files, such as `1,234.50`, `1.234,50 €`, `$1,234.50` or `12.5%`".to_owned());
        };
        let around = [&example[..first], &example[last + 1..]];
        let mut is_percent = false;
        let mut symbols = Vec::new();
        for part in around {
            let part = part.trim_matches(|c: char| c.is_whitespace() || "()+-\u{2212}".contains(c));
            let symbol = part.strip_suffix('%').or(part.strip_prefix('%'));
            is_percent |= symbol.is_some();
            let symbol = symbol.unwrap_or(part).trim();
            if !symbol.is_empty() {
                symbols.push(symbol.to_owned());
            }
        }
        let (thousands, decimal) = separators(&example[first..=last])?;
        Ok(Self { decimal, thousands, symbols, is_percent })
    }

    /// The number as digits with a point before the decimals; absent if it is not written so. Parentheses and a minus sign
    /// on either side make it negative.
    #[must_use]
    pub fn plain(&self, value: &str) -> Option<String> {
        let mut rest = value.trim();
        let mut signs = 0;
        let mut is_negative = false;
        let mut has_percent = false;
        // Signs, symbols and percent stand around the digits in any order, each once.
        let mut symbols: Vec<&str> = self.symbols.iter().map(String::as_str).collect();
        loop {
            let minus = ['-', '\u{2212}'];
            let in_parentheses = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let negated = in_parentheses.or(rest.strip_prefix(minus)).or(rest.strip_suffix(minus));
            let without = if let Some(inner) = negated {
                (signs, is_negative) = (signs + 1, true);
                inner
            } else if let Some(inner) = rest.strip_prefix('+') {
                signs += 1;
                inner
            } else if let Some(inner) = rest.strip_suffix('%').filter(|_| !has_percent) {
                has_percent = true;
                inner
            } else if let Some((at, inner)) = symbols.iter().enumerate().find_map(|(at, symbol)| {
                Some((at, rest.strip_prefix(symbol).or(rest.strip_suffix(symbol))?))
            }) {
                symbols.remove(at);
                inner
            } else {
                break;
            };
            rest = without.trim();
        }
        if signs > 1 || has_percent != self.is_percent {
            return None;
        }
        let mut plain = String::with_capacity(rest.len() + 4);
        if is_negative {
            plain.push('-');
        }
        self.digits(rest, &mut plain)?;
        if self.is_percent {
            plain.push_str("e-2");
        }
        Some(plain)
    }

    fn digits(&self, text: &str, plain: &mut String) -> Option<()> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) if self.is_bare() => (number, Some(exponent)),
            _ => (text, None),
        };
        let (whole, fraction) = match number.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return None;
        }
        if digits(whole) {
            plain.push_str(whole);
        } else {
            let between = |c: char| Some(one_of_its_kind(c)) == self.thousands;
            for (at, group) in whole.split(between).enumerate() {
                let fits = if at == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                if !fits || !digits(group) {
                    return None;
                }
                plain.push_str(group);
            }
        }
        if let Some(fraction) = fraction {
            if !digits(fraction) {
                return None;
            }
            plain.push('.');
            plain.push_str(fraction);
        }
        if let Some(exponent) = exponent {
            let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if power.is_empty() || !digits(power) {
                return None;
            }
            plain.push('e');
            plain.push_str(exponent);
        }
        Some(())
    }

    /// A number that is written so: `$1,234.50`, a whole one: `$1,234`.
    #[must_use]
    pub fn example(&self, is_whole: bool) -> String {
        let thousand = self.thousands.map_or_else(|| "1234".to_owned(), |t| format!("1{t}234"));
        let mut text = match self.is_percent && self.thousands.is_none() {
            _ if is_whole => thousand,
            true => format!("12{}5", self.decimal),
            false => format!("{thousand}{}50", self.decimal),
        };
        for symbol in &self.symbols {
            // Signs of currencies stand before, as in `$5`, but where commas are before decimals.
            text = match self.decimal {
                '.' => format!("{symbol}{text}"),
                _ => format!("{text} {symbol}"),
            };
        }
        if self.is_percent { text + "%" } else { text }
    }

    /// Nothing but the decimal sign differs from how numbers are usually written.
    fn is_bare(&self) -> bool {
        self.thousands.is_none() && self.symbols.is_empty() && !self.is_percent
    }
}

/// What is between groups of digits, and before the decimals.
fn separators(digits: &str) -> Result<(Option<char>, char), String> {
    const BETWEEN: &str = "., '_";
    let signs: Vec<(usize, char)> = digits
        .char_indices()
        .filter(|(_, sign)| !sign.is_ascii_digit())
        .map(|(at, sign)| (at, one_of_its_kind(sign)))
        .collect();
    if let Some((_, odd)) = signs.iter().find(|(_, sign)| !BETWEEN.contains(*sign)) {
        return Err(format!(
            "`{odd}` stands between digits: write a single number, such as `1,234.50`"
        ));
    }
    let Some((last_at, last)) = signs.last().copied() else { return Ok((None, '.')) };
    let after = digits.len() - last_at - digits[last_at..].chars().next().map_or(1, char::len_utf8);
    let first = signs[0].1;
    let other = if last == ',' { '.' } else { ',' };
    // `1,234,567`
    if signs.len() > 1 && signs.iter().all(|(_, sign)| *sign == first) {
        return Ok((Some(first), if first == '.' || first == ',' { other } else { '.' }));
    }
    if signs.len() > 1 {
        let groups = &signs[..signs.len() - 1];
        let sound = (last == '.' || last == ',') && groups.iter().all(|(_, sign)| *sign == first);
        return match sound && first != last {
            true => Ok((Some(first), last)),
            false => Err("write a number with one sign between thousands and `.` or `,` before decimals: `1,234.50`".to_owned()),
        };
    }
    match last {
        '.' | ',' if after == 3 && last_at <= 3 => Err(format!(
            "it may be a thousand or a fraction: write `1{last}234{other}50` if `{last}` is between thousands, `1{last}5` if it is before decimals"
        )),
        '.' | ',' => Ok((None, last)),
        _ => Ok((Some(last), '.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(example: &str, value: &str) -> Option<String> {
        NumberFormat::parse(example).unwrap().plain(value)
    }

    #[test]
    fn an_example_tells_the_format() {
        let of = |example: &str| {
            let found = NumberFormat::parse(example).unwrap();
            (found.thousands, found.decimal, found.symbols, found.is_percent)
        };
        assert_eq!(of("$1,234.50"), (Some(','), '.', vec!["$".to_owned()], false));
        assert_eq!(of("1.234,50 €"), (Some('.'), ',', vec!["€".to_owned()], false));
        assert_eq!(of("(1,234.50)"), (Some(','), '.', vec![], false));
        assert_eq!(of("12.5%"), (None, '.', vec![], true));
        assert_eq!(of("12,5 %"), (None, ',', vec![], true));
        assert_eq!(of("1'234'567"), (Some('\''), '.', vec![], false));
        assert_eq!(of("1.234.567"), (Some('.'), ',', vec![], false));
        assert_eq!(of("1\u{a0}234,5"), (Some(' '), ',', vec![], false));
        assert_eq!(of("USD 12"), (None, '.', vec!["USD".to_owned()], false));
        for bad in ["", "$", "1,234", "1.234", "1-2", "1.2,3.4", "1,2.3,4"] {
            assert!(NumberFormat::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn money_as_people_write_it() {
        let some = |text: &str| Some(text.to_owned());
        for (value, expected) in [
            ("$1,234.50", some("1234.50")),
            ("1234.5", some("1234.5")),
            (" $ 1,234 ", some("1234")),
            ("($1,234.50)", some("-1234.50")),
            ("$(1,234.50)", some("-1234.50")),
            ("-$5", some("-5")),
            ("$-5", some("-5")),
            ("5.00-", some("-5.00")),
            ("\u{2212}5", some("-5")),
            ("+5", some("5")),
            (".5", some(".5")),
            ("--5", None),
            ("(-5)", None),
            ("$$5", None),
            ("€5", None),
            ("5%", None),
            ("12,34.50", None),
            ("1,2345", None),
            (",123", None),
            ("1.234,50", None),
            ("1e3", None),
            ("-", None),
            ("$", None),
            ("n/a", None),
        ] {
            assert_eq!(plain("$1,234.50", value), expected, "{value}");
        }
        assert_eq!(plain("1.234,50 €", "1.234,50 €"), some("1234.50"));
        assert_eq!(plain("1.234,50 €", "-0,5"), some("-0.5"));
        assert_eq!(plain("1.234,50 €", "1,234.50"), None);
        assert_eq!(plain("1 234,5", "1\u{202f}234\u{a0}567,5"), some("1234567.5"));
        assert_eq!(plain("1'234.5", "1\u{2019}234.5"), some("1234.5"));
    }

    #[test]
    fn percent_is_a_hundredth() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(plain("12.5%", "12.5%"), some("12.5e-2"));
        assert_eq!(plain("12,5 %", "-3 %"), some("-3e-2"));
        assert_eq!(plain("12.5%", "12.5"), None);
        assert_eq!(NumberFormat::with_decimal(',').plain("1,5e-3"), some("1.5e-3"));
        assert_eq!(NumberFormat::with_decimal(',').plain("1.5"), None);
    }
}
