//! What no page runs: functions of the wasm module in whose place a trap stands. What only they lead to falls to
//! `wasm-opt`.

use std::collections::{HashMap, HashSet};

use walrus::ir::{Call, Visitor, dfs_in_order};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

use super::names::{hydrates_later, tells_of_panic};

/// Puts a trap into the place of
/// - whatever tells of a panic: it ends in one, and a release hears no messages (`app` sets no hook there);
/// - taking over a page asynchronously, which is for routes that are loaded when they are needed. `app` starts with
///   `hydrate_body`, from where everything is taken over at once.
pub fn put(module: &mut Module) {
    let named = |fits: fn(&str) -> bool| {
        let functions = module.funcs.iter_local().map(|(id, _)| id);
        functions.filter(|id| module.funcs.get(*id).name.as_deref().is_some_and(fits)).collect::<HashSet<_>>()
    };
    let (mut panics, mut asynchronous) = (named(tells_of_panic), named(hydrates_later));
    panics.retain(|id| has_no_result(module, *id));
    keep_what_is_called(module, &mut asynchronous);
    for function in panics.into_iter().chain(asynchronous) {
        trap(module, function);
    }
}

fn has_no_result(module: &Module, function: FunctionId) -> bool {
    module.types.get(module.funcs.get(function).ty()).results().is_empty()
}

/// Takes out of `unused` what is called from outside of it: the compiler keeps one of several equal functions, under
/// the name of any of them.
fn keep_what_is_called(module: &Module, unused: &mut HashSet<FunctionId>) {
    let mut calls = Calls { from: None, of: HashMap::new() };
    for (id, function) in module.funcs.iter_local() {
        calls.from = Some(id);
        dfs_in_order(&mut calls, function, function.entry_block());
    }
    loop {
        let outside = |from: &Option<FunctionId>| from.is_none_or(|from| !unused.contains(&from));
        let called = |id: &FunctionId| calls.of.get(id).is_some_and(|from| from.iter().any(outside));
        let kept: Vec<FunctionId> = unused.iter().copied().filter(called).collect();
        if kept.is_empty() {
            return;
        }
        kept.iter().for_each(|id| {
            unused.remove(id);
        });
    }
}

/// Who calls whom.
struct Calls {
    from: Option<FunctionId>,
    of: HashMap<FunctionId, Vec<Option<FunctionId>>>,
}

impl<'instr> Visitor<'instr> for Calls {
    fn visit_call(&mut self, call: &Call) {
        self.of.entry(call.func).or_default().push(self.from);
    }
}

fn trap(module: &mut Module, function: FunctionId) {
    let ty = module.types.get(module.funcs.get(function).ty());
    let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
    let args = params.iter().map(|param| module.locals.add(*param)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    builder.func_body().unreachable();
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(args));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_from_elsewhere_stays() {
        let mut module = Module::default();
        let mut function = |calls: &[FunctionId]| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            for call in calls {
                builder.func_body().call(*call);
            }
            builder.finish(Vec::new(), &mut module.funcs)
        };
        let shared_by = function(&[]);
        let shared = function(&[shared_by]);
        let inner = function(&[]);
        let outer = function(&[inner]);
        function(&[shared]);
        let mut unused = HashSet::from([shared_by, shared, inner, outer]);
        keep_what_is_called(&module, &mut unused);
        assert_eq!(unused, HashSet::from([inner, outer]));
    }
}
