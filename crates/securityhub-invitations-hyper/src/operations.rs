//! One method of the client for each operation.

use std::future::Future;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use securityhub_invitations::{Operation, operation_methods};
use tower_service::Service;

use crate::{CallError, Client, transport_error::BoxError};

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($operation:ty);)*) => {
        impl<S, B> Client<S>
        where
            S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Into<BoxError>> + Clone,
            B: Body<Error: Into<BoxError>>,
        {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`CallError`] if the call failed, and no retry was possible.
                pub fn $name(
                    &self,
                    operation: $operation,
                ) -> impl Future<Output = Result<<$operation as Operation>::Output, CallError>> + use<S, B> {
                    self.send(self.hub().call(operation))
                }
            )*
        }
    };
}

operation_methods!(methods);
