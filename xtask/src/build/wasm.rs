//! The dashboard's program for the browser: the `frontend` crate as wasm and the JavaScript around it.

mod names;
mod paths;
mod stubs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::site::hash;
use crate::npm;
use crate::run::{Run, found, how_to_get};
use crate::workspace::{self, WASM};

/// Builds and binds `frontend`; in release it is made small. Returns the JavaScript module (default export
/// `init({ module_or_path })`, named export `hydrate`) and the wasm module.
pub fn build(release: bool) -> Result<(Vec<u8>, Vec<u8>)> {
    let module = compile(release)?;
    let work = workspace::root().join("target/site/work").join(if release { "release" } else { "debug" });
    let stamp = work.join("made-from");
    let (glue, wasm) = (work.join("reeve.bundled.js"), work.join("reeve_bg.wasm"));
    // xtask's own code decides the result as well as the module does. (Not `current_exe`: cargo may have
    // built a newer one meanwhile.)
    let origin = hash(&read(&module)?) + &hash(&fs::read("/proc/self/exe").unwrap_or_default());
    if fs::read_to_string(&stamp).ok() != Some(origin.clone()) {
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        bind(&module, &work)?;
        if release {
            prune(&wasm)?;
            let glue = work.join("reeve.js");
            fs::write(&glue, without_streams(&fs::read_to_string(&glue)?)?)?;
            optimise(&wasm)?;
        }
        bundle(&work, release)?;
        fs::write(&stamp, origin)?;
    }
    Ok((read(&glue)?, read(&wasm)?))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("could not read {}", file.display()))
}

/// Adds the wasm target to the Rust toolchain when it is not there.
pub fn add_target() -> Result<()> {
    let libraries = Command::new("rustc").args(["--print=target-libdir", "--target", WASM]).read()?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if !found("rustup") {
        anyhow::bail!("the Rust target {WASM} is missing: {}", how_to_get("rustup").unwrap_or_default());
    }
    Command::new("rustup").args(["target", "add", WASM]).run()
}

/// In debug with the `dev` profile, so that macros and build scripts are shared with the native build.
fn compile(release: bool) -> Result<PathBuf> {
    add_target()?;
    let profile = if release { "wasm-release" } else { "dev" };
    workspace::cargo("build").args(["--package", "frontend", "--lib", "--target", WASM, "--profile", profile]).run()?;
    let folder = if release { "wasm-release" } else { "debug" };
    Ok(workspace::target_dir()?.join(WASM).join(folder).join("frontend.wasm"))
}

fn bind(module: &Path, work: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name("reeve")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate(work)
        .with_context(|| format!("wasm-bindgen could not work on {}", module.display()))
}

/// Takes out what a library exports for streams of bytes, which no page has: nothing else leads to that code.
/// And what is never run, see [`stubs::put`], and never read, see [`paths::blank`].
fn prune(wasm: &Path) -> Result<()> {
    let mut module = walrus::Module::from_file(wasm)?;
    let streams: Vec<_> = module
        .exports
        .iter()
        .filter(|export| export.name.contains("intounderlying"))
        .map(|export| export.id())
        .collect();
    for export in streams {
        module.exports.delete(export);
    }
    stubs::put(&mut module);
    paths::blank(&mut module);
    walrus::passes::gc::run(&mut module);
    module.emit_wasm_file(wasm)
}

/// The JavaScript of what [`prune`] takes out: classes, each followed by one statement about it, and the
/// registries of their instances.
fn without_streams(glue: &str) -> Result<String> {
    let mut kept = String::with_capacity(glue.len());
    let mut until = None;
    for line in glue.split_inclusive('\n') {
        if line.starts_with("export class IntoUnderlying") {
            until = Some("if (Symbol.dispose) IntoUnderlying");
        } else if line.starts_with("const IntoUnderlying") {
            until = Some("    : new FinalizationRegistry");
        }
        match until {
            Some(last) if line.starts_with(last) => until = None,
            Some(_) => {}
            None => kept.push_str(line),
        }
    }
    ensure!(until.is_none(), "the classes of streams end otherwise than they did: {until:?} is not in the glue");
    Ok(kept)
}

/// The features are what current rustc uses by default; wasm-opt has to be told. Taken apart first, the code
/// leaves it more to find. Nothing lies in the lowest kilobyte, which is the far end of the stack. Large functions stay
/// for themselves even where they are called once: side by side they compress better.
fn optimise(wasm: &Path) -> Result<()> {
    npm::program("wasm-opt")
        .args(["--low-memory-unused", "--flatten", "--local-cse", "--rereloop", "-Oz", "-Oz", "--converge"])
        .args(["--inline-functions-with-loops", "--one-caller-inline-max-function-size=20"])
        .args(["--strip-debug", "--strip-producers"])
        .args(["--enable-bulk-memory", "--enable-mutable-globals", "--enable-multivalue"])
        .args(["--enable-nontrapping-float-to-int", "--enable-reference-types", "--enable-sign-ext"])
        .arg("-o")
        .args([wasm, wasm])
        .run()
}

/// One module out of wasm-bindgen's file and the snippets that libraries add to it.
fn bundle(work: &Path, release: bool) -> Result<()> {
    let mut esbuild = npm::program("esbuild");
    esbuild
        .arg(work.join("reeve.js"))
        .args(["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"])
        .arg(format!("--outfile={}", work.join("reeve.bundled.js").display()));
    if release {
        esbuild.arg("--minify");
    }
    esbuild.run()
}

#[cfg(test)]
mod tests {
    use super::without_streams;

    #[test]
    fn only_streams_are_taken_out() {
        let glue = "export class IntoUnderlyingSink {\n    free() {}\n}\n\
                    if (Symbol.dispose) IntoUnderlyingSink.prototype.x = 1;\n\
                    export function hydrate() {}\n\
                    const IntoUnderlyingSinkFinalization = (a)\n    ? b\n    : new FinalizationRegistry(c);\n\
                    const other = (a)\n    ? b\n    : new FinalizationRegistry(d);\n";
        let kept = "export function hydrate() {}\nconst other = (a)\n    ? b\n    : new FinalizationRegistry(d);\n";
        assert_eq!(without_streams(glue).expect("all ends are there"), kept);
        assert!(without_streams("export class IntoUnderlyingSink {\n}\nconst other = 1;\n").is_err());
    }
}
