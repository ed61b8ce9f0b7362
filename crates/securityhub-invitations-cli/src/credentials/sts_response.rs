//! Reads the XML responses of STS.

use std::time::SystemTime;

use bytes::Bytes;
use http::Response;
use roxmltree::{Document, Node, ParsingOptions};
use securityhub_invitations::Credentials;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Caller;

/// An error that STS reported.
#[derive(Debug)]
pub(super) struct ServiceError {
    pub(super) code: String,
    pub(super) message: String,
}

/// Reads an error. `None` if something else than STS has responded, such as a proxy.
pub(super) fn error(response: &Response<Bytes>) -> Option<ServiceError> {
    with_document(response, |document| {
        let error = descendant(document.root(), "Error")?;
        let code = text(error, "Code")?.to_owned();
        Some(ServiceError { code, message: text(error, "Message").unwrap_or_default().to_owned() })
    })
}

/// Reads the credentials of a session.
pub(super) fn session(response: &Response<Bytes>) -> Option<Credentials> {
    with_document(response, |document| {
        let result = descendant(document.root(), "AssumeRoleResult")?;
        let credentials = descendant(result, "Credentials")?;
        let text = |name| text(credentials, name);
        let expiry = OffsetDateTime::parse(text("Expiration")?, &Rfc3339).ok()?;
        let session = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?).ok()?;
        Some(session.with_session_token(text("SessionToken")?).ok()?.with_expiry(SystemTime::from(expiry)))
    })
}

/// Reads the identity of the caller.
pub(super) fn caller(response: &Response<Bytes>) -> Option<Caller> {
    with_document(response, |document| {
        let result = descendant(document.root(), "GetCallerIdentityResult")?;
        Caller::parse(text(result, "Account")?, text(result, "Arn")?)
    })
}

fn with_document<T>(response: &Response<Bytes>, read: impl FnOnce(&Document<'_>) -> Option<T>) -> Option<T> {
    let xml = str::from_utf8(response.body()).ok()?;
    let options = ParsingOptions { nodes_limit: 1000, ..ParsingOptions::default() };
    read(&Document::parse_with_options(xml, options).ok()?)
}

fn descendant<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.descendants().find(|node| node.tag_name().name() == name)
}

fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> Response<Bytes> {
        Response::new(Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn rejects_incomplete_sessions() {
        let complete = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2026-11-22T20:37:05Z</Expiration>\
             </Credentials></AssumeRoleResult></AssumeRoleResponse>";
        assert!(session(&response(complete)).is_some());
        for part in ["ASIAEXAMPLE", "secret", "token", "2026-11-22T20:37:05Z", "</AssumeRoleResponse>"] {
            assert!(session(&response(&complete.replacen(part, "", 1))).is_none(), "{part}");
        }
        assert!(session(&response(&complete.replace("AssumeRoleResult", "OtherResult"))).is_none());
    }

    #[test]
    fn rejects_entities_and_floods() {
        let doctype = "<!DOCTYPE a [<!ENTITY b \"c\">]><ErrorResponse><Error><Code>&b;</Code></Error></ErrorResponse>";
        assert!(error(&response(doctype)).is_none());
        let flood = format!("<Error><Code>Throttling</Code>{}</Error>", "<a/>".repeat(1000));
        assert!(error(&response(&flood)).is_none());
        assert!(error(&response("<Error><Code>Throttling</Code></Error>")).is_some());
    }
}
