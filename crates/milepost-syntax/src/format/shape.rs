//! What a tree says, places aside; and where its expressions are.
//!
//! Both are taken from the way in which trees serialize, so that a new kind of definition needs nothing here.

use std::fmt::{self, Display, Write};

use serde::ser::{self, Serialize, Serializer};

/// A tree without its places.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Everything but the places, as text: trees that say the same have the same text.
    pub(super) text: String,
    /// First byte and end of every expression that is not part of another one, in the order of the tree.
    pub(super) expressions: Vec<(u32, u32)>,
    /// How many expressions are open.
    depth: usize,
    /// The place that was met last.
    place: (u32, u32),
}

impl Shape {
    pub(super) fn of(tree: &impl Serialize) -> Self {
        let mut shape = Self::default();
        // Writing to a text does not fail.
        let _ = tree.serialize(&mut shape);
        shape
    }

    fn put(&mut self, value: impl Display) -> Result<(), Never> {
        write!(self.text, "{value},").map_err(|_| Never)
    }

    fn open(&mut self, name: &str) -> Result<Part<'_>, Never> {
        let kind = match name {
            "Span" => PartKind::Span,
            "Expr" => PartKind::Expr,
            _ => PartKind::Other,
        };
        self.depth += usize::from(kind == PartKind::Expr);
        write!(self.text, "{name}(").map_err(|_| Never)?;
        Ok(Part { shape: self, kind })
    }

    /// A number of a place, which is not part of the text.
    fn offset(&mut self, value: &(impl Serialize + ?Sized)) -> Result<u32, Never> {
        let before = self.text.len();
        value.serialize(&mut *self)?;
        let number = self.text[before..].trim_end_matches(',').parse().unwrap_or(0);
        self.text.truncate(before);
        Ok(number)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Span,
    Expr,
    Other,
}

/// A struct, list or map that is being written.
pub(super) struct Part<'a> {
    shape: &'a mut Shape,
    kind: PartKind,
}

impl Part<'_> {
    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Never> {
        value.serialize(&mut *self.shape)
    }

    fn named(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Never> {
        if self.kind == PartKind::Span {
            match name {
                "start" => self.shape.place.0 = self.shape.offset(value)?,
                "end" => self.shape.place.1 = self.shape.offset(value)?,
                _ => {}
            }
            return Ok(());
        }
        write!(self.shape.text, "{name}:").map_err(|_| Never)?;
        self.element(value)?;
        if self.kind == PartKind::Expr && name == "span" && self.shape.depth == 1 {
            self.shape.expressions.push(self.shape.place);
        }
        Ok(())
    }

    fn close(self) -> Result<(), Never> {
        self.shape.depth -= usize::from(self.kind == PartKind::Expr);
        self.shape.put(")")
    }
}

/// What serializing needs for a failure; there is none.
#[derive(Debug)]
pub(super) struct Never;

impl Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tree can't be written")
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Values that are written as they are.
macro_rules! plain {
    ($($method:ident: $ty:ty),* $(,)?) => {
        $(fn $method(self, value: $ty) -> Result<(), Never> {
            self.put(value)
        })*
    };
}

/// Structs, lists and maps, which begin with a name or none.
macro_rules! opened {
    ($($method:ident($($argument:tt: $ty:ty),*) => $name:expr),* $(,)?) => {
        $(fn $method(self, $($argument: $ty),*) -> Result<Part<'a>, Never> {
            self.open($name)
        })*
    };
}

impl<'a> Serializer for &'a mut Shape {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Part<'a>;
    type SerializeTuple = Part<'a>;
    type SerializeTupleStruct = Part<'a>;
    type SerializeTupleVariant = Part<'a>;
    type SerializeMap = Part<'a>;
    type SerializeStruct = Part<'a>;
    type SerializeStructVariant = Part<'a>;

    plain! {
        serialize_bool: bool, serialize_char: char,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_str(self, value: &str) -> Result<(), Never> {
        self.put(format_args!("{value:?}"))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Never> {
        self.put(format_args!("{value:?}"))
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.put("none")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        self.put("()")
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Never> {
        self.put(name)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Never> {
        self.put(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        write!(self.text, "{variant}=").map_err(|_| Never)?;
        value.serialize(self)
    }

    opened! {
        serialize_seq(_: Option<usize>) => "",
        serialize_tuple(_: usize) => "",
        serialize_map(_: Option<usize>) => "",
        serialize_tuple_struct(name: &'static str, _: usize) => name,
        serialize_struct(name: &'static str, _: usize) => name,
        serialize_tuple_variant(_: &'static str, _: u32, variant: &'static str, _: usize) => variant,
        serialize_struct_variant(_: &'static str, _: u32, variant: &'static str, _: usize) => variant,
    }
}

/// The parts of lists, which have no names.
macro_rules! elements {
    ($($of:path: $method:ident),* $(,)?) => {
        $(impl $of for Part<'_> {
            type Ok = ();
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.element(value)
            }

            fn end(self) -> Result<(), Never> {
                self.close()
            }
        })*
    };
}

elements! {
    ser::SerializeSeq: serialize_element,
    ser::SerializeTuple: serialize_element,
    ser::SerializeTupleStruct: serialize_field,
    ser::SerializeTupleVariant: serialize_field,
}

/// The parts of structs.
macro_rules! fields {
    ($($of:path),* $(,)?) => {
        $(impl $of for Part<'_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Never> {
                self.named(name, value)
            }

            fn end(self) -> Result<(), Never> {
                self.close()
            }
        })*
    };
}

fields!(ser::SerializeStruct, ser::SerializeStructVariant);

impl ser::SerializeMap for Part<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        self.element(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.element(value)
    }

    fn end(self) -> Result<(), Never> {
        self.close()
    }
}
