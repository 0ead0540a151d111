//! YAML 1.2 to a small tree in which every key and value knows its place.
//!
//! Only what spec files need: scalars, lists and maps. Anchors, aliases, tags and several documents are
//! refused. A mistake costs the definition in which it is; the rest of the file is still read.

mod accident;
mod error;
mod node;
mod reader;
mod recover;

pub(crate) use accident::{cut_by_comment, quoted};
pub(crate) use node::{BLANK, BLANK_OR_BREAK, Entry, Node, NodeKind};
pub(crate) use reader::{Layout, read};
