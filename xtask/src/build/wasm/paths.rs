//! The places in source code that panics would tell of: a release tells of none, neither of its visitors' nor of its
//! builder's folders, and they compress badly.

use std::ops::Range;

use walrus::ir::Value;
use walrus::{ConstExpr, DataId, DataKind, Module};

/// Puts zeros into the place of each `core::panic::Location` in the module's data, and of the path that it points at.
/// Who reads one finds an empty path.
pub fn blank(module: &mut Module) {
    let parts: Vec<(DataId, usize)> =
        module.data.iter().filter_map(|part| Some((part.id(), start(&part.kind)?))).collect();
    let mut memory = Vec::new();
    for (id, start) in &parts {
        let value = &module.data.get(*id).value;
        memory.resize(memory.len().max(start + value.len()), 0);
        memory[*start..start + value.len()].copy_from_slice(value);
    }
    for range in locations(&memory) {
        memory[range].fill(0);
    }
    for (id, start) in parts {
        let value = &mut module.data.get_mut(id).value;
        let end = start + value.len();
        value.copy_from_slice(&memory[start..end]);
    }
}

/// The address of a part of the data.
fn start(kind: &DataKind) -> Option<usize> {
    match kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(offset)), .. } => usize::try_from(*offset).ok(),
        _ => None,
    }
}

/// Where in `memory` there are locations (pointer to and length of a path, line, column) and the paths of these.
fn locations(memory: &[u8]) -> Vec<Range<usize>> {
    const SIZE: usize = 16;
    let mut found = Vec::new();
    for at in (0..memory.len().saturating_sub(SIZE - 1)).step_by(4) {
        let word = |index: usize| {
            let bytes: [u8; 4] = std::array::from_fn(|byte| memory[at + 4 * index + byte]);
            u32::from_le_bytes(bytes) as usize
        };
        let path = word(0)..word(0).saturating_add(word(1));
        let is_place = (1..100_000).contains(&word(2)) && (1..1_000).contains(&word(3));
        if is_place && memory.get(path.clone()).is_some_and(is_path) {
            found.extend([at..at + SIZE, path]);
        }
    }
    found
}

fn is_path(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./+".contains(byte);
    text.ends_with(b".rs") && text.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::locations;

    #[test]
    fn locations_go_with_their_paths_and_all_else_stays() {
        let words = |words: [u32; 4]| words.map(u32::to_le_bytes).concat();
        let text = b"see a/src/lib.rs, b.rs.."; // 24 bytes
        let location = words([4, 12, 7, 31]);
        let list_of_texts = words([18, 4, 0, 24]);
        let memory = [text.as_slice(), &location, &list_of_texts, &words([4, 11, 7, 31])].concat();
        assert_eq!(locations(&memory), [24..40, 4..16]);
        assert_eq!(locations(b"short"), []);
    }
}
