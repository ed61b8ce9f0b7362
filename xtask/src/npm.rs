//! The npm package: building it into a folder that is ready to publish, checking its size, and testing it in Node.
//!
//! The library `wasm-bindgen` creates the JavaScript. It takes a minute to compile, so it has its own package.
//! `wasm-opt`, `esbuild` and the TypeScript compiler come from npm, in fixed versions.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction};
use serde_json::Value;

use crate::{
    Command, Result,
    check::{Check, Report},
    checks::wasm,
    install,
    shell::Shell,
    workspace::Workspace,
};

/// `cargo xtask npm`.
pub(crate) const NPM: Command = Command {
    name: "npm",
    about: "Build the npm package into target/npm/securityhub-invitations, and weigh it",
    arguments: |command| {
        let test = Arg::new("test").long("test").action(ArgAction::SetTrue);
        command.arg(test.help("Test the package in Node as well, and its types with the TypeScript compiler"))
    },
    run: |workspace, matches| {
        let mut report = Report::default();
        build(workspace, &mut report)?;
        weigh(workspace, &mut report)?;
        if matches.get_flag("test") {
            test(workspace, &mut report)?;
            println!("\n{}", report.tests);
        }
        Ok(ExitCode::SUCCESS)
    },
};

/// The package, its weight, and its tests.
pub(crate) const CHECK: Check = Check {
    name: "npm",
    about: "the npm package is built, is light enough, and works in Node",
    run: |workspace, report| {
        build(workspace, report)?;
        // What is too heavy is to work nevertheless.
        let weighed = weigh(workspace, report);
        test(workspace, report).and(weighed)
    },
};

const CRATE: &str = "crates/securityhub-invitations-fetch";
const NAME: &str = "securityhub_invitations";

/// The maximum size of the main entry in bytes, compressed by `gzip -9`.
const LIMIT: &str = "90000";

/// From npm: to make the module small, to make its JavaScript small, to check the types. They are not dependencies of the package.
const TOOLS: [&str; 3] = ["binaryen@132.0.0", "esbuild@0.28.2", "typescript@7.0.2"];

/// Functions that are called once stay functions: that is more code, but less after compression.
const OPTIMIZATIONS: [&str; 4] =
    ["-Os", "--converge", "--one-caller-inline-max-function-size=20", "--strip-target-features"];

/// The names of imports and exports are half as much as the rest of the glue. It prints the new ones.
const SHORT_NAMES: &str = "--minify-imports-and-exports-and-modules";

/// loading.js instantiates the module. The loader of wasm-bindgen accepts fewer sources, and esbuild removes it.
const LOADING: &str = "\nexport { __wbg_get_imports, __wbg_finalize_init };\n";

/// Compresses a file for inline.js.
const COMPRESS: &str = "const { readFileSync, writeFileSync } = require('node:fs');\
    const [from, to] = process.argv.slice(1);\
    writeFileSync(to, require('node:zlib').gzipSync(readFileSync(from), { level: 9 }));";

/// The WebAssembly features that rustc uses, so that wasm-opt accepts these and uses no others.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The folder of the package.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("npm/securityhub-invitations")
}

/// Builds the package.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::wasm_target(wasm::TARGET, report)?;
    install::node()?;
    let sysroot = rust_sources(report)?;
    Shell::cargo("build --profile npm --package securityhub-invitations-fetch --features npm --target")
        .arg(wasm::TARGET)
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", &rust_flags(&workspace.root, &sysroot))
        .run()?;

    let parts = workspace.target.join("npm/parts");
    let folder = folder(workspace);
    for folder in [&parts, &folder] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    let built = workspace.target.join(wasm::TARGET).join("npm/securityhub_invitations_fetch.wasm");
    Shell::cargo("run --quiet --package xtask-bindgen --").arg(built).arg(&parts).arg(NAME).run()?;
    let module = format!("{NAME}_bg.wasm");
    let wasm_opt = tool(workspace, "wasm-opt", report)?;
    let wasm_opt = |from: &Path, to: &Path| Shell::new(&wasm_opt).args(WASM_FEATURES).arg(from).arg("--output").arg(to);
    wasm_opt(&parts.join(&module), &parts.join("optimized.wasm")).args(OPTIMIZATIONS).run()?;
    let names = wasm_opt(&parts.join("optimized.wasm"), &folder.join(&module)).arg(SHORT_NAMES).capture()?;
    if !names.status.success() {
        return Err(format!("wasm-opt failed, {}: {}", names.status, names.stderr.trim()).into());
    }
    let glue = parts.join(format!("{NAME}.js"));
    let renamed = renamed(&fs::read_to_string(&glue)?, &serde_json::from_str(&names.stdout)?);
    fs::write(&glue, renamed.ok_or("wasm-opt does not say what it renamed")? + LOADING)?;
    let module = folder.join(module);
    fs::write(&module, with_version(fs::read(&module)?))?;
    Shell::new("node").args(["--eval", COMPRESS]).arg(&module).arg(parts.join("module.gz")).run()?;

    let sources = Path::new(CRATE).join("npm");
    for file in ["index.js", "inline.js", "loading.js", "calls.js", "errors.js"] {
        fs::copy(sources.join(file), parts.join(file))?;
    }
    fs::copy(Path::new(CRATE).join("src/exchange.js"), parts.join("exchange.js"))?;
    Shell::new(tool(workspace, "esbuild", report)?)
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning", "--loader:.gz=base64"])
        .arg(format!("--define:VERSION=\"{}\"", version()))
        .args(["index.js", "inline.js"].map(|entry| parts.join(entry)))
        .arg(format!("--outdir={}", folder.display()))
        .run()?;

    for file in ["index.d.ts", "inline.d.ts", "README.md"] {
        fs::copy(sources.join(file), folder.join(file))?;
    }
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(file, folder.join(file))?;
    }
    let manifest = fs::read_to_string(sources.join("package.json"))?;
    fs::write(folder.join("package.json"), manifest.replace("0.0.0", version()))?;
    Ok(())
}

/// Prints what the package weighs, and fails if that is too much.
fn weigh(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let sizes = Path::new(CRATE).join("npm/sizes.mjs");
    let sizes = Shell::new("node").arg(sizes).arg(folder(workspace)).arg(LIMIT);
    let mut sum = String::new();
    let weighed = sizes.run_reading(|line| {
        if let Some(line) = line.strip_prefix("main entry") {
            sum = line.split_whitespace().collect::<Vec<_>>().join(", ");
        }
    });
    report.note(format!("raw, gzip -9, brotli: {sum}"));
    weighed
}

/// The source of the standard library, which is compiled for the module. The path is that of the toolchain.
///
/// The precompiled library has messages for panics, and the code to format them takes 30 KB of the 80. Cargo accepts the
/// flags that remove it only with `RUSTC_BOOTSTRAP`, which does not change the compiler.
fn rust_sources(report: &mut Report) -> Result<PathBuf> {
    let sysroot = PathBuf::from(Shell::new("rustc").args(["--print", "sysroot"]).read()?.trim());
    let library = sysroot.join("lib/rustlib/src/rust/library/std");
    if !library.exists() {
        Shell::new("rustup").args(["component", "add", "rust-src"]).run()?;
        report.note("installed rust-src");
    }
    Ok(sysroot)
}

/// The glue with the names that wasm-opt gave to imports and exports.
fn renamed(glue: &str, names: &Value) -> Option<String> {
    let mut text = glue.to_owned();
    for import in names["imports"].as_array()? {
        text = with_word(&text, import[1].as_str()?, import[2].as_str()?);
        // All of them belong to one module.
        text = text.replace(import[0].as_str()?, "a");
    }
    for export in names["exports"].as_array()? {
        let member = |name: &Value| Some(format!("wasm.{}", name.as_str()?));
        text = with_word(&text, &member(&export[0])?, &member(&export[1])?);
        // Where the module itself is not there yet.
        let member = |name: &Value| Some(format!("instance.exports.{}", name.as_str()?));
        text = with_word(&text, &member(&export[0])?, &member(&export[1])?);
    }
    Some(text)
}

/// Adds a section with the package's version, so that loading.js rejects the module of another version.
fn with_version(mut module: Vec<u8>) -> Vec<u8> {
    const CUSTOM: u8 = 0;
    const NAME: &str = "securityhub-invitations";
    let length = |length: usize| u8::try_from(length).ok().filter(u8::is_ascii).expect("it fits in one byte of LEB128");
    let section = [&[length(NAME.len())], NAME.as_bytes(), version().as_bytes()].concat();
    module.extend([CUSTOM, length(section.len())]);
    module.extend(section);
    module
}

/// Replaces a word, but no part of a longer one.
fn with_word(text: &str, from: &str, to: &str) -> String {
    let continues = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        replaced.push_str(before);
        replaced.push_str(if continues(after) { from } else { to });
        rest = after;
    }
    replaced + rest
}

/// The package's version is the workspace's, as is this program's.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn rust_flags(root: &Path, sysroot: &Path) -> String {
    let home = env::home_dir().map(|home| home.join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or(home).unwrap_or_default();
    // Paths of this machine have no business in the module.
    let paths = [root.to_owned(), cargo.join("registry/src"), sysroot.join("lib/rustlib/src/rust")];
    let paths = paths.iter().map(|path| format!("--remap-path-prefix={}=", path.display()));
    // A panic is a trap without a message or a place. Nothing in the package prints with `{:?}`, which is empty here.
    let panic = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"]
        .map(ToOwned::to_owned);
    // A loop instead of 64 rounds written out: a call hashes a few KB at most.
    let hash = "--cfg=sha2_backend_soft=\"compact\"".to_owned();
    panic.into_iter().chain(paths).chain([hash]).collect::<Vec<_>>().join(" ")
}

/// Runs the tests against the package that was built, with an emulator for them to call.
pub(crate) fn test(workspace: &Workspace, report: &mut Report) -> Result<()> {
    Shell::cargo("build --package securityhub-emulator --bin securityhub-emulator").run()?;
    let tests = Path::new(CRATE).join("npm/test");
    let package = folder(workspace);
    let compiler = tool(workspace, "tsc", report)?;
    // TypeScript finds the package as a user's program would: in node_modules.
    let project = workspace.target.join("npm/types");
    let modules = project.join("node_modules/securityhub-invitations");
    if project.exists() {
        fs::remove_dir_all(&project)?;
    }
    fs::create_dir_all(&modules)?;
    for file in ["index.d.ts", "inline.d.ts", "package.json"] {
        fs::copy(package.join(file), modules.join(file))?;
    }
    for file in ["types.mts", "tsconfig.json", "bare.mts", "bare.json"] {
        fs::copy(tests.join(file), project.join(file))?;
    }
    for file in ["tsconfig.json", "bare.json"] {
        Shell::new(&compiler).arg("--project").arg(project.join(file)).run()?;
        report.tests.passed += 1;
    }

    let emulator = workspace.target.join("debug/securityhub-emulator");
    let mut files = Vec::new();
    for entry in fs::read_dir(&tests)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Shell::new("node")
        .args(["--test", "--test-reporter=tap"])
        .args(files)
        .env("SECURITYHUB_PACKAGE", &package.display().to_string())
        .env("SECURITYHUB_EMULATOR", &emulator.display().to_string())
        .run_reading(|line| {
            let count = |what| line.strip_prefix(what).and_then(|count| count.trim().parse::<u32>().ok()).unwrap_or(0);
            report.tests.passed += count("# pass ");
            report.tests.failed += count("# fail ");
            report.tests.skipped += count("# skipped ");
        })
}

/// The path of a program that npm has. Where npm does not answer, one on the PATH has to do.
fn tool(workspace: &Workspace, name: &str, report: &mut Report) -> Result<PathBuf> {
    let tools = workspace.target.join("tools/npm");
    let path = tools.join("node_modules/.bin").join(name);
    if !is_installed(&tools) {
        fs::create_dir_all(&tools)?;
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"];
        match Shell::new("npm").args(install).arg(&tools).args(TOOLS).run() {
            Ok(()) => report.note(format!("installed {}", TOOLS.join(", "))),
            Err(error) if Shell::new(name).arg("--version").succeeds() => {
                println!("{error}: the {name} on the PATH has to do");
                return Ok(name.into());
            }
            Err(error) => return Err(format!("{name} is missing: {error}").into()),
        }
    }
    Ok(path)
}

/// Whether all tools are there in their versions.
fn is_installed(tools: &Path) -> bool {
    TOOLS.iter().all(|tool| {
        let (name, version) = tool.split_once('@').expect("each has a version");
        let manifest = fs::read_to_string(tools.join("node_modules").join(name).join("package.json"));
        let manifest: Option<Value> = manifest.ok().and_then(|text| serde_json::from_str(&text).ok());
        manifest.is_some_and(|manifest| manifest["version"] == version)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::renamed;

    #[test]
    fn names_are_renamed_where_they_are_whole() {
        let glue = r#"{ "./x_bg.js": { __wbg_now_1: f, __wbg_now_12: g } }; wasm.free(); wasm.freed(); free();"#;
        let names = json!({
            "imports": [["./x_bg.js", "__wbg_now_1", "$"], ["./x_bg.js", "__wbg_now_12", "A"]],
            "exports": [["free", "B"], ["freed", "wasm"]],
        });
        let expected = r#"{ "a": { $: f, A: g } }; wasm.B(); wasm.wasm(); free();"#;
        assert_eq!(renamed(glue, &names).as_deref(), Some(expected));
        assert_eq!(renamed(glue, &json!({})), None);
    }
}
