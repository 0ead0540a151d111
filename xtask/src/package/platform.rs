//! The platforms that there are packages for.

/// One platform, in the words of those who name it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// The target of rustc, which `dist-workspace.toml` lists too.
    pub(super) target: &'static str,
    /// npm's name of the operating system, and Node's `process.platform`.
    pub(super) os: &'static str,
    /// npm's name of the processor, and Node's `process.arch`.
    pub(super) cpu: &'static str,
}

pub(super) const PLATFORMS: [Platform; 5] = [
    Platform { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
    Platform { target: "aarch64-unknown-linux-gnu", os: "linux", cpu: "arm64" },
    Platform { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
    Platform { target: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64" },
    Platform { target: "x86_64-unknown-linux-gnu", os: "linux", cpu: "x64" },
];

impl Platform {
    /// The one that this program runs on.
    ///
    /// # Errors
    /// There are no packages for it.
    pub(super) fn here() -> Result<&'static Self, String> {
        let cpu = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            "windows" => "win32",
            other => other,
        };
        PLATFORMS
            .iter()
            .find(|platform| platform.os == os && platform.cpu == cpu)
            .ok_or_else(|| format!("there are no packages for {os} on {cpu}"))
    }

    /// Its package of npm. `bin/milepost.js` makes the same name of what Node says.
    pub(super) fn npm_name(&self) -> String {
        format!("milepost-{}-{}", self.os, self.cpu)
    }

    /// What a program is called there.
    pub(super) fn program(&self) -> &'static str {
        if self.os == "win32" { "milepost.exe" } else { "milepost" }
    }

    pub(super) fn is_linux(&self) -> bool {
        self.os == "linux"
    }
}
