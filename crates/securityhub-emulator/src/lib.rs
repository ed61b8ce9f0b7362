//! A Security Hub that answers `DeleteInvitations`.
