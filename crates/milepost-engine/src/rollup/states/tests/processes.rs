//! States that several processes have sent, each with numbers of its own for the keys.

use std::env;
use std::io::{self, Write as _};
use std::process::{Child, Command, Stdio};

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;

/// A process that the test starts finds here in which order it numbers keys.
const ORDER: &str = "MILEPOST_TEST_ORDER";

/// In which order a process numbers keys; it sends the first half of the rows, or the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Forward,
    Backward,
}

impl Order {
    const ALL: [Self; 2] = [Self::Forward, Self::Backward];

    const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
        }
    }
}

/// One of the programs, and everything that it takes in: the same in every process.
struct Given {
    program: Arc<Program>,
    rows: Vec<Row>,
    inputs: Inputs,
}

impl Given {
    fn new(placing: Placing, cuts: Vec<i64>, rows: Vec<Row>) -> Self {
        let program = Arc::new(program(placing, cuts, false));
        Self { program, inputs: arrays(&rows, false), rows }
    }

    /// One for each way to place rows, with many rows.
    fn each() -> impl Iterator<Item = Self> {
        let rows = proptest::collection::vec(row(), 300);
        let rows = rows.new_tree(&mut TestRunner::deterministic()).unwrap().current();
        let placings = [Placing::Interval, Placing::Span { until: input(1) }, Placing::Picture];
        let cuts = vec![-5, 3, 10, 30, 55];
        placings.into_iter().map(move |placing| Self::new(placing, cuts.clone(), rows.clone()))
    }

    fn cells(&self) -> Cells {
        let types = self.inputs.map(|_, array| array.data_type().clone());
        Cells::new(&self.program, &types).unwrap()
    }

    /// Numbers every key. Nothing else is left of the rows.
    fn number(&self, order: Order) {
        let mut rows = self.rows.clone();
        if order == Order::Backward {
            rows.reverse();
        }
        taken(&mut self.cells(), &arrays(&rows, false), 0..rows.len(), 7);
    }

    /// The states of some rows as bytes.
    fn sent(&self, rows: std::ops::Range<usize>) -> Vec<Vec<u8>> {
        let mut cells = self.cells();
        taken(&mut cells, &self.inputs, rows, 9);
        sent(&cells.write().unwrap())
    }

    fn received(&self, bytes: &[Vec<u8>]) -> Cells {
        let types = self.inputs.map(|_, array| array.data_type().clone());
        Cells::read(&self.program, &types, &received(bytes, &self.program)).unwrap()
    }

    /// What comes of the states of two parts.
    fn together(&self, parts: [&[Vec<u8>]; 2]) -> Vec<Vec<u8>> {
        let [mut whole, other] = parts.map(|part| self.received(part));
        whole.merge(other).unwrap();
        sent(&whole.write().unwrap())
    }

    /// How many streams the states of one list of rows are.
    fn streams(&self) -> usize {
        1 + self.program.keyed.len() + self.program.keys.len()
    }
}

/// Everything that a process sends: for each program the states of all rows, then those of its half.
fn send(order: Order) -> io::Result<()> {
    // The harness writes nothing there.
    let mut pipe = io::stderr().lock();
    for given in Given::each() {
        given.number(order);
        let (half, all) = (given.rows.len() / 2, given.rows.len());
        let own = if order == Order::Forward { 0..half } else { half..all };
        for stream in given.sent(0..all).into_iter().chain(given.sent(own)) {
            pipe.write_all(&(stream.len() as u64).to_le_bytes())?;
            pipe.write_all(&stream)?;
        }
    }
    Ok(())
}

/// Starts this test in a process of its own.
fn start(order: Order) -> Child {
    let (_, module) = module_path!().split_once("::").unwrap();
    Command::new(env::current_exe().unwrap())
        .args([&format!("{module}::states_of_two_processes_are_the_same_bytes"), "--exact"])
        .env(ORDER, order.name())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The streams that a process has sent.
fn streams(process: Child) -> Vec<Vec<u8>> {
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = output.stderr.as_slice();
    let mut streams = Vec::new();
    while let Some((length, bytes)) = rest.split_first_chunk() {
        let (stream, after) = bytes.split_at(u64::from_le_bytes(*length) as usize);
        streams.push(stream.to_vec());
        rest = after;
    }
    streams
}

#[test]
fn states_of_two_processes_are_the_same_bytes() {
    if let Ok(name) = env::var(ORDER) {
        let order = Order::ALL.into_iter().find(|order| order.name() == name).unwrap();
        return send(order).unwrap();
    }
    let [forward, backward] = Order::ALL.map(start).map(streams);
    let (mut forward, mut backward) = (forward.as_slice(), backward.as_slice());
    for given in Given::each() {
        let next = |sent: &mut &[Vec<u8>]| -> Vec<Vec<u8>> {
            let (streams, rest) = sent.split_at(given.streams());
            *sent = rest;
            streams.to_vec()
        };
        let all = next(&mut forward);
        assert_eq!(all, next(&mut backward));
        let [one, other] = [next(&mut forward), next(&mut backward)];
        assert_eq!(given.together([&one, &other]), all);
        assert_eq!(given.together([&other, &one]), all);
    }
    assert!(forward.is_empty() && backward.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// The same of any rows, within one process.
    #[test]
    fn states_are_the_same_whoever_numbered_the_keys(
        rows in proptest::collection::vec(row(), 0..60),
        cuts in proptest::collection::btree_set(-12_i64..60, 2..9),
        placing in placing(),
        half in 0..60_usize,
    ) {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let (half, n) = (half.min(rows.len()), rows.len());
        let given = || Given::new(placing, cuts.clone(), rows.clone());
        let [forward, backward, third] = [given(), given(), given()];
        forward.number(Order::Forward);
        backward.number(Order::Backward);
        let all = forward.sent(0..n);
        prop_assert_eq!(&all, &backward.sent(0..n));
        let [one, other] = [forward.sent(0..half), backward.sent(half..n)];
        prop_assert_eq!(&third.together([&one, &other]), &all);
        prop_assert_eq!(&third.together([&other, &one]), &all);
    }
}
