//! Pages of a list: the page size, the token of the next page, and the check that a list ends.

use std::{error, fmt};

use sha2::{Digest, Sha256};

use crate::{config_error::ConfigError, display::beginning, endpoint::MAX_QUERY_BYTES, percent};

/// The position of an operation in a list that arrives page by page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Page {
    size: Option<u8>,
    next_token: Option<Box<str>>,
    /// One digest for each token that led to this page.
    seen: Vec<TokenDigest>,
    /// The number of pages read before this one.
    earlier_pages: usize,
}

/// The first half of a token's SHA-256. Tokens can be long, and all that matters is whether one repeats.
type TokenDigest = [u8; 16];

// Percent-encoded, the longest token fits into a URI, together with the other parameters.
const _: () = assert!(3 * Page::MOST_TOKEN_BYTES + 1024 <= MAX_QUERY_BYTES);

impl Page {
    /// The most pages of one list. Security Hub's largest list has 1,000 members.
    const MOST_PAGES: usize = 10_000;
    /// The longest token that is sent.
    const MOST_TOKEN_BYTES: usize = 8 * 1024;

    pub(super) fn with_size(self, size: u8) -> Result<Self, ConfigError> {
        if !(1..=50).contains(&size) {
            return Err(ConfigError::new("page size", &size.to_string(), "out of range (expected 1–50)"));
        }
        Ok(Self { size: Some(size), ..self })
    }

    pub(super) fn with_next_token(self, next_token: &str) -> Self {
        if next_token.is_empty() {
            return Self { size: self.size, ..Self::default() };
        }
        let next_token = beginning(next_token, Self::MOST_TOKEN_BYTES);
        Self { size: self.size, next_token: Some(next_token.into()), seen: vec![digest(next_token)], earlier_pages: 0 }
    }

    pub(super) fn size(&self) -> Option<u8> {
        self.size
    }

    pub(super) fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    /// The page that `token` names. `None` at the end of the list.
    pub(super) fn next(&self, token: Option<&str>) -> Result<Option<Self>, PageError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        let pages = self.earlier_pages + 1;
        if token.len() > Self::MOST_TOKEN_BYTES {
            return Err(PageError::TokenTooLong { pages });
        }
        let digest = digest(token);
        if self.seen.contains(&digest) {
            return Err(PageError::RepeatedToken { pages });
        }
        if pages >= Self::MOST_PAGES {
            return Err(PageError::TooManyPages { pages });
        }
        let seen = self.seen.iter().copied().chain([digest]).collect();
        Ok(Some(Self { size: self.size, next_token: Some(token.into()), seen, earlier_pages: pages }))
    }

    /// The query parameters `MaxResults` and `NextToken`, where they are set.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        if let Some(size) = self.size {
            push_parameter(&mut query, "MaxResults", &size.to_string());
        }
        if let Some(token) = &self.next_token {
            push_parameter(&mut query, "NextToken", token);
        }
        query
    }
}

fn digest(token: &str) -> TokenDigest {
    let hash: [u8; 32] = Sha256::digest(token).into();
    *hash.first_chunk().expect("a hash is longer than its half")
}

/// Appends a parameter to a canonical query. Parameters must be appended in the order of their names.
pub(super) fn push_parameter(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    percent::push_encoded(query, value.as_bytes());
}

/// The reason why a list cannot be continued.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageError {
    /// The service returned a token that it had returned before. The list would never end.
    #[non_exhaustive]
    RepeatedToken {
        /// The number of pages read.
        pages: usize,
    },
    /// The list has more than 10,000 pages.
    #[non_exhaustive]
    TooManyPages {
        /// The number of pages read.
        pages: usize,
    },
    /// The service returned a token of more than 8 KiB.
    #[non_exhaustive]
    TokenTooLong {
        /// The number of pages read.
        pages: usize,
    },
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, pages) = match self {
            Self::RepeatedToken { pages } => ("page token repeats", pages),
            Self::TooManyPages { pages } => ("list does not end", pages),
            Self::TokenTooLong { pages } => ("page token is too long (expected at most 8 KiB)", pages),
        };
        match pages {
            1 => write!(f, "{problem} after 1 page"),
            _ => write!(f, "{problem} after {pages} pages"),
        }
    }
}

/// Reads like `Display`, except with `{:#?}`.
impl fmt::Debug for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let (name, pages) = match self {
            Self::RepeatedToken { pages } => ("RepeatedToken", pages),
            Self::TooManyPages { pages } => ("TooManyPages", pages),
            Self::TokenTooLong { pages } => ("TokenTooLong", pages),
        };
        f.debug_struct(name).field("pages", pages).finish()
    }
}

impl error::Error for PageError {}
