//! Exports as a CRM, a billing system, product analytics, a messaging tool and a survey tool write them, with dirt of every kind
//! that can be read, and the figures that must come out of them, counted here from the rows and not from the files.

pub(crate) mod figures;
mod rows;

use std::fs;
use std::path::Path;

pub(crate) use rows::{Account, Company, Day};

use rows::day;

/// Writes all exports into a folder.
pub(crate) fn write(company: &Company, folder: &Path) {
    let put = |file: &str, bytes: Vec<u8>| {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("crm/Accounts Export 2026-04-01.csv", crm_accounts(company));
    put("crm/Contacts.csv", crm_contacts(company));
    put("billing/subscriptions.csv", subscriptions(company).into_bytes());
    put("billing/invoices.csv", invoices(company).into_bytes());
    for month in 1..=3 {
        put(&format!("product/events/2026-{month:02}.ndjson"), events(company, month).into_bytes());
    }
    put("messaging/messages.tsv", messages(company).into_bytes());
    put("survey/NPS responses.csv", answers(company).into_bytes());
}

/// With a byte-order mark, semicolons, German dates and amounts, words for true and false.
fn crm_accounts(company: &Company) -> Vec<u8> {
    let mut text = "\u{feff}Account ID;Account Name;Plan;Region;ARR;Customer Since;Churned On;Next Renewal;Account Owner;Is Test\r\n".to_owned();
    text.extend(company.accounts.iter().map(|account| {
        format!(
            "{};{};{};{};{};{};{};{};{};{}\r\n",
            account.id,
            quoted(&account.name, ';'),
            account.plan,
            account.region,
            german_euros(account.mrr_cents * 12),
            german(account.since),
            account.churned.map_or_else(String::new, german),
            german(account.since + 365),
            account.owner,
            if account.is_test { "Ja" } else { "Nein" },
        )
    }));
    text.into_bytes()
}

fn crm_contacts(company: &Company) -> Vec<u8> {
    let mut text =
        "\u{feff}Contact ID;AccountId;First Name;Last Name;Email;Phone;Job Title;Created Date\r\n"
            .to_owned();
    text.extend(company.contacts.iter().map(|contact| {
        format!(
            "{};{};Änne;Müller {};{};+49 30 {:06};{};{}\r\n",
            contact.id,
            contact.account,
            contact.id,
            contact.email,
            contact.number,
            contact.role,
            german(contact.since),
        )
    }));
    text.into_bytes()
}

/// US dates, money with a sign and commas between thousands, a word where there is no end.
fn subscriptions(company: &Company) -> String {
    let mut text = "Subscription,Customer ID,Seats,MRR,Start Date,End Date\n".to_owned();
    text.extend(company.accounts.iter().map(|account| {
        format!(
            "sub_{},{},{},\"€{}\",{},{}\n",
            account.id,
            account.id,
            account.seats,
            us_amount(account.mrr_cents),
            us(account.since),
            account.churned.map_or_else(|| "N/A".to_owned(), us),
        )
    }));
    text
}

/// Credit notes in parentheses, one row twice, the currency in a column of its own.
fn invoices(company: &Company) -> String {
    let mut text = "Invoice Number,Customer ID,Issued On,Amount,Currency\n".to_owned();
    for (at, invoice) in company.invoices.iter().enumerate() {
        let amount = us_amount(invoice.cents.abs());
        let amount = if invoice.cents < 0 { format!("({amount})") } else { amount };
        let line =
            format!("INV-{at:05},{},{},\"{amount}\",EUR\n", invoice.account, us(invoice.day));
        text += &line;
        if at == 7 {
            text += &line;
        }
    }
    text
}

/// Times as milliseconds since 1970, fields that are not always there.
fn events(company: &Company, month: u32) -> String {
    let own = company.events.iter().filter(|event| day(event.day).1 == month);
    own.map(|event| {
        let millis = (i64::from(event.day) * 24 + i64::from(event.hour)) * 3_600_000;
        let version = if event.hour % 2 == 0 { ",\"version\":\"2.1\"" } else { "" };
        format!(
            "{{\"event_id\":{},\"user_id\":\"{}\",\"account_id\":\"{}\",\"event\":\"{}\",\"timestamp\":{millis}{version}}}\n",
            event.id, event.user, event.account, event.name,
        )
    })
    .collect()
}

/// Tabs, and times with ` UTC` behind them.
fn messages(company: &Company) -> String {
    let mut text = "message_id\tcontact_id\tchannel\tsent_at\topened_at\n".to_owned();
    text.extend(company.messages.iter().enumerate().map(|(at, message)| {
        let sent = format!("{} 09:00:00 UTC", iso(message.day));
        let opened = match message.opened {
            true => format!("{} 10:30:00 UTC", iso(message.day)),
            false => String::new(),
        };
        format!("m{at}\t{}\t{}\t{sent}\t{opened}\n", message.contact, message.channel)
    }));
    text
}

/// The separator in a line of its own, US times with AM and PM, comments over several lines.
fn answers(company: &Company) -> String {
    let mut text = "sep=;\nResponse ID;Contact;Score;Comment;Submitted At\n".to_owned();
    text.extend(company.answers.iter().enumerate().map(|(at, answer)| {
        let comment = if at % 3 == 0 { "\"Works;\nmostly \"\"fine\"\"\"" } else { "" };
        let day = us(answer.day);
        format!("{at};{};{};{comment};{day} 3:05 PM\n", answer.contact, answer.score)
    }));
    text
}

fn quoted(text: &str, separator: char) -> String {
    if text.contains([separator, '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn iso(date: Day) -> String {
    let (year, month, day) = day(date);
    format!("{year}-{month:02}-{day:02}")
}

fn german(date: Day) -> String {
    let (year, month, day) = day(date);
    format!("{day:02}.{month:02}.{year}")
}

fn us(date: Day) -> String {
    let (year, month, day) = day(date);
    format!("{month:02}/{day:02}/{year}")
}

/// `1,234.50`
pub(crate) fn us_amount(cents: i64) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    if whole >= 1_000 {
        format!("{},{:03}.{rest:02}", whole / 1_000, whole % 1_000)
    } else {
        format!("{whole}.{rest:02}")
    }
}

/// `1.234,50 €`
fn german_euros(cents: i64) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    if whole >= 1_000 {
        format!("{}.{:03},{rest:02} €", whole / 1_000, whole % 1_000)
    } else {
        format!("{whole},{rest:02} €")
    }
}
