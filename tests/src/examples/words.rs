//! What the examples and the catalog are said to count is what they count.

use milepost::semantics::explain::describe;
use milepost::semantics::model::MetricId;

use super::figures::Example;
use super::plan_words::missing;

#[test]
fn the_words_of_every_kpi_name_every_condition_of_its_plan() {
    let mut described = 0;
    for name in ["acme", "cdnow"] {
        let model = Example::load(name).model;
        for id in (0..model.metrics.len()).map(MetricId) {
            let words = describe(&model, id).join("\n");
            // A journey tells its stages instead of what is computed from them, with conditions as they are written.
            let is_journey = model.journeys.iter().any(|own| model[id].name.starts_with(&own.name));
            let lacks = if is_journey { Vec::new() } else { missing(&model, id) };
            let words = if is_journey { words.split('`').step_by(2).collect() } else { words };
            assert!(lacks.is_empty(), "`{}` lacks {lacks:?}:\n{words}", model[id].name);
            // No name as it is in the specs, and none of the turns of a machine.
            for turn in
                ["_", "whether there are", "where whether", " 1 years", "is in in", "not ((", ".."]
            {
                assert!(!words.contains(turn), "`{}` says {turn:?}:\n{words}", model[id].name);
            }
            described += 1;
        }
    }
    // The example uses all packages of the catalog.
    assert!(described > 80, "{described} metrics");
}
