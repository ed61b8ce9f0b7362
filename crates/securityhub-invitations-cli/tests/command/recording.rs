//! The pictures of the command in the documents. `BLESS=1 cargo test -p securityhub-invitations-cli recording` writes them again.

use std::{env, fmt::Write, fs, path::Path};

use securityhub_emulator::Emulator;

use crate::site::{Site, id, region, with_roles};

/// The width of the pictures in columns.
const COLUMNS: usize = 100;

#[test]
fn recording_of_demo_is_current() {
    let site = Site::new(Emulator::new());
    let demo = site.run(&["demo", "--yes"]).expect(3);
    let shown = demo.stdout.split_once(" (to continue)").map_or(&*demo.stdout, |(shown, _)| shown);
    compare("demo.svg", "demo", &format!("{shown} (to continue)"));
}

#[test]
fn recording_of_dry_run_is_current() {
    let accounts = [111_122_223_333, 444_455_556_666].map(id);
    let emulator = with_roles(Emulator::builder(), &accounts).build();
    for account in accounts {
        for inviter in [777_788_889_999, 888_899_990_000] {
            for name in ["eu-central-1", "us-east-1"] {
                emulator.account(id(inviter)).send_invitation(&region(name), account);
            }
        }
    }
    emulator.account(accounts[1]).set_subscribed(&region("us-east-1"), false);
    let site = Site::new(emulator);
    let accounts = site.file("accounts.txt", "111122223333\n444455556666\n");
    let shown = "clean --side member --role Cleanup --accounts accounts.txt \\\n    \
                 --region eu-central-1,us-east-1 --keep 888899990000 --dry-run";
    let typed = shown.replace("accounts.txt", &accounts).replace('\\', "");
    let arguments: Vec<&str> = typed.split_whitespace().collect();
    let dry_run = site.run(&arguments).expect(3);
    let output = dry_run.stdout.replace(&site.server.url(), "https://securityhub.eu-central-1.amazonaws.com");
    compare("dry-run.svg", shown, &output);
}

/// Compares a picture with the file in the documents. A published crate does not contain them.
fn compare(file: &str, arguments: &str, output: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    let picture = picture(&format!("$ securityhub-invitations {arguments}\n{}", normalized(output)));
    if env::var_os("BLESS").is_some() {
        fs::write(folder.join(file), picture).expect("the folder is writable");
    } else if folder.is_dir() {
        let stored = fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert!(stored == picture, "docs/images/{file} is not current, BLESS=1 writes it again:\n{picture}");
    }
}

/// Replaces the id and the times of a run.
fn normalized(output: &str) -> String {
    let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
    if let Some(id) = lines[0].strip_prefix("Run ").and_then(|rest| rest.split(',').next().map(str::to_owned)) {
        lines.iter_mut().for_each(|line| *line = line.replace(&id, "20260102T030405Z-1a2b"));
    }
    let tool = lines[1].rsplit(", ").next().unwrap_or_default().to_owned();
    lines[1] = format!("2026-01-02 03:04:05 UTC, 2 s, {tool}");
    lines.join("\n")
}

/// Draws lines of text as a terminal shows them.
fn picture(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (width, height) = (COLUMNS * 8 + 32, lines.len() * 18 + 32);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<rect width="100%" height="100%" rx="8" fill="#16191f"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d6dae2">
"##
    );
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        // The columns are aligned, whatever the width of the font.
        let length = line.chars().count() * 8;
        // Viewers collapse other spaces.
        let line = line.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "\u{a0}");
        let y = 31 + number * 18;
        let fill = if number == 0 { r##" fill="#8fd3a4""## } else { "" };
        let _ = writeln!(
            svg,
            r#"<text x="16" y="{y}" textLength="{length}" lengthAdjust="spacingAndGlyphs"{fill}>{line}</text>"#
        );
    }
    svg + "</g>\n</svg>\n"
}
