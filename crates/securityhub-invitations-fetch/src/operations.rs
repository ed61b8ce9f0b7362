//! One method of the client for each operation.

use securityhub_invitations::{Operation, operation_methods};

use crate::{CallError, Client};

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($operation:ty);)*) => {
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`CallError`] if the call failed, and no retry was possible.
                pub async fn $name(
                    &self,
                    operation: $operation,
                ) -> Result<<$operation as Operation>::Output, CallError> {
                    self.send(self.hub().call(operation)).await
                }
            )*
        }
    };
}

operation_methods!(methods);
