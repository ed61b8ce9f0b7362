//! The methods that each adapter's client has, one for each operation.

/// Calls a macro with the documentation, name, input and output of each method. For the adapters of this project only.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_methods {
    ($define:ident) => {
        $define! {
            /// Deletes invitations.
            ///
            /// A success can leave accounts unprocessed: see [`verdicts`](crate::DeleteInvitationsOutput::verdicts) and
            /// [`into_result`](crate::DeleteInvitationsOutput::into_result).
            delete_invitations($crate::DeleteInvitations);

            /// Declines invitations that the calling account received.
            ///
            /// A success can leave accounts unprocessed: see [`verdicts`](crate::DeclineInvitationsOutput::verdicts) and
            /// [`into_result`](crate::DeclineInvitationsOutput::into_result).
            decline_invitations($crate::DeclineInvitations);

            /// Lists one page of the invitations that the calling account received.
            ///
            /// [`next_page`](crate::ListInvitations::next_page) returns the next page's input.
            list_invitations($crate::ListInvitations);

            /// Lists one page of the calling account's members.
            ///
            /// [`next_page`](crate::ListMembers::next_page) returns the next page's input.
            list_members($crate::ListMembers);

            /// Returns the administrator account of the calling account, if it has one.
            get_administrator_account($crate::GetAdministratorAccount);

            /// Ends the calling account's membership in its administrator account.
            disassociate_from_administrator_account($crate::DisassociateFromAdministratorAccount);
        }
    };
}
