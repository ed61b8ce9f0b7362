//! Reads JSON with `serde_json`, without a proc macro and with strings borrowed where possible.
//!
//! There is one visitor for every value, and readers are trait objects. Generic readers would add 4 KB to the compressed npm package.
//! All reading starts with `deserialize_any`, because the other methods quote a value of the wrong type. The code that formats
//! floating-point numbers for that would add another 12 KB.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{
    Deserializer,
    de::{self, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::date::{parse_http_date, parse_rfc3339};

/// The description of a document that does not fit.
pub(crate) type Defect = String;

/// Reads a document that is one object and nothing else.
pub(crate) fn read_object<'de>(document: &'de str, reader: &mut dyn MemberReader<'de>) -> Result<(), Defect> {
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let seed = Seed { object: Some(reader), list: None };
    let json = seed.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    if !json.expect_structure("an object")? {
        return Err("expected an object".to_owned());
    }
    deserializer.end().map_err(|error| error.to_string())
}

/// Takes the members of a JSON object one by one.
pub(crate) trait MemberReader<'de> {
    /// Reads or skips the member's value.
    fn read_member(&mut self, name: &str, value: Value<'_, 'de>) -> Result<(), Defect>;
}

/// Takes the objects of a JSON list one by one.
pub(crate) trait EntryReader<'de> {
    /// The place for the members of the next object.
    fn fields(&mut self) -> &mut Fields<'de>;

    /// Takes the members of an object out of the fields.
    fn finish_entry(&mut self);
}

/// The value of a member that has not been read yet.
#[expect(unnameable_types, missing_debug_implementations, reason = "it is part of the sealed `Operation`")]
pub struct Value<'v, 'de>(&'v mut dyn Source<'de>);

impl<'de> Value<'_, 'de> {
    pub(crate) fn skip(self) -> Result<(), Defect> {
        self.0.skip()
    }

    pub(crate) fn read(self) -> Result<Json<'de>, Defect> {
        self.0.read(Seed::default())
    }

    /// Reads a string. `null` counts as missing.
    pub(crate) fn string(self) -> Result<Option<Cow<'de, str>>, Defect> {
        match self.read()? {
            Json::Null => Ok(None),
            Json::String(string) => Ok(Some(string)),
            _ => Err("expected a string".to_owned()),
        }
    }

    /// Reads a list of objects. Returns false for `null`, which is an empty list.
    pub(crate) fn list(self, reader: &mut dyn EntryReader<'de>) -> Result<bool, Defect> {
        self.0.read(Seed { object: None, list: Some(reader) })?.expect_structure("a list")
    }

    /// Reads an object. Returns false for `null`.
    pub(crate) fn object(self, reader: &mut dyn MemberReader<'de>) -> Result<bool, Defect> {
        self.0.read(Seed { object: Some(reader), list: None })?.expect_structure("an object")
    }
}

/// A member's value, without the type of `serde_json`'s reader.
trait Source<'de> {
    fn read(&mut self, seed: Seed<'_, 'de>) -> Result<Json<'de>, Defect>;
    fn skip(&mut self) -> Result<(), Defect>;
}

impl<'de, A: MapAccess<'de>> Source<'de> for A {
    fn read(&mut self, seed: Seed<'_, 'de>) -> Result<Json<'de>, Defect> {
        self.next_value_seed(seed).map_err(|error| error.to_string())
    }

    fn skip(&mut self) -> Result<(), Defect> {
        self.next_value::<IgnoredAny>().map(|_| ()).map_err(|error| error.to_string())
    }
}

/// A value that was read.
pub(crate) enum Json<'de> {
    Null,
    String(Cow<'de, str>),
    Number(f64),
    /// A list or an object, whose reader has its contents.
    Structure,
    /// A boolean, or a list or an object without a reader.
    Other,
}

impl Json<'_> {
    /// Returns false for `null`.
    fn expect_structure(&self, expected: &str) -> Result<bool, Defect> {
        match self {
            Self::Null => Ok(false),
            Self::Structure => Ok(true),
            _ => Err(format!("expected {expected}")),
        }
    }
}

/// Reads any value.
#[derive(Default)]
struct Seed<'r, 'de> {
    object: Option<&'r mut dyn MemberReader<'de>>,
    list: Option<&'r mut dyn EntryReader<'de>>,
}

impl Seed<'_, '_> {
    /// The longest list that is accepted. A longer one does not come from Security Hub.
    const MOST_ENTRIES: usize = 200_000;
    /// The number of entries after which an empty one is rejected, so that a short body cannot fill the memory.
    const MOST_EMPTY_ENTRIES: usize = 1000;
}

impl<'de> DeserializeSeed<'de> for Seed<'_, 'de> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, 'de> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number))
    }

    fn visit_borrowed_str<E: de::Error>(self, string: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(string)))
    }

    fn visit_str<E: de::Error>(self, string: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(string.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let Some(reader) = self.list else { return IgnoredAny.visit_seq(list).map(|_| Json::Other) };
        let mut count = 0_usize;
        while let Some(json) = list.next_element_seed(Seed { object: Some(reader.fields()), list: None })? {
            count += 1;
            if !matches!(json, Json::Structure) {
                return Err(A::Error::custom("expected an object"));
            }
            if count > Self::MOST_ENTRIES {
                return Err(A::Error::custom(format_args!("more than {} entries in a list", Self::MOST_ENTRIES)));
            }
            if count > Self::MOST_EMPTY_ENTRIES && reader.fields().is_empty() {
                return Err(A::Error::custom(format_args!("entry {count} of a list is empty")));
            }
            reader.finish_entry();
        }
        Ok(Json::Structure)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let Some(reader) = self.object else { return IgnoredAny.visit_map(map).map(|_| Json::Other) };
        while let Some(name) = map.next_key_seed(Seed::default())? {
            if let Json::String(name) = name {
                reader.read_member(&name, Value(&mut map)).map_err(A::Error::custom)?;
            }
        }
        Ok(Json::Structure)
    }
}

/// The members of an object that are strings or times, each of them optional. A member given twice is rejected, and unknown
/// members are ignored.
pub(crate) struct Fields<'de> {
    strings: &'static [&'static str],
    times: &'static [&'static str],
    /// The members' values: first the strings, then the times.
    values: Vec<Option<Json<'de>>>,
}

impl<'de> Fields<'de> {
    pub(crate) fn new(strings: &'static [&'static str], times: &'static [&'static str]) -> Self {
        let count = strings.len() + times.len();
        Self { strings, times, values: (0..count).map(|_| None).collect() }
    }

    /// Takes the string with this index. `null` counts as missing.
    pub(crate) fn string(&mut self, index: usize) -> Option<Cow<'de, str>> {
        match self.values[index].take()? {
            Json::String(string) => Some(string),
            _ => None,
        }
    }

    /// Takes the time with this index. `None` if it is missing, or cannot be represented.
    ///
    /// Security Hub's model declares ISO 8601 strings. The other two formats of AWS's protocols are accepted as well: HTTP dates, and
    /// seconds since 1970.
    ///
    /// Source: [timestamp formats](https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait) of Smithy.
    pub(crate) fn time(&mut self, index: usize) -> Option<SystemTime> {
        match self.values[self.strings.len() + index].take()? {
            Json::String(string) => parse_rfc3339(&string).or_else(|| parse_http_date(&string)),
            Json::Number(seconds) => UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?),
            _ => None,
        }
    }

    /// Whether every member is missing or null.
    fn is_empty(&self) -> bool {
        self.values.iter().all(|value| matches!(value, None | Some(Json::Null)))
    }
}

impl<'de> MemberReader<'de> for Fields<'de> {
    fn read_member(&mut self, name: &str, value: Value<'_, 'de>) -> Result<(), Defect> {
        let Some(index) = self.strings.iter().chain(self.times).position(|known| *known == name) else {
            return value.skip();
        };
        if self.values[index].is_some() {
            return Err(duplicate(name));
        }
        let json = value.read()?;
        let is_time = index >= self.strings.len();
        match json {
            Json::Null | Json::String(_) => {}
            Json::Number(_) if is_time => {}
            _ => return Err(format!("expected a {} as {name}", if is_time { "time" } else { "string" })),
        }
        self.values[index] = Some(json);
        Ok(())
    }
}

/// A list whose objects have [`Fields`]. `each` takes them out.
pub(crate) struct Entries<'de, F> {
    pub(crate) fields: Fields<'de>,
    pub(crate) each: F,
}

impl<'de, F: FnMut(&mut Fields<'de>)> EntryReader<'de> for Entries<'de, F> {
    fn fields(&mut self) -> &mut Fields<'de> {
        &mut self.fields
    }

    fn finish_entry(&mut self) {
        (self.each)(&mut self.fields);
        self.fields.values.iter_mut().for_each(|value| *value = None);
    }
}

/// Describes a member that is given twice.
pub(crate) fn duplicate(name: &str) -> Defect {
    format!("duplicate member {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<Option<SystemTime>, Defect> {
        let mut fields = Fields::new(&["Name"], &["Time"]);
        read_object(document, &mut fields)?;
        Ok(fields.time(0))
    }

    #[test]
    fn reads_one_object_only() {
        assert_eq!(read(r#" {"Other":[{"Name":[]}],"Name":null} "#), Ok(None));
        for document in
            ["", "null", "5", "[]", "\"{}\"", "{} {}", "{}]", r#"{"Name":"a","Name":null}"#, r#"{"Name":5}"#]
        {
            assert!(read(document).is_err(), "{document}");
        }
    }

    #[test]
    fn reads_times_as_strings_and_seconds() {
        let time = |milliseconds| Some(UNIX_EPOCH + Duration::from_millis(milliseconds));
        for (value, expected) in [
            (r#""2026-11-22T20:37:05.5Z""#, time(1_795_379_825_500)),
            ("1795379825.5", time(1_795_379_825_500)),
            ("1795379825", time(1_795_379_825_000)),
            (r#""Sun, 22 Nov 2026 20:37:05 GMT""#, time(1_795_379_825_000)),
            ("1e300", None),
            ("-1", None),
            ("\"yesterday\"", None),
            ("null", None),
        ] {
            assert_eq!(read(&format!(r#"{{"Time":{value}}}"#)), Ok(expected), "{value}");
        }
        for value in ["true", "[]", "{}"] {
            assert!(read(&format!(r#"{{"Time":{value}}}"#)).is_err(), "{value}");
        }
    }
}
