#!/usr/bin/env node
// Starts the program, which npm installed with the package of this platform.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `milepost-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "milepost.exe" : "milepost";

function find() {
  try {
    return require.resolve(`${platform}/bin/${file}`);
  } catch {
    const known = Object.keys(require("../package.json").optionalDependencies);
    console.error(
      known.includes(platform)
        ? `error: the package ${platform} is missing: install milepost again, with optional dependencies`
        : `error: there is no package of milepost for this platform (${platform}), only ${known.join(", ")}`,
    );
    process.exit(3);
  }
}

const run = spawnSync(find(), process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`error: milepost can't be started: ${run.error.message}`);
  process.exit(3);
}
// Ended by a signal: so does this, and whoever waits is not misled by a code.
if (run.signal) process.kill(process.pid, run.signal);
process.exit(run.status ?? 3);
