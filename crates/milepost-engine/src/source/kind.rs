//! What stands at a path where a file is looked for.

use std::fs::Metadata;

/// What it is, if it is no file: reading a pipe waits for someone to write, and a device never ends.
#[must_use]
pub fn other_than_a_file(found: &Metadata) -> Option<&'static str> {
    let kind = found.file_type();
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    if kind.is_symlink() {
        return Some("a link");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some("something else")
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
mod tests {
    use std::fs::symlink_metadata;
    use std::os::unix::{fs::symlink, net::UnixListener};
    use std::process::Command;

    use super::other_than_a_file;

    #[test]
    fn only_files_are_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "").unwrap();
        symlink("file", path("link")).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        let kind = |path: &std::path::Path| other_than_a_file(&symlink_metadata(path).unwrap());
        assert_eq!(kind(&path("file")), None);
        assert_eq!(kind(&path("link")), Some("a link"));
        assert_eq!(kind(&path("socket")), Some("a socket"));
        assert_eq!(kind(&path("pipe")), Some("a pipe"));
        assert_eq!(kind(folder.path()), Some("a folder"));
        assert_eq!(kind("/dev/null".as_ref()), Some("a device"));
    }
}
