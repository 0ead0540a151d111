//! The rows of a fictional company: a few months of it, the same at each run.

/// Days since 1970.
pub(crate) type Day = u32;

/// 2026-01-01, and 2026-03-31: what happens lies between.
pub(crate) const FIRST: Day = 20_454;
pub(crate) const LAST: Day = 20_543;

#[derive(Debug)]
pub(crate) struct Account {
    /// `00017`: zeros in front.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plan: &'static str,
    pub(crate) region: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) seats: u32,
    pub(crate) mrr_cents: i64,
    pub(crate) since: Day,
    pub(crate) churned: Option<Day>,
    pub(crate) is_test: bool,
}

#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) email: String,
    pub(crate) number: u32,
    pub(crate) role: &'static str,
    pub(crate) since: Day,
}

#[derive(Debug)]
pub(crate) struct Invoice {
    pub(crate) account: String,
    pub(crate) day: Day,
    pub(crate) cents: i64,
}

#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: u32,
    pub(crate) user: String,
    pub(crate) account: String,
    pub(crate) name: &'static str,
    pub(crate) day: Day,
    pub(crate) hour: u32,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) contact: String,
    pub(crate) channel: &'static str,
    pub(crate) day: Day,
    pub(crate) opened: bool,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) contact: String,
    pub(crate) day: Day,
    pub(crate) score: u32,
}

#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) accounts: Vec<Account>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) invoices: Vec<Invoice>,
    pub(crate) events: Vec<Event>,
    pub(crate) messages: Vec<Message>,
    pub(crate) answers: Vec<Answer>,
}

/// Numbers that look like chance.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % bound
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(u32::try_from(values.len()).unwrap()) as usize]
    }
}

/// Year, month and day.
pub(super) fn day(date: Day) -> (u32, u32, u32) {
    // By Howard Hinnant's days_from_civil, for days after 1970.
    let z = date + 719_468;
    let era = z / 146_097;
    let of_era = z % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (
        year_of_era + era * 400 + u32::from(month <= 2),
        month,
        day_of_year - (153 * shifted + 2) / 5 + 1,
    )
}

impl Company {
    pub(crate) fn new() -> Self {
        let mut random = Random(17);
        let accounts: Vec<Account> = (1..=60).map(|number| account(number, &mut random)).collect();
        let contacts: Vec<Contact> = (0..150)
            .map(|number| {
                let account = &accounts[number as usize % accounts.len()];
                Contact {
                    id: format!("C{:04}", number + 1),
                    account: account.id.clone(),
                    email: format!("person{number}@company{}.example.net", account.id),
                    number,
                    role: random.of(&["champion", "admin", "executive"]),
                    since: account.since,
                }
            })
            .collect();
        let mut company = Self {
            accounts,
            contacts,
            invoices: Vec::new(),
            events: Vec::new(),
            messages: Vec::new(),
            answers: Vec::new(),
        };
        (FIRST..=LAST).for_each(|date| company.live(date, &mut random));
        company
    }

    /// What happens on a day.
    fn live(&mut self, date: Day, random: &mut Random) {
        let account = |company: &Self, random: &mut Random| {
            let at = random.below(u32::try_from(company.accounts.len()).unwrap()) as usize;
            company.accounts[at].id.clone()
        };
        let contact = |company: &Self, random: &mut Random| {
            let at = random.below(u32::try_from(company.contacts.len()).unwrap()) as usize;
            company.contacts[at].id.clone()
        };
        for _ in 0..2 {
            let cents = i64::from(random.below(400_000)) + 100;
            let cents = if random.below(12) == 0 { -cents } else { cents };
            let account = account(self, random);
            self.invoices.push(Invoice { account, day: date, cents });
        }
        for hour in 6..18 {
            let id = u32::try_from(self.events.len()).unwrap();
            let account = account(self, random);
            let user = format!("u-{account}-{}", random.below(4));
            let name = random.of(&["login", "export", "report_created"]);
            self.events.push(Event { id, user, account, name, day: date, hour });
        }
        for _ in 0..3 {
            let (contact, channel) =
                (contact(self, random), random.of(&["email", "in_app", "webinar"]));
            let opened = random.below(3) == 0;
            self.messages.push(Message { contact, channel, day: date, opened });
        }
        let answer = Answer { contact: contact(self, random), day: date, score: random.below(11) };
        self.answers.push(answer);
    }
}

fn account(number: u32, random: &mut Random) -> Account {
    let is_test = number.is_multiple_of(20);
    let since = FIRST - 300 + random.below(350);
    let churned = number.is_multiple_of(9).then(|| since.max(FIRST) + 5 + random.below(20));
    Account {
        id: format!("{number:05}"),
        name: if is_test {
            format!("Test GmbH {number}")
        } else {
            format!("Kunde {number}; Söhne & Co")
        },
        plan: random.of(&["starter", "pro", "enterprise"]),
        region: random.of(&["EMEA", "AMER"]),
        owner: random.of(&["Jane Doe", "Ravi Rao", "Ana Sá"]),
        seats: 5 + random.below(40),
        mrr_cents: 10_050 + i64::from(random.below(90)) * 2_500,
        since,
        churned,
        is_test,
    }
}
