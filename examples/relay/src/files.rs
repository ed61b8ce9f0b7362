//! Files of a page, with a strict content security policy.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};

use crate::server::{SiteRequest, SiteResponse, text};

/// The content security policy.
///
/// It allows scripts and styles of this origin, but none inline. It also allows the compilation of WebAssembly, and connections
/// to the relay, to AWS, and to an emulator on this machine.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self' https: http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Folders and the paths at which they are served.
#[derive(Clone, Debug, Default)]
pub struct Files {
    folders: Vec<(String, PathBuf)>,
}

impl Files {
    /// Creates a set without folders.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder below `path`, which is `/` or `/name`.
    #[must_use]
    pub fn with(mut self, path: &str, folder: impl Into<PathBuf>) -> Self {
        self.folders.push((format!("{}/", path.trim_end_matches('/')), folder.into()));
        // The longest path comes first, because the first match wins.
        self.folders.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        self
    }

    /// Responds to `GET` and `HEAD`.
    #[must_use]
    pub fn respond(&self, request: &SiteRequest) -> SiteResponse {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "unsupported method (expected GET or HEAD)\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut response = match self.find(request.uri().path()).map(|(file, media_type)| (fs::read(file), media_type))
        {
            Some((Ok(bytes), media_type)) => {
                let mut response = text(StatusCode::OK, bytes);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
                response
            }
            // For example, all file descriptors are in use.
            Some((Err(error), _)) if !is_missing(&error) => {
                text(StatusCode::SERVICE_UNAVAILABLE, "file cannot be read at present\n")
            }
            _ => text(StatusCode::NOT_FOUND, "file not found\n"),
        };
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-cache"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// Returns the file of a path and its media type.
    fn find(&self, path: &str) -> Option<(PathBuf, &'static str)> {
        let (rest, folder) = self.folders.iter().find_map(|(at, folder)| Some((path.strip_prefix(at)?, folder)))?;
        let name = if rest.is_empty() { "index.html" } else { rest };
        // Only plain names: no `..`, no percent signs and no hidden files.
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
        Some((folder.join(name), media_type))
    }
}

fn is_missing(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory | PermissionDenied)
}
