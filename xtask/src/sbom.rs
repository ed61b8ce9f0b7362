//! `cargo xtask sbom`: what each published crate is made of, for those who have to keep a list.

use std::{fs, process::ExitCode};

use serde_json::Value;

use crate::{Command, Result, check::Report, install, shell::Shell, workspace::Workspace};

/// `cargo xtask sbom`.
pub(crate) const SBOM: Command = Command {
    name: "sbom",
    about: "Write a CycloneDX software bill of materials of each published crate into target/sbom, and install \
            cargo-cyclonedx where it is missing",
    arguments: |command| command,
    run: |workspace, _| {
        sbom(workspace)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// The tool writes a file of this name, and with an extension, beside each manifest of the workspace.
const NAME: &str = "xtask-sbom";

/// All that can be compiled in: every feature, every platform.
const EVERYTHING: [&str; 3] = ["--all-features", "--target", "all"];

fn sbom(workspace: &Workspace) -> Result<()> {
    let cargo_cyclonedx = install::cargo_cyclonedx(workspace, &mut Report::default())?;
    let format = ["--quiet", "--format", "json", "--spec-version", "1.5", "--override-filename", NAME];
    let written = Shell::new(cargo_cyclonedx).arg("cyclonedx").args(format).args(EVERYTHING).run();

    let folder = workspace.target.join("sbom");
    fs::create_dir_all(&folder)?;
    let root = format!("{}/", workspace.root.display());
    for package in &workspace.packages {
        let file = package.folder.join(NAME).with_extension("json");
        let text = fs::read_to_string(&file);
        if text.is_ok() {
            fs::remove_file(&file)?;
        }
        if package.is_published && written.is_ok() {
            let mut bill = serde_json::from_str(&text.map_err(|error| format!("{}: {error}", file.display()))?)?;
            forget_places(&mut bill, &root);
            let file = folder.join(format!("{}-{}.cdx.json", package.name, package.version));
            fs::write(&file, format!("{bill:#}\n"))?;
            let components = bill["components"].as_array().map_or(0, Vec::len);
            println!("{}: {components} components", file.strip_prefix(&workspace.root).unwrap_or(&file).display());
        }
    }
    written
}

/// Takes out where the workspace is on this machine: from references, and from the addresses of our crates, which others
/// get from a registry.
fn forget_places(bill: &mut Value, root: &str) {
    match bill {
        Value::String(text) => {
            if let Some((address, _)) = text.split_once("?download_url=file:") {
                // Of a target, the address goes on behind the place.
                let target = text.rsplit_once('#').map_or("", |(_, target)| target);
                let hash = if target.is_empty() { "" } else { "#" };
                *text = format!("{address}{hash}{target}");
            } else if text.contains(root) {
                *text = text.replace(root, "");
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| forget_places(element, root)),
        Value::Object(members) => members.values_mut().for_each(|member| forget_places(member, root)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::forget_places;

    #[test]
    fn a_bill_says_nothing_of_this_machine() {
        let mut bill = json!({ "components": [{
            "bom-ref": "path+file:///somewhere/us/crates/core#0.1.0",
            "purl": "pkg:cargo/core@0.1.0?download_url=file://../core",
            "components": [{ "purl": "pkg:cargo/core@0.1.0?download_url=file://.#src/lib.rs" }],
        }, {
            "bom-ref": "registry+https://example.com/index#bytes@1.12.0",
            "purl": "pkg:cargo/bytes@1.12.0",
        }] });
        forget_places(&mut bill, "/somewhere/us/");
        let expected = json!({ "components": [{
            "bom-ref": "path+file://crates/core#0.1.0",
            "purl": "pkg:cargo/core@0.1.0",
            "components": [{ "purl": "pkg:cargo/core@0.1.0#src/lib.rs" }],
        }, {
            "bom-ref": "registry+https://example.com/index#bytes@1.12.0",
            "purl": "pkg:cargo/bytes@1.12.0",
        }] });
        assert_eq!(bill, expected);
    }
}
