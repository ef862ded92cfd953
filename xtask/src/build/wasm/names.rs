//! What the names of compiled functions say about them.

/// Whether the function is one of the standard library's that end in a panic.
pub fn tells_of_panic(name: &str) -> bool {
    const LAST: [&str; 12] = [
        "assert_failed",
        "expect_failed",
        "handle_alloc_error",
        "len_mismatch_fail",
        "panic_access_error",
        "panic_already_borrowed",
        "panic_already_mutably_borrowed",
        "panic_poisoned",
        "rust_begin_unwind",
        "slice_error_fail",
        "slice_index_fail",
        "unwrap_failed",
    ];
    let name = plain(name);
    let is_std = ["core::", "alloc::", "std::", "<core::", "<alloc::", "<std::", "__rustc::"];
    name.starts_with("core::panicking::")
        || name == "alloc::raw_vec::handle_error"
        || is_std.iter().any(|start| name.starts_with(start)) && LAST.iter().any(|last| ends_with(&name, last))
}

/// Whether it is the start of an asynchronous taking over, or a part of what then goes on.
pub fn hydrates_later(name: &str) -> bool {
    let name = plain(name);
    let mut name = name.as_str();
    while let Some(outer) = name.strip_suffix("::{{closure}}") {
        name = outer;
    }
    ends_with(name, "hydrate_async")
}

fn ends_with(name: &str, last: &str) -> bool {
    name.strip_suffix(last).is_some_and(|path| path.ends_with("::"))
}

/// The path of a name without what tells crates and instances apart: `core[c5930c85a12de822]::panicking::panic` and
/// `core::panicking::panic::h2ea52e37ab75759f` are both `core::panicking::panic`.
fn plain(name: &str) -> String {
    let is_hash = |text: &str| text.len() > 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash.split('.').next().unwrap_or_default()) => path,
        _ => name,
    };
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| match part.split_once(']') {
        Some((hash, rest)) if is_hash(hash) => path + rest,
        _ => path + "[" + part,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_known_by_their_names() {
        let panics = [
            "core[c5930c85a12de822]::panicking::panic_fmt",
            "core::panicking::panic_display::h2ea52e37ab75759f",
            "core[c5930c85a12de822]::slice::copy_from_slice_impl::len_mismatch_fail",
            "<alloc[3ca501edff3f0c7c]::vec::Vec<_, _>>::remove::assert_failed",
            "alloc[3ca501edff3f0c7c]::raw_vec::handle_error",
            "__rustc[b7974e8690430dd9]::rust_begin_unwind",
        ];
        let others = [
            "std[a543996e6e7dbf1e]::panicking::panic_count::is_zero_slow_path",
            "<&[T] as core::fmt::Debug>::fmt::h1188e5ef5e58d194",
            "app::notices::Notices::unwrap_failed::h1188e5ef5e58d194",
        ];
        assert_eq!(panics.map(tells_of_panic), [true; 6]);
        assert_eq!(others.map(tells_of_panic), [false; 3]);
    }

    #[test]
    fn asynchronous_parts_are_known_by_their_names() {
        let asynchronous = [
            "<T as tachys::view::any_view::IntoAny>::into_any::hydrate_async::h2ff5fe11fc8ec300",
            "tachys::<impl RenderHtml for F>::hydrate_async::{{closure}}::{{closure}}::he34a4500ec9b2ba9.7",
        ];
        let others = [
            "tachys::<impl RenderHtml for F>::hydrate_async::{{closure}}::prep::hb7f946ac7ce3f80f",
            "core::ptr::drop_in_place<<AnyView as RenderHtml>::hydrate_async::{{closure}}>::h8e5503de22218e85",
            "tachys::<impl RenderHtml for F>::hydrate::{{closure}}::h2d823f56422d00ad",
        ];
        assert_eq!(asynchronous.map(hydrates_later), [true; 2]);
        assert_eq!(others.map(hydrates_later), [false; 3]);
    }
}
