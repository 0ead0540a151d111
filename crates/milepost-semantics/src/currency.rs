//! The currencies there are (ISO 4217).

use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Span;
use milepost_syntax::{codes, suggest};

/// The active codes of ISO 4217, and those of currencies replaced since 2000 that old invoices still carry.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA \
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES \
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Whether a unit's name has the form of a currency's code: three capital letters.
pub(crate) fn looks_like_code(name: &str) -> bool {
    name.len() == 3 && name.bytes().all(|b| b.is_ascii_uppercase())
}

/// The name of a unit that is written in another way: a sign, or a currency in small letters.
pub(crate) fn unit_slip(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "%" | "percentage" | "percents" | "pct" => "percent",
        "$" | "dollar" | "dollars" | "usd" | "us$" => "USD",
        "€" | "euro" | "euros" | "eur" => "EUR",
        "£" | "gbp" => "GBP",
        "¥" | "yen" | "jpy" => "JPY",
        _ => return None,
    })
}

/// Signs of currencies that several countries share, or that stand for no single code here.
const SHARED_SIGNS: [&str; 14] =
    ["kr", "kr.", "zł", "Kč", "Ft", "lei", "Fr.", "R$", "₽", "₩", "₪", "₺", "₴", "₫"];

/// The code of a currency by its sign or its code, as they stand beside amounts.
///
/// ```
/// use milepost_semantics::{currency_of, is_currency_symbol};
///
/// assert_eq!(currency_of("€"), Some("EUR"));
/// assert_eq!(currency_of("chf"), Some("CHF"));
/// assert_eq!(currency_of("kr"), None, "several countries write it");
/// assert!(is_currency_symbol("kr") && !is_currency_symbol("ID"));
/// ```
#[must_use]
pub fn currency_of(symbol: &str) -> Option<&'static str> {
    let upper = symbol.to_ascii_uppercase();
    let code = CODES.split_whitespace().find(|code| *code == upper);
    let sign = match symbol {
        "₹" => Some("INR"),
        sign => unit_slip(sign).filter(|code| looks_like_code(code)),
    };
    code.or(sign)
}

/// Whether a text beside a number says that it is money.
#[must_use]
pub fn is_currency_symbol(text: &str) -> bool {
    currency_of(text).is_some() || SHARED_SIGNS.contains(&text)
}

/// Tells a code that no currency has.
pub(crate) fn check(code: &str, span: Span, diagnostics: &mut Diagnostics) {
    // Three letters and a space each.
    if CODES.as_bytes().chunks(4).any(|c| c.get(..3) == Some(code.as_bytes())) {
        return;
    }
    let told =
        Diagnostic::error(codes::CURRENCY_UNKNOWN, span, format!("there is no currency `{code}`"));
    let told = match suggest(&code.to_ascii_uppercase(), CODES.split_whitespace()) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told,
    };
    diagnostics.push(told.help("a currency is its three-letter code, like `USD` or `EUR`; a unit that is none is written in small letters"));
}
