//! A journey in words: its stages, what is reached in them, and how things stand.

use super::context::Words;
use super::list::with_article;
use super::words::{and_list, sentence};
use crate::model::{Journey, JourneyStage, Milestone, SegmentRule, plural};

/// A line for the journey, one for each stage and milestone, and the rules that hold for all.
pub(super) fn journey(words: &Words<'_>, found: &Journey, lines: &mut Vec<String>) {
    let one = words.model[found.of].name.replace('_', " ");
    let labels: Vec<String> = found.stages.iter().map(|stage| stage.label.clone()).collect();
    lines.push(format!(
        "The number of {} that are in one of the stages {}. A stage is entered and a milestone is reached on the first day at whose end its condition holds, and stays so; the stage of {} is the furthest that it has entered.",
        plural(&one),
        and_list(&labels),
        with_article(&one)
    ));
    lines.push(begins_and_ends(found, &one));
    for (i, stage) in found.stages.iter().enumerate() {
        lines.push(sentence(&stage_words(stage, found.stages.get(i + 1), i == 0)));
        for milestone in &stage.milestones {
            lines.push(sentence(&milestone_words(words, found, milestone)));
        }
    }
    lines.push(format!(
        "How things stand with {} is the first that holds of unknown (whether its next milestone is reached can’t be told), late (that is overdue), stuck, at risk (three quarters of the time are used, unless `at_risk` says otherwise), ready and on track.",
        with_article(&one)
    ));
    lines.push("What happened before the first day of the data is not seen: what held on that day counts as reached on it.".to_owned());
}

fn begins_and_ends(found: &Journey, one: &str) -> String {
    let column = |name: &str| format!("“{}”", name.replace('_', " "));
    let begins =
        format!("The journey of {} begins at its {}", with_article(one), column(&found.starts));
    match &found.ends {
        Some(ends) => {
            format!("{begins} and ends at its {}; who has ended is in no stage.", column(ends))
        }
        None => format!("{begins}."),
    }
}

fn stage_words(stage: &JourneyStage, next: Option<&JourneyStage>, first: bool) -> String {
    let entered = match &stage.enter {
        Some(enter) => format!("entered once `{enter}`"),
        None if first => "entered when the journey begins".to_owned(),
        None => "entered by the exit of the stage before".to_owned(),
    };
    let exit = stage.exit.as_ref().map(|exit| {
        let own = stage.milestones.iter().find(|milestone| milestone.name == *exit);
        let when = own.map_or_else(
            || format!("once `{exit}`"),
            |own| format!("when {} is reached", own.label),
        );
        match next {
            Some(next) => format!("left for {} {when}", next.label),
            None => format!("left {when}"),
        }
    });
    let ready =
        stage.ready.as_ref().map(|ready| format!("ready for what comes next while `{ready}`"));
    let stuck = stage.stuck.as_ref().map(|stuck| format!("stuck {stuck}"));
    let all: Vec<String> = [Some(entered), exit, ready, stuck].into_iter().flatten().collect();
    format!("the stage {} is {}", stage.label, all.join("; "))
}

fn milestone_words(words: &Words<'_>, journey: &Journey, milestone: &Milestone) -> String {
    let name = journey.says(&format!("{}.holds", milestone.name));
    let holds = words.model.segment(&name).map(|id| &words.model[id]);
    let condition = match holds.map(|segment| (segment, &segment.rule)) {
        Some((segment, SegmentRule::Value(value))) => {
            let one = words.model[segment.of].name.replace('_', " ");
            words.of_each_day().about(segment.members, one).row(value)
        }
        _ => format!("`{}`", milestone.reached),
    };
    let due = milestone.due.as_ref().map_or_else(String::new, |due| format!("; it is due {due}"));
    format!("the milestone {} is reached once {condition}{due}", milestone.label)
}
