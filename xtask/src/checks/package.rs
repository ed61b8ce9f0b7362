//! The packages to publish: each has the right files and compiles on its own.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    Result,
    check::{Check, Report},
    shell::{self, Shell},
    workspace::{Package, Workspace},
};

/// A dry run and a check of the files in each package.
pub(crate) const PACKAGE: Check = Check {
    name: "package",
    about: "published crates can be published: a dry run, what is in their packages, and that they compile",
    run,
};

const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// The files that cargo adds to each package.
const OF_CARGO: [&str; 4] = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];

fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let target = workspace.target.join("publish");
    // In CI only what is committed counts. Elsewhere this is wanted before the commit.
    let cargo = |arguments| {
        let shell = Shell::cargo(arguments).arg("--target-dir").arg(&target);
        if shell::is_ci() { shell } else { shell.arg("--allow-dirty") }
    };
    // In the order of their dependencies, without those that are not published. It compiles nothing: cargo would take the
    // core from what it unpacked and built for an earlier run, if only the version is the same.
    cargo("publish --workspace --dry-run --no-verify --locked --quiet").run()?;
    let mut archives = cargo("package --no-verify --locked --quiet");
    for package in workspace.published() {
        archives = archives.arg("--package").arg(&package.name);
    }
    archives.run()?;

    let folder = target.join("unpacked");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut problems = Vec::new();
    for package in workspace.published() {
        let archive = target.join("package").join(file_name(package) + ".crate");
        // The times in the archive are the same for all; `-m` takes those of now, so that what changed is compiled.
        Shell::new("tar").arg("-xzmf").arg(&archive).arg("-C").arg(&folder).run()?;
        problems.extend(problems_of(&package.folder, &folder.join(file_name(package)))?);
        report.note(format!("{}: {} KiB", package.name, fs::metadata(&archive)?.len().div_ceil(1024)));
    }
    if !problems.is_empty() {
        return Err(problems.join("; ").into());
    }
    compile(workspace, &folder)
}

/// Name and version: what the folder in the archive is called, and, with an extension, the archive.
fn file_name(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// Compiles each package, its tests included, beside the others, which no registry has in this state.
fn compile(workspace: &Workspace, folder: &Path) -> Result<()> {
    let names = workspace.published().map(file_name).collect::<Vec<_>>();
    let patches =
        workspace.published().map(|package| format!("{} = {{ path = \"{}\" }}\n", package.name, file_name(package)));
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {names:?}\n\n[patch.crates-io]\n{}",
        patches.collect::<String>()
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions that everything else is tested with.
    fs::copy("Cargo.lock", folder.join("Cargo.lock"))?;
    for package in workspace.published() {
        Shell::cargo("check --quiet --all-targets --package")
            .arg(&package.name)
            .arg("--manifest-path")
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&workspace.target)
            .run()?;
    }
    Ok(())
}

/// Returns the problems of a package, one sentence each.
fn problems_of(source: &Path, unpacked: &Path) -> Result<Vec<String>> {
    let name = unpacked.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut files = BTreeSet::new();
    list(unpacked, unpacked, &mut files)?;
    let mut problems = Vec::new();
    let strays: Vec<_> = files.iter().filter(|file| !belongs(file)).map(|file| file.display().to_string()).collect();
    if !strays.is_empty() {
        problems.push(format!("{name} has files that do not belong into a package: {}", strays.join(", ")));
    }
    let texts = LICENSES.map(|license| (license, PathBuf::from(license)));
    for (file, original) in texts.into_iter().chain([("README.md", source.join("README.md"))]) {
        // A link that was packed as a link, or as the path that it points to, is not the text.
        let packed = fs::read(unpacked.join(file));
        match packed {
            Ok(packed) if packed == fs::read(&original)? => {}
            Ok(_) => problems.push(format!("{file} of {name} is not {}", original.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => problems.push(format!("{name} has no {file}")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(problems)
}

/// Adds the files below a folder, by their paths in it.
fn list(root: &Path, folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(root, &entry.path(), files)?;
        } else {
            files.insert(entry.path().strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}

/// Whether this is a file that users of a package need, or want to test it with.
fn belongs(file: &Path) -> bool {
    let is_text =
        file.to_str().is_some_and(|file| file == "README.md" || LICENSES.contains(&file) || OF_CARGO.contains(&file));
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    // wasm-bindgen includes JavaScript modules of the source, and the command includes its page.
    let is_source = file.starts_with("src") && ["rs", "js", "html"].contains(&extension);
    // The expected output of unit tests.
    let is_golden = file.starts_with("src") && file.parent().is_some_and(|folder| folder.ends_with("golden"));
    let is_schema = file.starts_with("schemas") && extension == "json";
    // Tests have data, the program that wrote it, and examples in other languages.
    let is_test = file.starts_with("tests") && ["rs", "json", "py", "md", "cjs"].contains(&extension);
    let is_hidden = file.iter().any(|part| part.to_string_lossy().starts_with('.'));
    is_text || ((is_source || is_golden || is_schema || is_test) && !is_hidden)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::belongs;

    #[test]
    fn what_belongs_into_a_package() {
        for file in [
            "Cargo.toml",
            ".cargo_vcs_info.json",
            "LICENSE-MIT",
            "README.md",
            "src/lib.rs",
            "src/sigv4/mod.rs",
            "src/exchange.js",
            "src/report/page.html",
            "src/report/golden/table.txt",
            "schemas/output.schema.json",
            "tests/suite/main.rs",
            "tests/data/signing.json",
            "tests/data/generate.py",
        ] {
            assert!(belongs(Path::new(file)), "{file}");
        }
    }

    #[test]
    fn what_does_not() {
        for file in [
            "clippy.toml",
            "public-api.txt",
            "npm/index.js",
            "src/notes.txt",
            "schemas/notes.txt",
            "golden/table.txt",
            "src/lib.rs.orig",
            "tests/.lib.rs.swp",
            "tests/__pycache__/sigv4_rule.cpython-311.pyc",
            "src/.hidden/lib.rs",
            "src/LICENSE-MIT",
            ".env",
        ] {
            assert!(!belongs(Path::new(file)), "{file}");
        }
    }
}
