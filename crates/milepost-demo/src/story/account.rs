use crate::calendar::{Day, HOUR, midnight};
use crate::planted;
use crate::random::{Stream, Topic, sigmoid};
use crate::window::{FIRST_DAY, LAST_DAY, OLDEST_DAY};

/// A customer, or somebody who tried.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) parent_id: Option<i64>,
    pub(crate) name: String,
    pub(crate) size: Size,
    pub(crate) industry: &'static str,
    pub(crate) region: &'static str,
    pub(crate) touch_model: &'static str,
    pub(crate) plan: Plan,
    pub(crate) source: &'static str,
    pub(crate) csm_id: i64,
    pub(crate) created_on: Day,
    /// The instant, some hours into the day in Amsterdam.
    pub(crate) created_at: i64,
    pub(crate) annual: bool,
    /// Seats bought first.
    pub(crate) seats: i64,
    pub(crate) trial: Option<Trial>,
    /// How well the product fits: mean 0, variance 1. Never in a table.
    pub(crate) fit: f64,
    /// How hard the product is for them: mean 0, variance 1. Never in a table.
    pub(crate) friction: f64,
}

/// A trial of 14 or 30 days.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) start: Day,
    pub(crate) end: Day,
    /// The day of the first subscription, a few days around the end; absent if there was none.
    pub(crate) converted: Option<Day>,
}

/// How large the customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Mid,
    Enterprise,
}

impl Size {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Mid => "mid",
            Self::Enterprise => "enterprise",
        }
    }

    /// One of three, by size.
    pub(crate) const fn of<T: Copy>(self, small: T, mid: T, enterprise: T) -> T {
        match self {
            Self::Small => small,
            Self::Mid => mid,
            Self::Enterprise => enterprise,
        }
    }
}

/// What is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Starter,
    Team,
    Business,
}

impl Plan {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Team => "team",
            Self::Business => "business",
        }
    }

    /// List price of a seat for a month, in cents.
    pub(crate) const fn seat_price(self) -> i64 {
        match self {
            Self::Starter => 2_900,
            Self::Team => 5_900,
            Self::Business => 9_900,
        }
    }
}

const INDUSTRIES: [(&str, u32); 6] = [
    ("software", 60),
    ("finance", 30),
    ("retail", 20),
    ("health", 15),
    ("logistics", 12),
    ("education", 10),
];
const REGIONS: [(&str, u32); 3] = [("EMEA", 50), ("Americas", 35), ("APAC", 15)];
const SOURCES: [(&str, u32); 5] =
    [("search", 35), ("content", 25), ("events", 15), ("partner", 15), ("outbound", 10)];
const FIRST_WORDS: [&str; 24] = [
    "Amber", "Birch", "Bright", "Cedar", "Clear", "Copper", "Delta", "East", "Fern", "Gold",
    "Harbor", "Iron", "Juniper", "Lark", "Maple", "North", "Ocean", "Pine", "River", "Silver",
    "Stone", "Sun", "West", "Willow",
];
const SECOND_WORDS: [&str; 16] = [
    "bridge", "dale", "field", "gate", "haven", "hill", "line", "mark", "mill", "path", "point",
    "ridge", "stead", "view", "ware", "works",
];
const THIRD_WORDS: [&str; 10] = [
    "Analytics",
    "Bank",
    "Care",
    "Foods",
    "Freight",
    "Group",
    "Labs",
    "Media",
    "School",
    "Systems",
];

impl Account {
    /// The account of that number.
    pub(crate) fn of(seed: u64, id: i64) -> Self {
        let mut draw = Stream::new(seed, Topic::Account, id.unsigned_abs(), 0);
        let (fit, friction) = (draw.normal(), draw.normal());
        let is_planted = id <= planted::LAST;
        let drawn = draw.weighted(&[(Size::Small, 70), (Size::Mid, 24), (Size::Enterprise, 6)]);
        let size = if is_planted { Size::Small } else { drawn };
        let drawn = draw.weighted(&plans(size));
        let plan = if is_planted { planted::PLAN } else { drawn };
        let in_window = draw.chance(0.5);
        let since = if in_window { FIRST_DAY } else { OLDEST_DAY };
        let until = if in_window { LAST_DAY - 20 } else { FIRST_DAY - 1 };
        let drawn = i32::try_from(draw.between(since.into(), until.into())).unwrap_or(FIRST_DAY);
        let created_on = planted::created_on(id).unwrap_or(drawn);
        let name = company_name(&mut draw);
        let seats = draw.between(size.of(3, 15, 70), size.of(12, 50, 190));
        let annual = draw.chance(size.of(0.15, 0.55, 0.90));
        let may_try = size != Size::Enterprise && created_on >= FIRST_DAY && !is_planted;
        let trial = (may_try && draw.chance(0.55)).then(|| trial(&mut draw, created_on, fit));
        let parent_id = (draw.chance(0.08) && id > planted::LAST).then(|| draw.between(1, id - 1));
        Self {
            id,
            parent_id,
            name: planted::name(id).map_or(name, str::to_owned),
            size,
            industry: draw.weighted(&INDUSTRIES),
            region: draw.weighted(&REGIONS),
            touch_model: draw.weighted(&touch_models(size)),
            plan,
            source: draw.weighted(&SOURCES),
            csm_id: draw.between(1, 6),
            created_on,
            created_at: midnight(created_on)
                + draw.between(7, 18) * HOUR
                + draw.between(0, 3_599) * 1_000_000,
            annual,
            seats,
            trial,
            fit,
            friction,
        }
    }

    /// The first day of the account's first subscription, if it ever buys.
    pub(crate) fn buys_on(&self) -> Option<Day> {
        match &self.trial {
            None => Some(self.created_on),
            Some(trial) => trial.converted,
        }
    }

    /// Hours that the account's office is ahead of UTC on that day.
    pub(crate) fn hours_ahead(&self, day: Day) -> i64 {
        match self.region {
            "Americas" => -5,
            "APAC" => 8,
            _ => crate::calendar::amsterdam_hours(day),
        }
    }
}

fn plans(size: Size) -> [(Plan, u32); 3] {
    size.of(
        [(Plan::Starter, 55), (Plan::Team, 38), (Plan::Business, 7)],
        [(Plan::Starter, 15), (Plan::Team, 60), (Plan::Business, 25)],
        [(Plan::Starter, 0), (Plan::Team, 25), (Plan::Business, 75)],
    )
}

fn touch_models(size: Size) -> [(&'static str, u32); 3] {
    size.of(
        [("digital", 85), ("pooled", 15), ("named", 0)],
        [("digital", 40), ("pooled", 45), ("named", 15)],
        [("digital", 0), ("pooled", 20), ("named", 80)],
    )
}

fn company_name(draw: &mut Stream) -> String {
    format!("{}{} {}", draw.pick(&FIRST_WORDS), draw.pick(&SECOND_WORDS), draw.pick(&THIRD_WORDS))
}

fn trial(draw: &mut Stream, start: Day, fit: f64) -> Trial {
    let end = start + if draw.chance(0.7) { 14 } else { 30 };
    let converts = draw.chance(sigmoid(-1.1 + 0.6 * fit));
    let after = i32::try_from(draw.between(-4, 9)).unwrap_or(0);
    Trial { start, end, converted: converts.then_some(end + after).filter(|day| *day <= LAST_DAY) }
}
