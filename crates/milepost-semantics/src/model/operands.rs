//! The direct operands of an expression, written once for rows and for values, to look at and to change.

/// The methods `each_child` and `each_child_mut`: the forms that both levels have, and what only one has. `leaves` have no
/// operand, `one` has one, `many` has a list of them.
macro_rules! operand_walks {
    (@walk $kind:ident, $of:expr, $f:ident, $iter:ident, ($($change:ident)?), $leaf:pat,
        $one:pat => $operand:ident $(, $many:pat => $list:expr)?) => {
        match $of {
            $leaf => {}
            $one => $f($operand),
            $($many => $list.$iter().for_each($f),)?
            $kind::Unary { operand, .. }
            | $kind::In { operand, .. }
            | $kind::IsNull { operand, .. }
            | $kind::Prior { operand, .. } => $f(operand),
            $kind::Binary { left, right, .. } => {
                $f(left);
                $f(right);
            }
            $kind::Between { operand, low, high, .. } => {
                $f(operand);
                $f(low);
                $f(high);
            }
            $kind::If { condition, then, otherwise } => {
                $f(condition);
                $f(then);
                $f(otherwise);
            }
            $kind::Call { args, .. } => args.$iter().for_each($f),
            $kind::Blocks(blocks) => $f(&$($change)? blocks.operand),
        }
    };
    ($kind:ident: leaves $leaf:pat, one $one:pat => $operand:ident $(, many $many:pat => $list:expr)?) => {
        /// Calls `f` for every direct operand.
        pub fn each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
            operand_walks!(@walk $kind, &self.kind, f, iter, (), $leaf, $one => $operand $(, $many => $list)?);
        }

        /// The arguments of a function. The smallest of the smallest is the smallest of all: what stands in `least` inside
        /// `least` (and in `greatest` or `coalesce` inside another one) is an argument of the whole.
        #[must_use]
        pub fn arguments(&self) -> Vec<&Self> {
            let $kind::Call { function, args } = &self.kind else { return Vec::new() };
            let nested = matches!(
                function,
                ScalarFunction::Least | ScalarFunction::Greatest | ScalarFunction::Coalesce
            );
            let inside = |arg: &&Self| nested && matches!(&arg.kind, $kind::Call { function: f, .. } if f == function);
            args.iter().flat_map(|arg| if inside(&arg) { arg.arguments() } else { vec![arg] }).collect()
        }

        /// Calls `f` for every direct operand, to change it.
        pub fn each_child_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
            operand_walks!(@walk $kind, &mut self.kind, f, iter_mut, (mut), $leaf, $one => $operand $(, $many => $list)?);
        }
    };
}
