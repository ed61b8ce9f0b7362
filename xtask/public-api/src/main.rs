//! Reads a crate's public API from rustdoc's JSON.
//!
//! `xtask-public-api list <rustdoc.json>` prints one item per line.
//! `xtask-public-api foreign <rustdoc.json> [<crate>…]` prints the items of crates other than the standard library and
//! these.

mod foreign;
mod listing;

use std::{env, error::Error, fs, path::Path, process::ExitCode};

use serde_json::Value;

/// The format that the library reads. Another format would change the listing.
const FORMAT: u64 = 57;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let lines = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list", json] => list(Path::new(json)),
        ["foreign", json, ..] => foreign(Path::new(json), &arguments[2..]),
        _ => {
            eprintln!("usage: xtask-public-api list <rustdoc.json>, or: foreign <rustdoc.json> [<crate>...]");
            return ExitCode::FAILURE;
        }
    };
    match lines {
        Ok(lines) => {
            for line in lines {
                println!("{line}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask-public-api: {error}");
            ExitCode::FAILURE
        }
    }
}

fn list(json: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    read(json)?;
    Ok(listing::listing(json)?)
}

fn foreign(json: &Path, allowed: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
    let found = foreign::foreign(&read(json)?, allowed).ok_or("rustdoc's JSON is not understood")?;
    Ok(found.iter().map(|foreign| format!("{}: {} in {}", foreign.package, foreign.name, foreign.place)).collect())
}

/// The description, if it is of the format that is read here.
fn read(json: &Path) -> Result<Value, Box<dyn Error>> {
    let description: Value = serde_json::from_str(&fs::read_to_string(json)?)?;
    match description["format_version"].as_u64() {
        Some(FORMAT) => Ok(description),
        other => Err(format!(
            "rustdoc writes format {}, and public-api of Cargo.toml reads {FORMAT}: raise that, FORMAT here, and RUST in \
             xtask/src/public_api.rs together",
            other.map_or_else(|| "without a number".to_owned(), |other| other.to_string()),
        )
        .into()),
    }
}
