//! The tests that the example projects have of their own.

use milepost::engine::Engine;
use milepost::semantics::schema::Schemas;
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{prove, steps};

use crate::figures::folder;

#[test]
fn the_tests_of_acme_pass_without_its_data() {
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(folder("acme")), &mut diagnostics);
    // Not the folder of the example: nothing is read from it.
    let engine = Engine::with_partitions(&std::env::temp_dir(), 1).unwrap();
    steps::check(&loaded, &Schemas::default(), &mut diagnostics).unwrap();
    let plans = prove::tests(&loaded, None, &mut diagnostics);
    assert_eq!(plans.len(), loaded.package.tests.len());
    for plan in &plans {
        let outcome = prove::run(&engine, plan, &mut diagnostics).unwrap().unwrap();
        assert!(outcome.passed(), "{outcome:#?}");
        assert!(!outcome.figures.is_empty());
    }
    assert!(plans.len() >= 7 && !diagnostics.has_errors(), "{:#?}", diagnostics.sorted());
}
