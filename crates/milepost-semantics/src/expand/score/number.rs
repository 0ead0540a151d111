//! Fixed numbers of a score: weights, bounds and shares, exactly as they are written.

use milepost_syntax::ast::{Decimal, Expr, ExprKind, UnaryOp};
use milepost_syntax::span::Span;

use crate::forms::term::Term;

/// `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(Decimal);

/// More digits after the point than any score needs, and few enough that sums of them fit.
const DIGITS: u8 = 12;

impl Number {
    pub(super) const ZERO: Self = Self(Decimal { mantissa: 0, scale: 0 });
    pub(super) const ONE: Self = Self(Decimal { mantissa: 1, scale: 0 });

    /// The number that a literal is: `20%`, `-5`. Nothing for anything else, and for numbers with more digits than a score needs.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let found = match &expr.kind {
            ExprKind::Number(number) => *number,
            ExprKind::Percent(number) => {
                Decimal { mantissa: number.mantissa, scale: number.scale + 2 }
            }
            ExprKind::Unary { op: UnaryOp::Negate, operand } => {
                let Self(number) = Self::of(operand)?;
                Decimal { mantissa: -number.mantissa, ..number }
            }
            _ => return None,
        };
        let fits = found.scale <= DIGITS && found.mantissa.abs() < 10i128.pow(24);
        fits.then_some(Self(found).shortest())
    }

    /// Without zeros at the end: 0.50 is 0.5.
    const fn shortest(self) -> Self {
        let Decimal { mut mantissa, mut scale } = self.0;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self(Decimal { mantissa, scale })
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let scale = self.0.scale.max(other.0.scale);
        Self(Decimal { mantissa: self.at(scale) + other.at(scale), scale })
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(Self(Decimal { mantissa: -other.0.mantissa, ..other.0 }))
    }

    /// Of a share and a sum of weights, which are not large.
    pub(super) fn times(self, other: Self) -> Self {
        let product = Decimal {
            mantissa: self.0.mantissa.saturating_mul(other.0.mantissa),
            scale: self.0.scale + other.0.scale,
        };
        Self(product).shortest()
    }

    pub(super) const fn is_positive(self) -> bool {
        self.0.mantissa > 0
    }

    pub(super) const fn is_negative(self) -> bool {
        self.0.mantissa < 0
    }

    pub(super) const fn is_zero(self) -> bool {
        self.0.mantissa == 0
    }

    pub(super) fn is_above(self, other: i128) -> bool {
        self.minus(Self(Decimal { mantissa: other, scale: 0 })).is_positive()
    }

    /// The mantissa with so many digits after the point.
    fn at(self, scale: u8) -> i128 {
        self.0.mantissa * 10i128.pow(u32::from(scale - self.0.scale))
    }

    pub(super) fn to_f64(self) -> f64 {
        self.0.to_f64()
    }
}

impl Term {
    /// A fixed number.
    pub(super) fn from(number: Number, span: Span) -> Self {
        let size = Self::decimal(number.0.mantissa.abs(), number.0.scale, span);
        if number.is_negative() { size.negated() } else { size }
    }
}
