//! The `Authorization` header.

use http::{HeaderMap, StatusCode, header};

use crate::response::Refusal;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The characters that can surround the commas of an `Authorization` header.
const BLANKS: [char; 2] = [' ', '\t'];

/// The parameters of the `Authorization` header, each present exactly once.
pub(crate) struct Authorization {
    pub(crate) credential: String,
    pub(crate) signed_headers: String,
    pub(crate) signature: String,
}

/// The names of the parameters, in the order in which error messages list them.
const PARAMETERS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

impl Authorization {
    /// Parses the only `Authorization` header of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let first = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
        if first.is_empty() {
            return Err(Refusal::front_end(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        }
        if values.next().is_some() {
            return Err(incomplete_signature("The request has more than one Authorization header."));
        }
        Self::parse(&String::from_utf8_lossy(first))
    }

    /// Parses `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    ///
    /// The parameters may have any order. Commas separate them, with optional spaces or tabs around each comma.
    fn parse(text: &str) -> Result<Self, Refusal> {
        let (algorithm, parameters) = text.split_once(BLANKS).unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            // The rest of another scheme's header is a password or a token, so no message quotes it.
            return Err(incomplete_signature(if algorithm.starts_with("AWS4-") {
                format!("Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now).")
            } else {
                missing_parameters(&PARAMETERS)
            }));
        }
        let mut values = [None; PARAMETERS.len()];
        let mut unknown = None;
        let parameters = parameters.trim_matches(BLANKS);
        for parameter in parameters.split(',').filter(|_| !parameters.is_empty()) {
            let mut words = parameter.split(BLANKS).filter(|word| !word.is_empty());
            let first = words.next().unwrap_or_default();
            if let Some(word) = [first].into_iter().chain(words.clone()).find(|word| !word.contains('=')) {
                return Err(incomplete_signature(format!(
                    "'{word}' not a valid key=value pair (missing equal-sign) in Authorization header."
                )));
            }
            if let Some((name, _)) = words.next().and_then(|word| word.split_once('=')) {
                return Err(invalid_parameter(&format!("no comma before '{name}'")));
            }
            let (name, value) = first.split_once('=').unwrap_or_default();
            match PARAMETERS.iter().position(|known| *known == name) {
                Some(index) if values[index].is_some() => {
                    return Err(invalid_parameter(&format!("more than one '{name}' parameter")));
                }
                Some(index) => values[index] = Some(value),
                None => unknown = unknown.or(Some(name)),
            }
        }
        let values = values.map(|value| value.filter(|value| !value.is_empty()));
        let [Some(credential), Some(signature), Some(signed_headers)] = values else {
            let missing = PARAMETERS.iter().zip(values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name);
            return Err(incomplete_signature(missing_parameters(&missing.collect::<Vec<_>>())));
        };
        if let Some(name) = unknown {
            return Err(invalid_parameter(&format!("an unknown parameter '{name}'")));
        }
        let [credential, signed_headers, signature] = [credential, signed_headers, signature].map(str::to_owned);
        Ok(Self { credential, signed_headers, signature })
    }
}

fn missing_parameters(names: &[&str]) -> String {
    let sentences = names.iter().map(|name| format!("Authorization header requires '{name}' parameter."));
    sentences.collect::<Vec<_>>().join(" ")
}

fn invalid_parameter(problem: &str) -> Refusal {
    incomplete_signature(format!("Authorization header has {problem}."))
}

/// The slash-separated elements of a credential.
pub(crate) struct Scope<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) terminator: &'a str,
}

impl<'a> Scope<'a> {
    pub(crate) fn parse(credential: &'a str) -> Result<Self, Refusal> {
        let elements: Vec<&str> = credential.split('/').collect();
        let [key_id, date, region, service, terminator] = elements[..] else {
            return Err(incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            )));
        };
        Ok(Self { key_id, date, region, service, terminator })
    }
}

pub(crate) fn incomplete_signature(message: impl Into<String>) -> Refusal {
    Refusal::front_end(StatusCode::FORBIDDEN, "IncompleteSignatureException", message)
}
