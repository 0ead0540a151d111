//! The stories that can be planted, day by day.

use crate::calendar::Day;

/// Seats in use are told in parts of so many.
pub(crate) const PARTS: i64 = 20;

/// For as long as there is data.
const ON: Day = Day::MAX;

/// What happens to an account, in days after the one on which it was created.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The day of the third use of a key feature; the first two are on the days before.
    pub(crate) first_value: Option<Day>,
    /// From which day on how many of twenty seats are in use: from the first login on, and only ever more.
    pub(crate) in_use: &'static [(Day, i64)],
    /// The first day on which nobody uses it, and the first on which all of them do again.
    pub(crate) silence: Option<(Day, Day)>,
    pub(crate) lost: Option<Day>,
    /// From the end of which day on it is in which stage and state, until it is lost.
    pub(crate) standing: &'static [(Day, Stage, State)],
    /// The first and the last day of what the story is about: every other account is there when the data end.
    pub(crate) about_days: (Day, Day),
}

/// A stage of the journey of `std/journey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Onboarding,
    Adoption,
    Expansion,
    Renewal,
}

/// How an account stands in its stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Late,
    Stuck,
    AtRisk,
    Ready,
    OnTrack,
}

use Stage::{Adoption, Expansion, Onboarding, Renewal};
use State::{AtRisk, Late, OnTrack, Ready, Stuck};

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Onboarding => "onboarding",
            Adoption => "adoption",
            Expansion => "expansion",
            Renewal => "renewal",
        }
    }
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Late => "late",
            Stuck => "stuck",
            AtRisk => "at_risk",
            Ready => "ready",
            OnTrack => "on_track",
        }
    }
}

/// A healthy start, which most stories differ from.
const HEALTHY: Plot = Plot {
    name: "healthy",
    about: "reaches every milestone early",
    first_value: Some(8),
    in_use: &[(2, 4), (30, 12)],
    silence: None,
    lost: None,
    standing: &[
        (0, Onboarding, OnTrack),
        (7, Onboarding, Ready),
        (8, Adoption, OnTrack),
        (30, Expansion, OnTrack),
    ],
    about_days: (40, 300),
};

/// All stories. The days are those of `std/journey`: 14 days to the first login and 30 to the first value, 90 from there to half of the
/// seats; three quarters of these at risk; ready after the second of three
/// key uses; stuck after 21 days without progress for 14, and in adoption after 60 without progress for 45.
pub(crate) const PLOTS: [Plot; 15] = [
    HEALTHY,
    Plot {
        name: "grown",
        about: "reaches every milestone early, and fills its seats",
        first_value: Some(5),
        in_use: &[(1, 4), (20, 12), (120, 19)],
        standing: &[
            (0, Onboarding, OnTrack),
            (4, Onboarding, Ready),
            (5, Adoption, OnTrack),
            (20, Expansion, OnTrack),
            (120, Renewal, OnTrack),
        ],
        about_days: (120, 400),
        ..HEALTHY
    },
    Plot {
        name: "just in time",
        about: "reaches each milestone on the last day before it is late or stuck",
        first_value: Some(27),
        in_use: &[(14, 4), (87, 12)],
        standing: &[
            (0, Onboarding, OnTrack),
            (11, Onboarding, AtRisk),
            (14, Onboarding, OnTrack),
            (23, Onboarding, AtRisk),
            (27, Adoption, OnTrack),
            (87, Expansion, OnTrack),
        ],
        about_days: (12, 86),
        ..HEALTHY
    },
    Plot {
        name: "never started",
        about: "late: nobody ever logs in",
        first_value: None,
        in_use: &[],
        standing: &[(0, Onboarding, OnTrack), (11, Onboarding, AtRisk), (15, Onboarding, Late)],
        about_days: (15, 200),
        ..HEALTHY
    },
    Plot {
        name: "late, then there",
        about: "late with the first login, in time with everything after it",
        first_value: Some(26),
        in_use: &[(20, 4), (60, 12)],
        standing: &[
            (0, Onboarding, OnTrack),
            (11, Onboarding, AtRisk),
            (15, Onboarding, Late),
            (20, Onboarding, OnTrack),
            (23, Onboarding, AtRisk),
            (26, Adoption, OnTrack),
            (60, Expansion, OnTrack),
        ],
        about_days: (15, 19),
        ..HEALTHY
    },
    Plot {
        name: "no value",
        about: "stuck, then late: logs in and never gets to the key features",
        first_value: None,
        in_use: &[(3, 4)],
        standing: &[(0, Onboarding, OnTrack), (22, Onboarding, Stuck), (31, Onboarding, Late)],
        about_days: (22, 30),
        ..HEALTHY
    },
    Plot {
        name: "stuck in onboarding, then helped",
        about: "stuck after the first login, and in time with the first value nevertheless",
        first_value: Some(28),
        in_use: &[(2, 4), (50, 12)],
        standing: &[
            (0, Onboarding, OnTrack),
            (22, Onboarding, Stuck),
            (28, Adoption, OnTrack),
            (50, Expansion, OnTrack),
        ],
        about_days: (22, 27),
        ..HEALTHY
    },
    Plot {
        name: "few seats in use",
        about: "stuck in adoption, then late: a fifth of the seats is in use and stays so",
        first_value: Some(6),
        in_use: &[(2, 4)],
        standing: &[
            (0, Onboarding, OnTrack),
            (5, Onboarding, Ready),
            (6, Adoption, OnTrack),
            (67, Adoption, Stuck),
            (97, Adoption, Late),
        ],
        about_days: (67, 96),
        ..HEALTHY
    },
    Plot {
        name: "stuck in adoption, then helped",
        about: "stuck with a fifth of the seats in use, then gets its people to use them",
        first_value: Some(6),
        in_use: &[(2, 4), (80, 12)],
        standing: &[
            (0, Onboarding, OnTrack),
            (5, Onboarding, Ready),
            (6, Adoption, OnTrack),
            (67, Adoption, Stuck),
            (80, Expansion, OnTrack),
        ],
        about_days: (67, 79),
        ..HEALTHY
    },
    Plot {
        name: "ready for expansion",
        about: "ready: nine of twenty seats are in use, until it is half of them",
        first_value: Some(6),
        in_use: &[(2, 4), (16, 9), (56, 12)],
        standing: &[
            (0, Onboarding, OnTrack),
            (5, Onboarding, Ready),
            (6, Adoption, OnTrack),
            (16, Adoption, Ready),
            (56, Expansion, OnTrack),
        ],
        about_days: (16, 55),
        ..HEALTHY
    },
    Plot {
        name: "ready for renewal",
        about: "ready: seventeen of twenty seats are in use and stay so",
        first_value: Some(5),
        in_use: &[(1, 4), (20, 12), (90, 17)],
        standing: &[
            (0, Onboarding, OnTrack),
            (4, Onboarding, Ready),
            (5, Adoption, OnTrack),
            (20, Expansion, OnTrack),
            (90, Expansion, Ready),
        ],
        about_days: (90, 300),
        ..HEALTHY
    },
    Plot {
        name: "silent, then lost",
        about: "healthy until everybody stops, and lost ten weeks later",
        silence: Some((120, ON)),
        lost: Some(190),
        about_days: (133, 189),
        ..HEALTHY
    },
    Plot {
        name: "stuck, silent, then lost",
        about: "few seats in use, then none, and lost",
        first_value: Some(7),
        in_use: &[(2, 4)],
        silence: Some((50, ON)),
        lost: Some(85),
        standing: &[
            (0, Onboarding, OnTrack),
            (6, Onboarding, Ready),
            (7, Adoption, OnTrack),
            (68, Adoption, Stuck),
        ],
        about_days: (68, 84),
    },
    Plot {
        name: "silent, and back",
        about: "nobody uses it for a month, then everybody does again",
        silence: Some((100, 130)),
        about_days: (113, 129),
        ..HEALTHY
    },
    Plot {
        name: "on holiday",
        about: "nobody uses it for thirteen days, which is not yet quiet",
        silence: Some((100, 113)),
        about_days: (105, 112),
        ..HEALTHY
    },
];
