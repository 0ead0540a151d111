//! What segments say of the members that rows name, and what one who evaluates rows remembers of that.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use milepost_semantics::model::SegmentAt;
use milepost_semantics::time::Instant;

use crate::evaluate::{Outcome, Value};
use crate::results::Reason;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::frames::{FrameId, Known};
use crate::rows::evaluate::known::Setting;
use crate::rows::evaluate::recent::Recent;
use crate::rows::ids::{BandId, ById, MemberKeyId, MembersId, RowId, SegmentPlanId};
use crate::rows::plan::Plan;
use crate::rows::plan::population::{MemberKeyPlan, MembersPlan, Says};
use crate::rows::store::{MemberRows, SegmentAtInstant, SegmentValue};

/// What one who evaluates rows remembers of segments.
pub(in crate::rows) struct SegmentMemory {
    /// The member that a row names.
    members: ById<MemberKeyId, RefCell<MembersOfRows>>,
    /// The instants at which a segment was asked.
    days: ById<SegmentPlanId, RefCell<DaysMet>>,
    /// What a segment said of the members that were asked last.
    pub(in crate::rows) said: ById<SegmentPlanId, RefCell<SaidOfMembers>>,
    /// Whether a segment's program is known on a day, of those that say something of another day.
    pub(in crate::rows) known_days: ById<SegmentPlanId, RefCell<Recent<i64, bool>>>,
    /// Whether what is said of anybody at an instant may still change.
    pub(in crate::rows) open: ById<SegmentPlanId, RefCell<Known<i64, bool>>>,
    /// The last day that is over, at the instant that was asked last.
    pub(in crate::rows) last_day_over: Cell<Option<(i64, i32)>>,
}

/// What was said of some members at some instants.
type SaidOfMembers = Recent<(RowId, i64), Outcome>;

/// The member that each of some rows names.
type MembersOfRows = ById<MembersId, Recent<RowId, Option<RowId>>>;

/// The instants at which a segment was asked: the one before is most often the next one too.
#[derive(Default)]
struct DaysMet {
    last: Option<(i64, Rc<SegmentDay>)>,
    all: Known<i64, Rc<SegmentDay>>,
}

/// A segment at the end of a day.
pub(in crate::rows) struct SegmentDay {
    pub(in crate::rows) frame: FrameId,
    asked: Arc<SegmentAtInstant>,
}

impl SegmentMemory {
    pub(in crate::rows) fn new(plan: &Plan<'_>) -> Self {
        let members = || plan.members.map(|_, _| Recent::default());
        Self {
            members: plan.asks.map(|_, _| RefCell::new(members())),
            days: plan.segments.map(|_, _| RefCell::default()),
            said: plan.segments.map(|_, _| RefCell::default()),
            known_days: plan.segments.map(|_, _| RefCell::default()),
            open: plan.segments.map(|_, _| RefCell::default()),
            last_day_over: Cell::default(),
        }
    }
}

impl EvaluationContext<'_> {
    /// The segment of the member that a row names.
    pub(in crate::rows) fn segment(
        &self,
        segment: SegmentPlanId,
        asks: MemberKeyId,
        at: SegmentAt,
        row: Row,
        env: Env,
    ) -> Outcome {
        let member = self.member(segment, asks, row, env).ok_or(Reason::NoData)?;
        let end = match at {
            SegmentAt::End => self.frames.end(env.frame),
            SegmentAt::DayBefore => {
                let day = self.calendar.date_of(Instant(row.time.ok_or(Reason::NoData)?));
                self.calendar.midnight(day).0
            }
        };
        let plan = &self.plan.segments[segment];
        if !matches!(plan.says, Says::Band) {
            return self.said(segment, plan, member, end);
        }
        let day = self.segment_day(segment, end);
        let taken = day.asked.band(member).unwrap_or_else(|| {
            let taken = self.band(segment, &day, member);
            day.asked.keep(member, taken);
            taken
        });
        match taken {
            SegmentValue::Unknown => Err(Reason::NoData),
            SegmentValue::Otherwise => Ok(plan.otherwise.clone()),
            SegmentValue::Band(band) => Ok(plan.bands[band].1.clone()),
        }
    }

    /// The member that a row names.
    pub(in crate::rows) fn member(
        &self,
        segment: SegmentPlanId,
        asks: MemberKeyId,
        row: Row,
        env: Env,
    ) -> Option<RowId> {
        let MemberKeyPlan { key, moves, .. } = &self.plan.asks[asks];
        let id = self.plan.segments[segment].members;
        let find = || {
            let members = self.store.members[id].get_or_init(|| {
                let MembersPlan { table, key } = &self.plan.members[id];
                let rows = self.table(*table).ids();
                MemberRows::new(rows.map(|row| (row, self.plain_key(*table, key, row))))
            });
            let parts = key.iter().map(|part| (part, false));
            self.by_key(parts, row, env, |key| members.row(key))?
        };
        if *moves {
            return find();
        }
        if let Some(found) = self.segments.members[asks].borrow()[id].get(row.row) {
            return found;
        }
        let found = find();
        self.segments.members[asks].borrow_mut()[id].keep(row.row, found);
        found
    }

    /// A segment at an instant.
    pub(in crate::rows) fn segment_day(&self, segment: SegmentPlanId, end: i64) -> Rc<SegmentDay> {
        let met = &self.segments.days[segment];
        if let Some((last, day)) = &met.borrow().last
            && *last == end
        {
            return Rc::clone(day);
        }
        let mut met = met.borrow_mut();
        let day = met.all.entry(end).or_insert_with(|| {
            let asked = self.store.asked(self.plan, (segment, end));
            Rc::new(SegmentDay { frame: self.frames.day(end), asked })
        });
        let day = Rc::clone(day);
        met.last = Some((end, Rc::clone(&day)));
        day
    }

    /// Why a segment is not known for anybody at an instant: the first of its conditions that looks before the data.
    pub(in crate::rows) fn unknown_segment(
        &self,
        segment: SegmentPlanId,
        end: i64,
    ) -> Option<Reason> {
        let day = self.segment_day(segment, end);
        let mut bands = self.plan.segments[segment].bands.ids();
        bands.find_map(|band| self.unknown_band(segment, band, &day))
    }

    pub(in crate::rows) fn unknown_band(
        &self,
        segment: SegmentPlanId,
        band: BandId,
        day: &SegmentDay,
    ) -> Option<Reason> {
        let (condition, _) = &self.plan.segments[segment].bands[band];
        let unknown = || self.unknown(condition.as_ref()?, day.frame, Setting::OnDay);
        day.asked.unknown[band].get_or_init(unknown).clone()
    }

    /// The first band whose condition is true.
    fn band(&self, segment: SegmentPlanId, day: &SegmentDay, member: RowId) -> SegmentValue {
        let plan = &self.plan.segments[segment];
        let row = Row { table: plan.table, row: member, time: None };
        for (band, (condition, _)) in plan.bands.iter() {
            let Some(condition) = condition else { return SegmentValue::Band(band) };
            if self.unknown_band(segment, band, day).is_some() {
                return SegmentValue::Unknown;
            }
            if self.eval(condition, row, Env::of(day.frame)) == Ok(Value::Boolean(true)) {
                return SegmentValue::Band(band);
            }
        }
        SegmentValue::Otherwise
    }
}
