//! What segments say of the members that the rows of a block name.

use crate::evaluate::Value;
use crate::rows::evaluate::block::{Block, KeptValues, MembersOfBlock, Place, fill};
use crate::rows::evaluate::column::Column;
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::ids::{MemberKeyId, SegmentPlanId};
use crate::rows::plan::population::{Says, SegmentPlan};

impl EvaluationContext<'_> {
    /// What a segment says at the end of a frame, for rows at some places. Which member a row names is the same in all
    /// frames.
    pub(in crate::rows) fn said_of<'s>(
        &self,
        segment: SegmentPlanId,
        asks: MemberKeyId,
        block: &Block,
        at: &'s [Place],
        env: Env,
    ) -> Column<'s> {
        let end = self.frames.end(env.frame);
        let plan = &self.plan.segments[segment];
        let find = |row| self.member(segment, asks, row, env);
        match self.members_of(block, asks, find, (plan.members, plan.table)) {
            MembersOfBlock::Itself => Column::Kept(self.kept(segment, block, at, end), at),
            MembersOfBlock::Unplaced(members) => {
                Column::Kept(self.kept(segment, &members, at, end), at)
            }
            MembersOfBlock::Others(others) => {
                let (members, places) = &*others;
                let place_of = |place: &Place| places[*place as usize];
                let mut asked: Vec<Place> = at.iter().filter_map(place_of).collect();
                asked.sort_unstable();
                asked.dedup();
                let kept = self.kept(segment, members, &asked, end);
                let one = |place| kept[place_of(place)? as usize].get().cloned().flatten();
                Column::Own(at.iter().map(one).collect())
            }
        }
    }

    /// What is said of some members, found where it is not kept.
    fn kept(&self, segment: SegmentPlanId, members: &Block, at: &[Place], end: i64) -> KeptValues {
        let kept = members.said(segment, end);
        fill(&kept, at, |at| self.say_of(segment, members, at, end));
        kept
    }

    fn say_of(
        &self,
        segment: SegmentPlanId,
        members: &Block,
        at: &[Place],
        end: i64,
    ) -> Vec<Option<Value>> {
        let plan = &self.plan.segments[segment];
        match &plan.says {
            Says::Band => self.bands_of(segment, plan, members, at, end),
            Says::Value => {
                let own = plan.bands.values().find_map(|(program, _)| program.as_ref());
                match own.filter(|_| self.unknown_segment(segment, end).is_none()) {
                    Some(own) => {
                        let env = Env::of(self.frames.day(end));
                        self.values(own, members, at, env).into_values(at.len())
                    }
                    None => vec![None; at.len()],
                }
            }
            Says::FirstDay { .. } | Says::OnDay { .. } | Says::Rank => {
                let one =
                    |place: &Place| self.said(segment, plan, members.row(*place).row, end).ok();
                at.iter().map(one).collect()
            }
        }
    }

    /// The first band whose condition is true. Where the condition of one is not known for anybody, nothing is known of those
    /// who come to it.
    fn bands_of(
        &self,
        segment: SegmentPlanId,
        plan: &SegmentPlan,
        members: &Block,
        at: &[Place],
        end: i64,
    ) -> Vec<Option<Value>> {
        let day = self.segment_day(segment, end);
        let mut taken: Vec<Option<Value>> = at.iter().map(|_| None).collect();
        let mut left: Vec<(usize, Place)> = at.iter().copied().enumerate().collect();
        for (band, (condition, value)) in plan.bands.iter() {
            if left.is_empty() {
                break;
            }
            if condition.is_some() && self.unknown_band(segment, band, &day).is_some() {
                return taken;
            }
            let places: Vec<Place> = left.iter().map(|(_, place)| *place).collect();
            let found = match condition {
                None => Column::Constant(Some(Value::Boolean(true))),
                Some(condition) => self.values(condition, members, &places, Env::of(day.frame)),
            };
            let mut number = 0..;
            left.retain(|(row, _)| {
                let is_taken = number.next().is_some_and(|number| found.is_true(number));
                if is_taken {
                    taken[*row] = Some(value.clone());
                }
                !is_taken
            });
        }
        for (row, _) in left {
            taken[row] = Some(plan.otherwise.clone());
        }
        taken
    }
}
