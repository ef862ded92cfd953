//! The names of source files in the module's data: panics would tell them, and a release tells of none.

use std::env::home_dir;

use walrus::{DataId, Module};

use crate::workspace;

/// Puts zeros into the place of the paths of libraries' source files. Those of our own stay: a relative path may begin
/// anywhere in the text before it.
pub fn blank(module: &mut Module) {
    let homes = [workspace::env("CARGO_HOME"), workspace::env("RUSTUP_HOME"), home_dir().map(Into::into)];
    let homes = homes.into_iter().flatten().filter_map(|home| home.into_string().ok());
    let starts: Vec<String> = homes.chain(["/rustc".to_owned()]).map(|start| start + "/").collect();
    let parts: Vec<DataId> = module.data.iter().map(|data| data.id()).collect();
    for part in parts {
        blank_in(&mut module.data.get_mut(part).value, &starts);
    }
}

/// Does so with each path that begins with one of `starts`.
fn blank_in(data: &mut [u8], starts: &[String]) {
    const END: &[u8] = b".rs";
    let mut done = 0;
    while let Some(at) = find(&data[done..], END) {
        let end = done + at + END.len();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./+".contains(byte);
        let length = data[done..end].iter().rev().take_while(|byte| is_part(byte)).count();
        let path = end - length;
        let begin = starts.iter().filter_map(|start| rfind(&data[path..end], start.as_bytes())).max();
        if let Some(begin) = begin {
            data[path + begin..end].fill(0);
        }
        done = end;
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn rfind(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).rposition(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::blank_in;

    #[test]
    fn libraries_paths_are_blanked_and_all_else_stays() {
        let mut data = *b"word/home/me/.cargo/a-1.0/src/lib.rs/rustc/59/core.rs, app/src/page.rs and more.rs";
        let blanks = "\0".repeat(49);
        blank_in(&mut data, &["/home/me/".to_owned(), "/rustc/".to_owned()]);
        assert_eq!(String::from_utf8_lossy(&data), format!("word{blanks}, app/src/page.rs and more.rs"));
    }
}
