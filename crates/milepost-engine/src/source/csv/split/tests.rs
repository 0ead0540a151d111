use proptest::prelude::*;

use super::*;

/// Block after block, the records of a text.
fn read(text: &[u8], block: usize) -> Option<Vec<Vec<String>>> {
    let mut splitter = Splitter::by(text, Dialect::default(), block);
    let mut records = vec![splitter.header().ok()??];
    while let Some(block) = splitter.next() {
        let block = block.ok()?;
        assert_eq!(block.before, records.len() - 1);
        let mut own = vec![Vec::new(); block.rows()];
        for column in 0..block.columns {
            let mut row = 0;
            block.each(column, |value| {
                own[row].push(String::from_utf8(value.to_vec()).unwrap());
                row += 1;
            });
        }
        records.extend(own);
    }
    Some(records)
}

fn list(records: &[&[&str]]) -> Option<Vec<Vec<String>>> {
    let record = |record: &&[&str]| record.iter().map(|value| (*value).to_owned()).collect();
    Some(records.iter().map(record).collect())
}

#[test]
fn quotes_and_breaks_are_read_as_they_are_meant() {
    for block in [1, 2, 3, 5, 1_000] {
        let read = |text: &str| read(text.as_bytes(), block);
        assert_eq!(read("a,b\n1,2\n"), list(&[&["a", "b"], &["1", "2"]]));
        assert_eq!(read("a\r\n\r\n\"x\r\ny\"\r\n"), list(&[&["a"], &["x\r\ny"]]));
        assert_eq!(read("a,b\r1,\r"), list(&[&["a", "b"], &["1", ""]]));
        assert_eq!(
            read("a\n\"it \"\"is\"\"\"\n\"\"\"\"\n"),
            list(&[&["a"], &["it \"is\""], &["\""]])
        );
        // A backslash is no escape; a quote inside a value without quotes is itself.
        assert_eq!(read("a,b\n\"\\\",5\"\"\n"), list(&[&["a", "b"], &["\\", "5\"\""]]));
        assert_eq!(read("a\n\"\"\n\"x\"y\"z\n"), list(&[&["a"], &[""], &["xy\"z"]]));
        assert_eq!(read("a,b\n1,2"), list(&[&["a", "b"], &["1", "2"]]));
        assert_eq!(read("a,b\n1\n"), None);
        assert_eq!(read("a,b\n1,\"2\n3,4\n"), None);
        assert_eq!(read("\n\r\n"), None);
    }
}

#[test]
fn a_break_in_quotes_may_stand_at_any_place() {
    for at in (8_192..=65_536).step_by(8_192).flat_map(|n| n - 2..=n + 2).chain([BLOCK, BLOCK + 1])
    {
        for inside in ["\n", "\r\n", "\"\"\n", "\n\"\""] {
            let before = "a,b\nx,\"".len();
            let filler = "y".repeat(at - before);
            let text = format!("a,b\nx,\"{filler}{inside}z\"\n1,2\n");
            let value = format!("{filler}{}z", inside.replace("\"\"", "\""));
            let expected = list(&[&["a", "b"], &["x", &value], &["1", "2"]]);
            assert_eq!(read(text.as_bytes(), BLOCK), expected, "{at} {inside:?}");
            assert_eq!(read(text.as_bytes(), 8_192), expected, "{at} {inside:?}");
        }
    }
}

#[test]
fn a_record_without_an_end_is_an_error() {
    let endless = b"a\n\"".chain(std::io::repeat(b'x'));
    let mut splitter = Splitter::new(endless, Dialect::default());
    splitter.header().unwrap();
    assert!(matches!(splitter.next(), Some(Err(Fault::Lines(Some(_))))));
}

proptest! {
    /// Written as the format asks for, every text comes back, however it is cut into blocks.
    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(prop::collection::vec("[a,\"\n\r\\\\é ]{0,6}", 3), 1..12),
        quoted in any::<u64>(),
        block in 1_usize..40,
    ) {
        let cell = |i: usize, value: &String| {
            let needs = value.contains([',', '"', '\n', '\r']) || (i.is_multiple_of(3) && value.is_empty());
            if needs || quoted >> (i % 64) & 1 == 1 {
                format!("\"{}\"", value.replace('"', "\"\""))
            } else {
                value.clone()
            }
        };
        let lines = rows.iter().map(|row| {
            let cells: Vec<_> = row.iter().enumerate().map(|(i, value)| cell(i, value)).collect();
            cells.join(",") + "\n"
        });
        let text = lines.collect::<String>();
        prop_assert_eq!(read(text.as_bytes(), block), Some(rows.clone()));
        prop_assert_eq!(read(text.as_bytes(), BLOCK), Some(rows));
    }
}
