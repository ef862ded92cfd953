//! Build and push steps of `reeve deploy`: which builder of images is chosen and how it is called, and steps that are
//! Python functions.
//!
//! In the builder's place stands a program that writes down how it is called: no image is made here.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Done, Server, command};

const FILE: &str = "build:
- prefect_docker.deployments.steps.build_docker_image:
    id: build
    requires: prefect-docker>=0.3.1
    image_name: registry.example.org/shop
    tag: '1'
    dockerfile: images/Dockerfile
    additional_tags: [latest]
    platform: linux/arm64
    buildargs: {A: b c}
push:
- prefect_docker.deployments.steps.push_docker_image:
    image_name: '{{ build.image_name }}'
    tag: '{{ build.tag }}'
    additional_tags: '{{ build.additional_tags }}'
    credentials: {username: me, password: hidden, registry_url: registry.example.org}
deployments:
- name: one
  entrypoint: flows.py:hello
  version: '1'
  work_pool: {name: pool, job_variables: {image: '{{ build.image }}', id: '{{ build.image_id }}'}}
";

/// A directory with a flow, programs of its own, and a server.
struct Shop {
    server: Server,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open(file: &str) -> Shop {
        let shop = Shop { server: Server::start(&["--no-ui"], &[]), folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(shop.folder.path().join("bin")).expect("a folder");
        shop.write("flows.py", "from prefect import flow\n\n@flow\ndef hello():\n    pass\n");
        shop.write("prefect.yaml", file);
        assert_eq!(shop.run(&["work-pool", "create", "pool", "--type", "process"], "").code, 0);
        shop
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("it can be written");
    }

    /// Puts a program into the directory `bin` that writes down its words, what it reads and the Dockerfile that it is
    /// given, and tells the id of an image where it is asked to.
    fn builder(&self, name: &str, end: &str) {
        let script = format!(
            "#!/bin/sh\n{{ printf '%s' {name}; for word in \"$@\"; do \
             [ \"$before\" = --iidfile ] && echo sha256:1234 >\"$word\" && word=FILE; before=$word; \
             printf ' [%s]' \"$word\"; done; echo; [ \"$1\" = login ] && cat && echo; \
             [ -f Dockerfile ] && cat Dockerfile; }} >> calls\n{end}\n"
        );
        let path = self.folder.path().join("bin").join(name);
        std::fs::write(&path, script).expect("it can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }

    /// Runs `reeve` with the programs of `bin` alone, and those of `more`.
    fn run(&self, words: &[&str], more: &str) -> Done {
        let path = format!("{}{more}", self.folder.path().join("bin").display());
        let mut command = command(self.folder.path(), words, &self.server.env());
        let output = command.env("PATH", path).output().expect("it can be started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
        Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    fn deploy(&self) -> Done {
        self.run(&["deploy", "--all"], ":/usr/bin:/bin")
    }

    /// How builders were called, and forgets it.
    fn calls(&self) -> String {
        let path = self.folder.path().join("calls");
        let calls = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        calls
    }

    fn variable(&self, name: &str) -> serde_json::Value {
        let one: serde_json::Value =
            serde_json::from_str(&self.server.get("/api/deployments/name/hello/one")).expect("a deployment");
        one["job_variables"][name].clone()
    }
}

#[test]
fn whatever_builder_there_is_builds_and_pushes() {
    let shop = Shop::open(FILE);
    // From the last choice to the first: each one more that is there is taken before the others.
    for name in ["buildah", "nerdctl", "podman", "docker"] {
        shop.builder(name, "exit 0");
        let done = shop.run(&["deploy", "--all"], ":/bin");
        assert_eq!(done.code, 0, "{}", done.err);
        let build = "[build] [--tag] [registry.example.org/shop:1] [--tag] [registry.example.org/shop:latest] \
                     [--platform] [linux/arm64] [--build-arg] [A=b c] [--pull] [--file] [images/Dockerfile] \
                     [--iidfile] [FILE] [.]";
        let login = "[login] [--username] [me] [--password-stdin] [registry.example.org]\nhidden";
        let push = "[push] [registry.example.org/shop:1]";
        let more = "[push] [registry.example.org/shop:latest]";
        assert_eq!(shop.calls(), format!("{name} {build}\n{name} {login}\n{name} {push}\n{name} {more}\n"));
        assert!(!(done.out + &done.err).contains("hidden"), "a password is not shown");
    }
    assert_eq!(shop.variable("image"), "registry.example.org/shop:1");
    assert_eq!(shop.variable("id"), "sha256:1234");
    // All four are there now; the one that is named is taken.
    let mut command = command(shop.folder.path(), &["deploy", "--all"], &shop.server.env());
    command.env("PATH", format!("{}:/bin", shop.folder.path().join("bin").display()));
    assert!(command.env("REEVE_IMAGE_BUILDER", "podman").output().expect("it can be started").status.success());
    assert!(shop.calls().starts_with("podman [build]"));
}

#[test]
fn an_input_that_builders_have_no_flag_for_is_refused() {
    let shop = Shop::open(&FILE.replace("platform: linux/arm64", "container_limits: {memory: 1}"));
    shop.builder("docker", "exit 0");
    let done = shop.run(&["deploy", "--all"], ":/bin");
    assert_eq!(done.code, 1);
    assert!(done.err.contains("has an input `container_limits`, for which builders"), "{}", done.err);
    assert_eq!(shop.calls(), "");
}

#[test]
fn an_image_without_a_place_or_a_tag_gets_both() {
    let shop = Shop::open(&FILE.replace("registry.example.org/", "").replace("    tag: '1'\n", "    push: true\n"));
    shop.builder("docker", "exit 0");
    let mut command = command(shop.folder.path(), &["deploy", "--all"], &shop.server.env());
    command.env("PREFECT_DEFAULT_DOCKER_BUILD_NAMESPACE", "team");
    let output = command.env("PATH", format!("{}:/bin", shop.folder.path().join("bin").display())).output();
    assert!(output.expect("it can be started").status.success());
    let image = shop.variable("image");
    let tag = image.as_str().and_then(|image| image.strip_prefix("team/shop:20")).expect("a year");
    assert!(tag.chars().all(|letter| letter.is_ascii_digit() || "-t".contains(letter)), "{tag}");
    assert!(shop.calls().contains(&format!("docker [push] [team/shop:20{tag}]")), "{tag}");
}

#[test]
fn without_a_builder_or_with_one_that_fails_nothing_is_deployed() {
    let shop = Shop::open(FILE);
    let done = shop.run(&["deploy", "--all"], "");
    assert_eq!(done.code, 1);
    assert!(done.err.contains("no builder of images; it takes one of docker, podman"), "{}", done.err);
    shop.builder("podman", "echo 'no space left' >&2; exit 3");
    let done = shop.run(&["deploy", "--all"], ":/bin");
    assert_eq!(done.code, 1);
    assert!(done.err.contains("`podman build` ended with 3: no space left"), "{}", done.err);
    assert!(shop.server.get("/api/deployments/name/hello/one").contains("not found"));
    let done = shop.run(&["deploy", "--all", "--plan"], "");
    assert_eq!(done.code, 3, "a plan builds nothing: {}", done.err);
}

#[test]
fn a_dockerfile_is_made_for_the_build_and_taken_away_again() {
    let shop = Shop::open(&FILE.replace("images/Dockerfile", "auto"));
    shop.write("requirements.txt", "requests\n");
    shop.builder("docker", "exit 0");
    assert_eq!(shop.run(&["deploy", "--all"], ":/bin").code, 0);
    let calls = shop.calls();
    for part in ["FROM prefecthq/prefect:", "-m pip install -r", "COPY . /opt/prefect/", "WORKDIR /opt/prefect/"] {
        assert!(calls.contains(part), "{part}: {calls}");
    }
    assert!(!shop.folder.path().join("Dockerfile").exists());
}

const PYTHON: &str = "build:
- steps.version_of:
    id: made
    name: '{{ $NAME_OF_IT }}'
deployments:
- name: one
  entrypoint: flows.py:hello
  version: '1'
  work_pool: {name: pool, job_variables: {image: '{{ made.image }}'}}
";

const STEP: &str = "import sys\n\nprint('on its way')\n\n\nasync def version_of(name):\n    return {'image': f'{name}-{sys.version_info.major}'}\n";

#[test]
fn a_step_that_is_a_python_function_is_run_by_python() {
    let shop = Shop::open(&PYTHON.replace("{{ $NAME_OF_IT }}", "shop"));
    shop.write("steps.py", STEP);
    let done = shop.run(&["deploy", "--all"], "");
    assert_eq!(done.code, 1);
    assert!(done.err.contains("steps.version_of is a Python function, and there is no Python"), "{}", done.err);
    if !Path::new("/usr/bin/python3").exists() {
        return;
    }
    let done = shop.deploy();
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("on its way"), "{}", done.err);
    assert_eq!(shop.variable("image"), "shop-3");
    shop.write("steps.py", "def version_of(name):\n    raise ValueError('not this one')\n");
    let done = shop.deploy();
    assert_eq!(done.code, 1);
    assert!(done.err.contains("ValueError: not this one"), "{}", done.err);
}

/// In the environment of a real client, steps have what they import.
#[expect(clippy::disallowed_methods, reason = "how a test run is told of a real client")]
#[test]
fn a_step_of_a_real_client_finds_its_packages() {
    let Ok(client) = std::env::var("REEVE_PREFECT3") else { return };
    let shop = Shop::open(&PYTHON.replace("{{ $NAME_OF_IT }}", "shop"));
    let step = "import prefect\n\n\ndef version_of(name):\n    return {'image': f'{name}-{prefect.__version__}'}\n";
    shop.write("steps.py", step);
    let done = shop.run(&["deploy", "--all"], &format!(":{client}/bin:/bin"));
    assert_eq!(done.code, 0, "{}", done.err);
    let image = shop.variable("image");
    assert!(image.as_str().is_some_and(|image| image.starts_with("shop-3.")), "{image}");
}
