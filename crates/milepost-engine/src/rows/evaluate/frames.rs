//! The frames of buckets, each once, with what is derived from them.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::FixedState;
use milepost_semantics::model::{BlockUnit, Window};
use milepost_semantics::time::{AsOf, Calendar, Grain, Instant};
use milepost_syntax::ast::Duration;

use crate::leaf::{Bounds, EVER, block_frames, earlier};
use crate::request::Frame;
use crate::rows::evaluate::recent::{Recent, RecentKey};

/// What was found before. Nobody reads it in an order.
pub(in crate::rows) type Known<K, V> = HashMap<K, V, FixedState>;

/// A frame, by its position in [`Frames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rows) struct FrameId(usize);

impl RecentKey for FrameId {
    const SLOTS: usize = 1_024;

    fn place(self) -> usize {
        self.0
    }
}

/// A frame, and how its window is cut into blocks.
type BlocksOf = (FrameId, BlockUnit, Window);

/// All frames that were met, each once, with what was derived from them.
pub(in crate::rows) struct Frames<'a> {
    calendar: &'a Calendar,
    as_of: AsOf,
    list: RefCell<Vec<Rc<Frame>>>,
    numbers: RefCell<Known<(i64, i64, i64, Grain), FrameId>>,
    earlier: RefCell<Known<(FrameId, Option<Duration>), FrameId>>,
    blocks: RefCell<Known<BlocksOf, Rc<Vec<FrameId>>>>,
    bounds: RefCell<Known<(FrameId, Window), Rc<Bounds>>>,
    days: RefCell<Recent<i64, FrameId>>,
    /// All of history.
    ever: OnceCell<FrameId>,
}

impl<'a> Frames<'a> {
    pub(in crate::rows) fn new(calendar: &'a Calendar, as_of: AsOf) -> Self {
        Self {
            calendar,
            as_of,
            list: RefCell::default(),
            numbers: RefCell::default(),
            earlier: RefCell::default(),
            blocks: RefCell::default(),
            bounds: RefCell::default(),
            days: RefCell::default(),
            ever: OnceCell::new(),
        }
    }

    pub(in crate::rows) fn get(&self, id: FrameId) -> Rc<Frame> {
        Rc::clone(&self.list.borrow()[id.0])
    }

    /// When a frame ends.
    pub(in crate::rows) fn end(&self, id: FrameId) -> i64 {
        self.list.borrow()[id.0].end.0
    }

    pub(in crate::rows) fn number(&self, frame: &Frame) -> FrameId {
        let key = (frame.start.0, frame.end.0, frame.bucket.start.0, frame.bucket.grain);
        *self.numbers.borrow_mut().entry(key).or_insert_with(|| {
            let mut list = self.list.borrow_mut();
            list.push(Rc::new(frame.clone()));
            FrameId(list.len() - 1)
        })
    }

    /// The frame that `prior` reads.
    pub(in crate::rows) fn earlier(&self, id: FrameId, by: Option<Duration>) -> FrameId {
        if let Some(found) = self.earlier.borrow().get(&(id, by)) {
            return *found;
        }
        let frame = self.get(id);
        let before = earlier(self.calendar, self.as_of, frame.bucket.grain, &frame, by);
        let found = self.number(&before);
        self.earlier.borrow_mut().insert((id, by), found);
        found
    }

    /// The whole blocks of a window, the latest first.
    pub(in crate::rows) fn blocks(
        &self,
        id: FrameId,
        unit: BlockUnit,
        window: Window,
    ) -> Rc<Vec<FrameId>> {
        if let Some(found) = self.blocks.borrow().get(&(id, unit, window)) {
            return Rc::clone(found);
        }
        let frames = block_frames(self.calendar, unit, window, &self.get(id), self.as_of);
        let found = Rc::new(frames.iter().map(|frame| self.number(frame)).collect::<Vec<_>>());
        self.blocks.borrow_mut().insert((id, unit, window), Rc::clone(&found));
        found
    }

    /// What a window sees.
    pub(in crate::rows) fn bounds(&self, id: FrameId, window: Window) -> Rc<Bounds> {
        if let Some(found) = self.bounds.borrow().get(&(id, window)) {
            return Rc::clone(found);
        }
        let found = Rc::new(Bounds::of(window, &self.get(id), self.calendar, self.as_of));
        self.bounds.borrow_mut().insert((id, window), Rc::clone(&found));
        found
    }

    /// The day that ends at an instant.
    pub(in crate::rows) fn day(&self, end: i64) -> FrameId {
        if let Some(found) = self.days.borrow().get(end) {
            return found;
        }
        let bucket = self.calendar.bucket_of(Grain::Day, Instant(end - 1));
        let start = bucket.start;
        let found = self.number(&Frame { bucket, start, end: Instant(end) });
        self.days.borrow_mut().keep(end, found);
        found
    }

    /// All of history.
    pub(in crate::rows) fn ever(&self) -> FrameId {
        *self.ever.get_or_init(|| {
            let end = self.as_of.end;
            let bucket = self.calendar.bucket_of(Grain::Day, Instant(end.0 - 1));
            self.number(&Frame { bucket, start: EVER, end })
        })
    }
}
