//! The packages of npm: one for each platform, with the program in it, and one that names them all and starts the
//! program of the platform that it is on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::platform::{PLATFORMS, Platform};
use super::trial::NoNetwork;
use crate::run::{output, run, works};

/// The files of the package that names the others, but for what depends on the version.
const TEMPLATE: &str = "packaging/npm";
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Whether npm is there.
///
/// # Errors
/// It is not.
pub(super) fn check() -> Result<(), String> {
    if works(Command::new(NPM).arg("--version")) {
        return Ok(());
    }
    Err(format!("`{NPM}` is missing: install Node.js 18 or later (Debian: apt-get install npm)"))
}

/// Writes both packages and packs them.
///
/// # Errors
/// npm is missing, or a file can't be written.
pub(super) fn build(
    root: &Path,
    program: &Path,
    work: &Path,
    out: &Path,
) -> Result<[PathBuf; 2], String> {
    let here = Platform::here()?;
    let template = root.join(TEMPLATE);
    let manifest = read(&template.join("package.json"))?;
    let wrapper = work.join("milepost");
    write(&wrapper, &stamped(&manifest)?)?;
    copy(&template.join("README.md"), &wrapper.join("README.md"))?;
    copy(&template.join("bin/milepost.js"), &wrapper.join("bin/milepost.js"))?;
    let platform = work.join(here.npm_name());
    write(&platform, &of_platform(&manifest, here)?)?;
    copy(program, &platform.join("bin").join(here.program()))?;
    for folder in [&wrapper, &platform] {
        for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
            copy(&root.join(license), &folder.join(license))?;
        }
    }
    Ok([pack(&wrapper, out)?, pack(&platform, out)?])
}

/// Installs both together into a project that has nothing else. Returns the program that npm links.
///
/// # Errors
/// They can't be installed without a network.
pub(super) fn install(
    packages: &[PathBuf],
    home: &Path,
    no_network: &NoNetwork,
) -> Result<PathBuf, String> {
    fs::create_dir_all(home).map_err(|e| format!("can't create {}: {e}", home.display()))?;
    let mut npm = npm(no_network.command(NPM), home);
    npm.args(["install", "--offline", "--no-audit", "--no-fund", "--no-package-lock"]);
    // The packages of the other platforms are not there. It would wait and look again.
    npm.args(["--fetch-retries", "0"]);
    // A cache of its own: what this machine once downloaded is no part of it.
    npm.arg("--cache").arg(home.join("cache")).arg("--prefix").arg(home).args(packages);
    run(&mut npm)?;
    let linked = home.join("node_modules/.bin");
    Ok(linked.join(if cfg!(windows) { "milepost.cmd" } else { "milepost" }))
}

/// The program itself, where npm put it.
pub(super) fn installed_program(home: &Path) -> Result<PathBuf, String> {
    let here = Platform::here()?;
    Ok(home.join("node_modules").join(here.npm_name()).join("bin").join(here.program()))
}

/// npm in a folder, without the settings of whoever runs it.
fn npm(mut npm: Command, folder: &Path) -> Command {
    npm.current_dir(folder).env("NPM_CONFIG_USERCONFIG", folder.join("no-npmrc"));
    // npm looks for a newer version of itself, even offline.
    npm.env("NPM_CONFIG_UPDATE_NOTIFIER", "false");
    npm
}

/// The manifest of the package that names the others: the template with the version of the workspace.
fn stamped(template: &Value) -> Result<Value, String> {
    let mut manifest = object(template)?;
    let version = env!("CARGO_PKG_VERSION");
    // Exactly its own version, so that never two versions come together.
    let platforms: Map<String, Value> =
        PLATFORMS.iter().map(|platform| (platform.npm_name(), Value::from(version))).collect();
    manifest.insert("version".into(), version.into());
    manifest.insert("optionalDependencies".into(), platforms.into());
    Ok(manifest.into())
}

/// The manifest of the package of one platform. npm installs it only there.
fn of_platform(template: &Value, platform: &Platform) -> Result<Value, String> {
    let template = object(template)?;
    let mut manifest: Map<String, Value> = ["license", "repository"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), template.get(key)?.clone())))
        .collect();
    manifest.insert("name".into(), platform.npm_name().into());
    manifest.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    let description =
        format!("milepost for {} on {}: install `milepost`", platform.os, platform.cpu);
    manifest.insert("description".into(), description.into());
    manifest.insert("os".into(), json!([platform.os]));
    manifest.insert("cpu".into(), json!([platform.cpu]));
    if platform.is_linux() {
        manifest.insert("libc".into(), json!(["glibc"]));
    }
    manifest.insert("files".into(), json!(["bin"]));
    // Yarn would leave it in its archive, from which nothing can be started.
    manifest.insert("preferUnplugged".into(), true.into());
    Ok(manifest.into())
}

fn object(value: &Value) -> Result<Map<String, Value>, String> {
    value.as_object().cloned().ok_or_else(|| format!("{TEMPLATE}/package.json is no object"))
}

fn read(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
}

/// Makes the folder of a package, with its manifest.
fn write(folder: &Path, manifest: &Value) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(folder.join("bin")).map_err(failed)?;
    fs::write(folder.join("package.json"), format!("{manifest:#}\n")).map_err(failed)
}

/// Copies a file with its mode.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |e| format!("can't copy {} to {}: {e}", from.display(), to.display());
    fs::copy(from, to).map(drop).map_err(failed)
}

/// Packs a folder. Returns the archive.
fn pack(folder: &Path, out: &Path) -> Result<PathBuf, String> {
    let mut npm = npm(Command::new(NPM), folder);
    npm.args(["pack", "--json", "--pack-destination"]).arg(out);
    let printed = output(&mut npm)?;
    let told: Value =
        serde_json::from_str(&printed).map_err(|e| format!("npm pack printed no JSON: {e}"))?;
    // Some versions list the packages, others name them.
    let package = told.get(0).or_else(|| told.as_object().and_then(|map| map.values().next()));
    match package.and_then(|package| package["filename"].as_str()) {
        Some(name) => Ok(out.join(name)),
        None => Err(format!("npm pack does not say what it wrote: {printed}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(TEMPLATE).join("package.json"))
            .unwrap()
    }

    #[test]
    fn one_version_stands_in_all_packages() {
        let template = template();
        assert_eq!(template.get("version"), None, "it is the workspace that says the version");
        let wrapper = stamped(&template).unwrap();
        assert_eq!(wrapper["version"], env!("CARGO_PKG_VERSION"));
        let named = wrapper["optionalDependencies"].as_object().unwrap();
        assert_eq!(named.len(), PLATFORMS.len());
        for platform in &PLATFORMS {
            let package = of_platform(&template, platform).unwrap();
            assert_eq!(package["version"], wrapper["version"]);
            assert_eq!(named[package["name"].as_str().unwrap()], package["version"]);
            assert_eq!(package["license"], wrapper["license"]);
            assert_eq!(package.get("libc").is_some(), platform.os == "linux");
        }
    }

    #[test]
    fn the_package_starts_a_script_that_is_packed() {
        let template = template();
        let script = template["bin"]["milepost"].as_str().unwrap();
        assert!(script.starts_with(template["files"][0].as_str().unwrap()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = fs::read_to_string(root.join(TEMPLATE).join(script)).unwrap();
        assert!(text.starts_with("#!/usr/bin/env node\n"), "npm links it as a program");
    }
}
