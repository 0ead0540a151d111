//! What names of columns and tables usually mean, in the words of CRMs, billing, product analytics, messaging and surveys.

/// Whether one of the words of a name is in a list.
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    name.split('_').any(|part| words.contains(&part))
}

/// Other names of the entities that the catalog knows: the first is the catalog's.
const ENTITIES: [&[&str]; 4] = [
    &[
        "account",
        "customer",
        "company",
        "organization",
        "organisation",
        "org",
        "client",
        "tenant",
        "workspace",
        "kunde",
    ],
    &["contact", "person", "lead", "kontakt"],
    &["user", "member", "profile", "login_user", "end_user"],
    &["feature", "module"],
];

/// Tables that hold one row for each of something, whatever columns they have.
const HOMES: [&str; 22] = [
    "kunde",
    "kontakt",
    "account",
    "customer",
    "company",
    "organization",
    "organisation",
    "client",
    "tenant",
    "workspace",
    "contact",
    "person",
    "lead",
    "user",
    "member",
    "profile",
    "feature",
    "product",
    "campaign",
    "webinar",
    "csm",
    "employee",
];

/// The name by which the catalog knows an entity.
pub(super) fn canonical(entity: &str) -> &str {
    // `app_user` is a user.
    let last = entity.rsplit('_').next().unwrap_or(entity);
    let known = |name: &str| ENTITIES.iter().find(|names| names.contains(&name));
    known(entity).or_else(|| known(last)).map_or(entity, |names| names[0])
}

/// The names under which others know an entity.
pub(super) fn names_of(entity: &str) -> Vec<&str> {
    let known = ENTITIES.iter().find(|names| names.contains(&entity));
    known.map_or_else(|| vec![entity], |names| names.to_vec())
}

/// Whether a table of that name, in the singular, says what is known about each of something.
pub(super) fn is_home(entity: &str) -> bool {
    HOMES.contains(&entity)
}

/// What stands behind the name of an entity where its key is meant.
pub(super) const KEY_ENDINGS: [&str; 13] = [
    "id",
    "key",
    "uuid",
    "guid",
    "ref",
    "reference",
    "no",
    "nr",
    "number",
    "code",
    "sfid",
    "identifier",
    "num",
];

/// Whether a column is named like the key of something: `customer_no`, where that is a `customer`.
pub(super) fn is_key_of(column: &str, one: &str) -> bool {
    let rest = column.strip_prefix(one).and_then(|rest| rest.strip_prefix('_'));
    rest.is_some_and(|rest| KEY_ENDINGS.contains(&rest))
}

/// Whether a column is named like one that identifies rows or members.
pub(super) fn is_key_name(name: &str) -> bool {
    name.rsplit('_').next().is_some_and(|last| KEY_ENDINGS[..8].contains(&last)) || name == "number"
}

/// Names of columns that identify rows, whatever they are about.
pub(super) fn is_own_key(name: &str) -> bool {
    ["id", "key", "uuid", "guid", "record_id", "row_id", "external_id"].contains(&name)
}

/// Whether a number of that name is an amount of money.
pub(super) fn is_money(name: &str) -> bool {
    const MONEY: [&str; 19] = [
        "mrr", "arr", "acv", "tcv", "amount", "price", "revenue", "cost", "costs", "fee", "total",
        "subtotal", "paid", "balance", "betrag", "spend", "ltv", "invoiced", "umsatz",
    ];
    has_word(name, &MONEY) && !has_word(name, &["count", "id", "number", "rate", "percent"])
}

/// The unit that the name of a number says, in the language's words.
pub(super) fn unit(name: &str) -> Option<&'static str> {
    const UNITS: [(&str, &[&str]); 6] = [
        ("seat", &["seats", "seat", "licenses", "licences", "licence", "license"]),
        ("second", &["seconds", "secs", "sec"]),
        ("minute", &["minutes", "mins", "min"]),
        ("hour", &["hours", "hrs"]),
        ("day", &["days"]),
        ("percent", &["percent", "pct", "percentage"]),
    ];
    let last = name.rsplit('_').next()?;
    UNITS.iter().find(|(_, words)| words.contains(&last)).map(|(unit, _)| *unit)
}

/// Whether a column of that name is a time.
pub(super) fn is_time(name: &str) -> bool {
    const TIMES: [&str; 19] = [
        "at",
        "on",
        "time",
        "timestamp",
        "ts",
        "date",
        "day",
        "datetime",
        "datum",
        "created",
        "updated",
        "started",
        "ended",
        "sent",
        "opened",
        "closed",
        "signed",
        "month",
        "since",
    ];
    has_word(name, &TIMES)
}

/// Whether times of that name are plans.
pub(super) fn is_planned(name: &str) -> bool {
    const PLANS: [&str; 15] = [
        "due",
        "renewal",
        "renews",
        "renew",
        "expires",
        "expiry",
        "expiration",
        "next",
        "planned",
        "scheduled",
        "target",
        "deadline",
        "forecast",
        "expected",
        "trial_end",
    ];
    has_word(name, &PLANS)
}

/// Where on the list of names the name of a time stands that places rows of events: the first is the surest.
pub(super) fn event_rank(name: &str) -> Option<usize> {
    const EVENTS: [&str; 27] = [
        "occurred",
        "event_time",
        "event_at",
        "event_date",
        "ts",
        "timestamp",
        "time",
        "at",
        "sent",
        "delivered",
        "issued",
        "invoice_date",
        "answered",
        "responded",
        "submitted",
        "completed",
        "received",
        "date",
        "day",
        "datum",
        "started",
        "start",
        "opened",
        "created",
        "created_at",
        "month",
        "updated",
    ];
    let stem = name.strip_suffix("_at").or(name.strip_suffix("_on")).unwrap_or(name);
    EVENTS.iter().position(|known| *known == name || *known == stem).or_else(|| {
        let words = EVENTS.iter().position(|known| has_word(name, &[known]));
        words.map(|at| at + EVENTS.len())
    })
}

/// Whether a time of that name alone makes a row an event, whatever other times it has.
pub(super) fn is_surely_event(name: &str) -> bool {
    const SURE: [&str; 8] =
        ["issued", "invoice", "invoiced", "occurred", "event", "paid", "sent", "answered"];
    has_word(name, &SURE)
}

/// Beginnings and ends of what is true for a while, in pairs.
pub(super) const SPANS: [(&[&str], &[&str]); 6] = [
    (
        &["valid_from", "effective_from", "from"],
        &["valid_to", "valid_until", "effective_to", "to", "until"],
    ),
    (
        &["start", "starts", "started", "begin", "begins", "beginn"],
        &["end", "ends", "ended", "ende"],
    ),
    (&["opened", "open"], &["closed", "close", "resolved", "solved"]),
    (&["granted"], &["revoked"]),
    (&["connected"], &["disconnected"]),
    (&["activated"], &["deactivated", "canceled", "cancelled"]),
];

/// The name of a time without what says that it is one.
pub(super) fn bare_time(name: &str) -> &str {
    const ENDINGS: [&str; 7] = ["_at", "_on", "_am", "_date", "_time", "_day", "_datum"];
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Whether a time is when a member begins, the surest first.
pub(super) const BEGINS: [&str; 15] = [
    "erstellt",
    "created",
    "customer_since",
    "since",
    "signup",
    "signed_up",
    "registered",
    "joined",
    "start",
    "started",
    "onboarded",
    "became_customer",
    "first_seen",
    "added",
    "create",
];

/// Whether a time is when a member is gone.
pub(super) const ENDS: [&str; 14] = [
    "churned",
    "churn",
    "canceled",
    "cancelled",
    "left",
    "deactivated",
    "deleted",
    "closed",
    "ended",
    "end",
    "terminated",
    "archived",
    "lost",
    "removed",
];

/// Columns whose numbers add up over time, and those that say how much there is at a moment.
pub(super) fn is_flow(name: &str) -> bool {
    const FLOWS: [&str; 17] = [
        "count", "sessions", "logins", "clicks", "views", "minutes", "seconds", "hours", "events",
        "usage", "calls", "messages", "opens", "sends", "requests", "visits", "actions",
    ];
    has_word(name, &FLOWS)
}

/// See [`is_flow`].
pub(super) fn is_state(name: &str) -> bool {
    const STATES: [&str; 15] = [
        "mrr", "arr", "seats", "licenses", "balance", "plan", "status", "stage", "health", "score",
        "users", "tier", "segment", "active", "owner",
    ];
    has_word(name, &STATES)
}

/// Whether a table or a time is named like one of dated pictures.
pub(super) fn is_picture(name: &str) -> bool {
    has_word(name, &["snapshot", "snapshots", "month", "history", "picture", "pictures", "daily"])
        || name == "as_of"
}

/// Why values of a column may say who a person is, by its name; `of_people`: rows are about people.
pub(super) fn personal(name: &str, of_people: bool) -> Option<&'static str> {
    const ALWAYS: [(&str, &[&str]); 7] = [
        ("an e-mail address", &["email", "mail", "emails"]),
        ("a phone number", &["phone", "mobile", "telephone", "tel", "fax", "telefon"]),
        ("a date of birth", &["birthday", "birthdate", "birth", "dob"]),
        ("an address", &["street", "address", "ip", "zip", "postcode"]),
        ("a number of a person or an account", &["ssn", "iban", "passport"]),
        (
            "a free text",
            &["comment", "comments", "note", "notes", "feedback", "body", "message", "verbatim"],
        ),
        (
            "the name of a person",
            &["firstname", "lastname", "surname", "fullname", "nachname", "vorname"],
        ),
    ];
    const NAMES: [&str; 9] = [
        "first_name",
        "last_name",
        "full_name",
        "contact_name",
        "user_name",
        "username",
        "person_name",
        "display_name",
        "given_name",
    ];
    const STAFF: [&str; 6] = ["owner", "csm", "assignee", "agent", "rep", "manager"];
    let found = ALWAYS.iter().find(|(_, words)| has_word(name, words)).map(|(why, _)| *why);
    let is_id = is_key_name(name);
    if found.is_some() && !is_id {
        return found;
    }
    let is_name = NAMES.contains(&name) || (of_people && (name == "name" || name == "title_name"));
    let is_staff = has_word(name, &STAFF) && !is_id && !name.ends_with("_at");
    (is_name || is_staff).then_some("the name of a person")
}

/// Whether members of an entity are people.
pub(super) fn are_people(entity: &str) -> bool {
    ["contact", "user", "person", "employee", "csm", "lead", "member"].contains(&entity)
}

/// Whether a column of true and false says that a row is no customer's.
pub(super) fn says_test(name: &str) -> bool {
    has_word(name, &["test", "internal", "demo", "sandbox", "dummy"])
}

/// Words for true and false.
pub(super) const BOOLEANS: [(&str, &str); 16] = [
    ("true", "false"),
    ("yes", "no"),
    ("y", "n"),
    ("t", "f"),
    ("ja", "nein"),
    ("j", "n"),
    ("oui", "non"),
    ("si", "no"),
    ("sí", "no"),
    ("sim", "não"),
    ("on", "off"),
    ("active", "inactive"),
    ("enabled", "disabled"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("x", "-"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_they_usually_mean() {
        assert_eq!(canonical("customer"), "account");
        assert_eq!(canonical("app_user"), "user");
        assert_eq!(canonical("gadget"), "gadget");
        assert!(is_money("mrr_usd") && is_money("total_amount") && !is_money("invoice_number"));
        assert_eq!(unit("paid_seats"), Some("seat"));
        assert!(is_planned("renewal_date") && !is_planned("created_at"));
        assert!(event_rank("occurred_at") < event_rank("created_at"));
        assert_eq!(event_rank("plan"), None);
        assert_eq!(personal("work_email", false), Some("an e-mail address"));
        assert_eq!(personal("name", false), None);
        assert_eq!(personal("name", true), Some("the name of a person"));
        assert_eq!(personal("csm_id", false), None);
        assert_eq!(personal("csm", false), Some("the name of a person"));
        assert!(is_key_name("customer_no") && !is_key_name("notes"));
    }
}
