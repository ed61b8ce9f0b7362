//! Files for a page, under a strict policy.

use std::{
    fs,
    path::{Path, PathBuf},
};

use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};

use crate::server::{Answer, Question, text};

/// Scripts and styles of this origin alone, none inline; wasm, which must be compiled; and connections to the relay, to
/// AWS, and to an emulator on this machine.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self' https: http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Folders, and the paths that they are served at.
#[derive(Clone, Debug, Default)]
pub struct Files {
    folders: Vec<(String, PathBuf)>,
}

impl Files {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And this folder below `path`, which is `/` or `/name`.
    #[must_use]
    pub fn with(mut self, path: &str, folder: impl Into<PathBuf>) -> Self {
        self.folders.push((format!("{}/", path.trim_end_matches('/')), folder.into()));
        // The longest path first: it is the one that is meant.
        self.folders.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        self
    }

    /// Answers `GET` and `HEAD`.
    #[must_use]
    pub fn answer(&self, request: &Question) -> Answer {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "These are files: GET them.\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let mut answer = match self.read(request.uri().path()) {
            Some((bytes, media_type)) => {
                let mut answer = text(StatusCode::OK, bytes);
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
                answer
            }
            None => text(StatusCode::NOT_FOUND, "There is no such file.\n"),
        };
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-cache"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn read(&self, path: &str) -> Option<(Vec<u8>, &'static str)> {
        let (rest, folder) = self.folders.iter().find_map(|(at, folder)| Some((path.strip_prefix(at)?, folder)))?;
        let name = if rest.is_empty() { "index.html" } else { rest };
        // Names as we give them: no `..`, no percent signs, nothing hidden.
        let is_plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !name.split('/').all(is_plain) {
            return None;
        }
        let media_type = match Path::new(name).extension()?.to_str()? {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "json" | "map" => "application/json",
            "svg" => "image/svg+xml",
            "wasm" => "application/wasm",
            _ => return None,
        };
        Some((fs::read(folder.join(name)).ok()?, media_type))
    }
}
