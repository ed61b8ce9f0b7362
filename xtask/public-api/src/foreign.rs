//! The types of other crates in a public API.
//!
//! rustdoc's JSON has the defining crate of every named type, even if the type is re-exported or renamed.

use serde_json::Value;

/// The crates of the standard library.
const STANDARD: [&str; 3] = ["alloc", "core", "std"];

/// A type, trait or re-export of another crate, where it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Foreign {
    /// The crate that defines it.
    pub(crate) package: String,
    /// Where it is defined: `time::date::Date`.
    pub(crate) name: String,
    /// The item that names it.
    pub(crate) place: String,
}

/// Returns the items of crates other than the standard library and those allowed, or `None` for an unknown format.
pub(crate) fn foreign(description: &Value, allowed: &[String]) -> Option<Vec<Foreign>> {
    let mut found = Vec::new();
    for item in description["index"].as_object()?.values() {
        let inner = &item["inner"];
        // What others implement for all types, or the compiler for this one, is in nobody's source.
        let is_written = inner["impl"]["blanket_impl"].is_null() && inner["impl"]["is_synthetic"] != true;
        if item["crate_id"] == 0 && is_written {
            visit(description, inner, &mut |package, name| {
                if !STANDARD.contains(&package) && !allowed.iter().any(|allowed| allowed == package) {
                    found.push(Foreign { package: package.to_owned(), name, place: place_of(item) });
                }
            })?;
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// Calls `see` with crate and name of each item that is named here and is not of the crate itself.
fn visit(description: &Value, here: &Value, see: &mut impl FnMut(&str, String)) -> Option<()> {
    match here {
        Value::Object(members) => {
            // A type or trait is named by `path`, a re-export by `source`; both have the `id` of what they name.
            let is_named = here["path"].is_string() || here["source"].is_string();
            if let Some(id) = here["id"].as_u64().filter(|_| is_named)
                && let Some((package, name)) = definition_of(description, id)?
            {
                see(package, name);
            }
            members.values().try_for_each(|member| visit(description, member, see))
        }
        Value::Array(elements) => elements.iter().try_for_each(|element| visit(description, element, see)),
        _ => Some(()),
    }
}

/// Crate and path of an item: `Some(None)` for one of the crate that is described.
fn definition_of(description: &Value, id: u64) -> Option<Option<(&str, String)>> {
    let id = id.to_string();
    // Items of other crates have a path, and so have most of this one.
    let item = description["paths"].get(&id).or_else(|| description["index"].get(&id))?;
    let package = item["crate_id"].as_u64()?;
    if package == 0 {
        return Some(None);
    }
    let package = description["external_crates"][package.to_string()]["name"].as_str()?;
    let path: Vec<_> = item["path"].as_array()?.iter().filter_map(Value::as_str).collect();
    Some(Some((package, path.join("::"))))
}

/// The item as one finds it: its name, or what it is for, and its line.
fn place_of(item: &Value) -> String {
    let inner = &item["inner"];
    let name = item["name"].as_str().or_else(|| inner["use"]["name"].as_str());
    let target = inner["impl"]["for"]["resolved_path"]["path"].as_str().map(|target| format!("an impl for {target}"));
    let name = name.map(ToOwned::to_owned).or(target).unwrap_or_else(|| "an impl".to_owned());
    match (item["span"]["filename"].as_str(), item["span"]["begin"][0].as_u64()) {
        (Some(file), Some(line)) => format!("{name} ({file}:{line})"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Foreign, foreign};

    /// A crate with one function, which takes a type of `time` in a `Vec`, and what `more` adds to it.
    fn description(more: &Value) -> Value {
        let date = json!({ "resolved_path": { "path": "Day", "id": 7, "args": null } });
        let argument = json!({ "angle_bracketed": { "args": [{ "type": date }], "constraints": [] } });
        let input = json!({ "resolved_path": { "path": "Vec", "id": 8, "args": argument } });
        let own = json!({ "resolved_path": { "path": "Own", "id": 2, "args": null } });
        let function = json!({ "function": { "sig": { "inputs": [["day", input], ["own", own]], "output": null } } });
        let mut index = json!({ "1": {
            "name": "since", "crate_id": 0, "span": { "filename": "src/lib.rs", "begin": [3, 1] }, "inner": function,
        } });
        index.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "index": index,
            "paths": {
                "2": { "crate_id": 0, "path": ["own", "Own"] },
                "7": { "crate_id": 20, "path": ["time", "date", "Date"] },
                "8": { "crate_id": 3, "path": ["alloc", "vec", "Vec"] },
                "9": { "crate_id": 21, "path": ["http"] },
            },
            "external_crates": { "3": { "name": "alloc" }, "20": { "name": "time" }, "21": { "name": "http" } },
        })
    }

    fn allowed(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_renamed_and_nested_types() {
        let found = foreign(&description(&json!({})), &allowed(&["http"]));
        let expected = Foreign {
            package: "time".to_owned(),
            name: "time::date::Date".to_owned(),
            place: "since (src/lib.rs:3)".to_owned(),
        };
        assert_eq!(found, Some(vec![expected]));
        assert_eq!(foreign(&description(&json!({})), &allowed(&["time"])), Some(Vec::new()));
    }

    #[test]
    fn a_re_export_is_found() {
        let re_export = json!({ "use": { "source": "http", "name": "http", "id": 9, "is_glob": false } });
        let found = foreign(
            &description(&json!({ "4": { "name": null, "crate_id": 0, "span": null, "inner": re_export } })),
            &allowed(&["time"]),
        );
        let expected = Foreign { package: "http".to_owned(), name: "http".to_owned(), place: "http".to_owned() };
        assert_eq!(found, Some(vec![expected]));
    }

    #[test]
    fn impls_count_where_somebody_wrote_them() {
        let item = |blanket: Value, is_synthetic: bool| {
            let inner = json!({ "impl": {
                "trait": { "path": "Into", "id": 9 },
                "for": { "resolved_path": { "path": "Own", "id": 2 } },
                "blanket_impl": blanket,
                "is_synthetic": is_synthetic,
            } });
            let item = json!({ "4": { "name": null, "crate_id": 0, "span": null, "inner": inner } });
            foreign(&description(&item), &allowed(&["time"])).unwrap()
        };
        assert_eq!(item(Value::Null, false)[0].place, "an impl for Own");
        assert_eq!(item(json!({ "generic": "T" }), false), []);
        assert_eq!(item(Value::Null, true), []);
    }

    #[test]
    fn rejects_unknown_formats() {
        assert_eq!(foreign(&json!({}), &[]), None);
        let mut description = description(&json!({}));
        description["paths"].as_object_mut().unwrap().remove("7");
        assert_eq!(foreign(&description, &[]), None);
    }
}
