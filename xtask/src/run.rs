//! Programs, run.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

/// Writes a note on the way. Whether someone reads it is not our business.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Writes a line of the result.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Runs a program to its end.
///
/// # Errors
/// It can't be started, or does not end well.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    tell(&format!("$ {}", shown(command)));
    let status = command.status().map_err(|e| format!("can't run `{}`: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", shown(command))) }
}

/// Runs a program to its end. Returns what it printed as its result.
///
/// # Errors
/// It can't be started, or does not end well.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    tell(&format!("$ {}", shown(command)));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| format!("can't run `{}`: {e}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("`{}` failed: {}", shown(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be run and ends well; what it prints is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a program, passes on what it prints as it comes, and hands each line to `look`. Says whether it ended well.
///
/// # Errors
/// It can't be started or listened to.
pub(crate) fn listen(command: &mut Command, mut look: impl FnMut(&str)) -> Result<bool, String> {
    tell(&format!("$ {}", shown(command)));
    let failed = |e: io::Error| format!("can't run: {e}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output to listen to")?);
    for line in lines.split(b'\n') {
        let line = line.map_err(failed)?;
        let line = String::from_utf8_lossy(&line);
        look(&line);
        say(&line);
    }
    Ok(child.wait().map_err(failed)?.success())
}

/// The command as it would be typed.
fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    command.get_args().fold(program, |mut text, arg| {
        let arg = arg.to_string_lossy();
        let _ = if arg.contains(' ') { write!(text, " '{arg}'") } else { write!(text, " {arg}") };
        text
    })
}
