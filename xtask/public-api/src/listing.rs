//! The listing: an item a line, in the order of `cargo public-api`.

use std::{collections::HashSet, path::Path};

use public_api::{Builder, PublicApi, Result};

/// The public API of the crate that rustdoc described in this file.
///
/// Omits blanket impls, auto traits other than `Send` and `Sync`, and the methods of derived impls.
pub(crate) fn listing(json: &Path) -> Result<Vec<String>> {
    let builder = Builder::from_rustdoc_json(json).omit_blanket_impls(true);
    let all = builder.clone().build()?;
    let written_or_derived = builder.clone().omit_auto_trait_impls(true).build()?;
    let written = builder.omit_auto_trait_impls(true).omit_auto_derived_impls(true).build()?;
    let (written_or_derived, written) = (items(&written_or_derived), items(&written));
    let is_listed = |item: &String| {
        if written.contains(item) {
            true
        } else if written_or_derived.contains(item) {
            is_derived_impl(item)
        } else {
            is_send_or_sync(item)
        }
    };
    Ok(all.items().map(ToString::to_string).filter(is_listed).collect())
}

fn items(api: &PublicApi) -> HashSet<String> {
    api.items().map(ToString::to_string).collect()
}

/// Derived: `impl core::clone::Clone for …`, but not `pub fn ….clone(&self) -> …`, nor what `PartialEq` brings with it.
fn is_derived_impl(item: &str) -> bool {
    item.starts_with("impl") && !item.contains("core::marker::StructuralPartialEq for ")
}

/// `impl core::marker::Send for …` or `impl !core::marker::Sync for …`, with or without parameters.
fn is_send_or_sync(item: &str) -> bool {
    item.starts_with("impl")
        && ["core::marker::Send for ", "core::marker::Sync for "].iter().any(|name| item.contains(name))
}

#[cfg(test)]
mod tests {
    use super::{is_derived_impl, is_send_or_sync};

    #[test]
    fn methods_of_derived_impls_are_not_listed() {
        assert!(is_derived_impl("impl core::clone::Clone for a::B"));
        assert!(is_derived_impl("impl<T: core::clone::Clone> core::clone::Clone for a::C<T>"));
        assert!(!is_derived_impl("pub fn a::B::clone(&self) -> a::B"));
        assert!(!is_derived_impl("impl core::marker::StructuralPartialEq for a::B"));
    }

    #[test]
    fn of_auto_traits_two_are_listed() {
        assert!(is_send_or_sync("impl core::marker::Send for a::B"));
        assert!(is_send_or_sync("impl<T> core::marker::Sync for a::C<T> where T: core::marker::Sync"));
        assert!(is_send_or_sync("impl !core::marker::Send for a::B"));
        assert!(!is_send_or_sync("impl core::marker::Unpin for a::B"));
        assert!(!is_send_or_sync("impl core::panic::unwind_safe::UnwindSafe for a::B"));
    }
}
