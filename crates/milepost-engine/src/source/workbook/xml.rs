//! XML that may be hostile, event by event.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::package::damaged;
use crate::source::fault::Unreadable;
use crate::source::input::{LONGEST, too_long};

/// No part of a workbook nests deeper.
const DEEPEST: usize = 64;

/// A part of a workbook that is being read.
pub(super) struct Xml {
    reader: Reader<BufReader<Limited>>,
    buffer: Vec<u8>,
    depth: usize,
}

/// What comes next.
pub(super) enum Next<'a> {
    Start(Element<'a>),
    End,
    Text(Cow<'a, str>),
    /// What says nothing.
    Other,
    /// Nothing comes.
    Over,
}

/// The start of an element.
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// Without its prefix, which programs choose.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// An attribute by its name without a prefix.
    pub(super) fn attribute(&self, name: &str) -> io::Result<Option<String>> {
        for attribute in self.0.attributes() {
            let attribute = attribute.map_err(|_| damaged())?;
            if attribute.key.local_name().into_inner() == name {
                let value = unescape(&attribute.value).map_err(|_| damaged())?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }

    pub(super) fn number(&self, name: &str) -> io::Result<Option<u32>> {
        let value = self.attribute(name)?;
        value.map(|text| text.trim().parse().map_err(|_| damaged())).transpose()
    }
}

impl Xml {
    pub(super) fn new(bytes: Box<dyn Read + Send>) -> Self {
        let mut reader = Reader::from_reader(BufReader::new(Limited { bytes, left: LONGEST }));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// How many elements are open.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        self.buffer.clear();
        self.reader.get_mut().get_mut().left = LONGEST;
        Ok(match self.reader.read_event_into(&mut self.buffer).map_err(fault)? {
            Event::Start(_) | Event::Empty(_) if self.depth == DEEPEST => return Err(damaged()),
            Event::Start(start) | Event::Empty(start) => {
                self.depth += 1;
                Next::Start(Element(start))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Next::End
            }
            Event::Eof if self.depth > 0 => return Err(damaged()),
            Event::Eof => Next::Over,
            Event::Text(text) => Next::Text(text.xml10_content()),
            Event::CData(text) => Next::Text(text.xml10_content()),
            Event::GeneralRef(entity) => Next::Text(Cow::Owned(resolved(&entity)?)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Next::Other,
        })
    }

    /// Adds the text of the element that was begun last to another one, and reads it to its end. `inside`: whether the texts of
    /// its parts are meant (of those of rich text), not its own; how they are pronounced is left out.
    pub(super) fn add_text(&mut self, all: &mut String, inside: bool) -> io::Result<()> {
        let (base, start) = (self.depth, all.len());
        let (mut is_text, mut pronounced) = (!inside, None);
        while self.depth >= base {
            match self.next()? {
                Next::Start(element) => {
                    let (text, phonetic) = (element.name() == "t", element.name() == "rPh");
                    if phonetic && pronounced.is_none() {
                        pronounced = Some(self.depth);
                    }
                    is_text = inside && text && pronounced.is_none();
                }
                Next::End => {
                    is_text = !inside;
                    pronounced = pronounced.filter(|depth| self.depth >= *depth);
                }
                Next::Text(text) if is_text => all.push_str(&text),
                Next::Over => return Err(damaged()),
                Next::Text(_) | Next::Other => {}
            }
            if all.len() - start > LONGEST {
                return Err(Unreadable::fault(too_long(), "shorten its texts".to_owned()));
            }
        }
        Ok(())
    }
}

/// What `&amp;` and `&#10;` stand for; a workbook declares no others.
fn resolved(entity: &BytesRef<'_>) -> io::Result<String> {
    if let Some(found) = entity.resolve_char_ref().map_err(|_| damaged())? {
        return Ok(found.to_string());
    }
    let found = resolve_xml_entity(entity).ok_or_else(damaged)?;
    Ok(found.to_owned())
}

/// What the reader of XML says, without its words: what it passes on from below stays.
fn fault(error: quick_xml::Error) -> io::Error {
    if let quick_xml::Error::Io(error) = &error
        && let Some(found) = error.get_ref().and_then(|inner| inner.downcast_ref::<Unreadable>())
    {
        return Unreadable::fault(found.why.clone(), found.help.clone());
    }
    damaged()
}

/// Bytes of which only so many are read at once: a text or a tag that never ends is an error before it fills the memory.
struct Limited {
    bytes: Box<dyn Read + Send>,
    left: usize,
}

impl Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(into)?;
        self.left = self.left.checked_sub(n).ok_or_else(damaged)?;
        Ok(n)
    }
}
