//! The circumstances of a response that every output carries.

/// The request id and the attempts behind an output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct Receipt {
    pub(crate) request_id: Option<Box<str>>,
    /// The attempts of the call, and how many of those before the last are unconfirmed. `None` if they are not known.
    pub(crate) attempts: Option<(u32, u32)>,
}

/// Implements what all outputs have in common. `$output` has a field `receipt`.
macro_rules! output {
    ($operation:ty => $output:ident) => {
        impl $output {
            /// Reads an HTTP response to the operation.
            ///
            /// Success is a status of 200–299 with a body that fits the operation. Anything else with such a status is
            /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed), because only Security Hub can report success. Headers
            /// that a browser hides or a proxy removes are not needed.
            ///
            /// A response alone does not tell how many attempts preceded it: see [`with_attempts`](Self::with_attempts). Session
            /// tokens are redacted where they follow `x-amz-security-token`. A [`Call`](crate::Call) knows the token and
            /// redacts it everywhere.
            ///
            /// # Errors
            /// [`Error`](crate::Error) if the response reports an error or is malformed.
            pub fn from_response(response: &http::Response<impl AsRef<[u8]>>) -> Result<Self, crate::Error> {
                crate::response::read::<$operation>(response, None, None)
            }

            /// Sets the number of attempts, and how many of those before this response are unconfirmed. For stacks
            /// that retry on their own. A [`Call`](crate::Call) sets both.
            pub fn with_attempts(mut self, attempts: u32, unconfirmed: u32) -> Self {
                self.receipt.attempts = Some((attempts, unconfirmed));
                self
            }

            /// Returns the service's id of the request. AWS Support asks for it.
            ///
            /// Browsers hide it from pages unless the server exposes it.
            #[must_use]
            pub fn request_id(&self) -> Option<&str> {
                self.receipt.request_id.as_deref()
            }

            /// Returns the number of attempts, including those that sent nothing. `None` if it is not known.
            #[must_use]
            pub fn attempts(&self) -> Option<u32> {
                self.receipt.attempts.map(|(attempts, _)| attempts)
            }

            /// Returns how many earlier attempts may have taken effect without a confirmed response, or `None` if it is not known.
            #[must_use]
            pub fn unconfirmed_attempts(&self) -> Option<u32> {
                self.receipt.attempts.map(|(_, unconfirmed)| unconfirmed)
            }
        }
    };
}
pub(super) use output;
