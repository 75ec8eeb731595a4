//! The socket in the data directory: of what asks there, the kernel says which user it is.

use nix::unistd::{Uid, User};
use rustix::fs::{Mode, OFlags, open};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// The daemon's user and its group may ask; who of them may do what is decided by name.
const MODE: u32 = 0o660;

/// Listens at `path`, in the place of whoever did before.
///
/// # Errors
/// When the folder of `path` is not there, or nothing can be made in it.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    // The address of a socket has room for some hundred bytes, and a folder may have a longer path.
    let folder = open(
        folder,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let near = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    let fresh = near.join(format!("{}.new", name.to_string_lossy()));
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    fs::set_permissions(&fresh, Permissions::from_mode(MODE))?;
    fs::rename(&fresh, path)?;
    Ok(listener)
}

/// What a group in `flow.toml` calls the user with this id: its name, or `uid:1000` for one without. No name of a
/// user has a colon in it. May ask a directory over the network.
///
/// # Errors
/// When the users of this machine cannot be read.
pub fn user(uid: u32) -> io::Result<String> {
    let known = User::from_uid(Uid::from_raw(uid))?;
    Ok(known.map_or_else(|| format!("uid:{uid}"), |user| user.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[tokio::test]
    async fn a_socket_takes_the_place_of_the_one_before_and_only_its_group_may_ask() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(120));
        fs::create_dir(&deep).unwrap();
        let path = deep.join("flowd.sock");
        let before = listen(&path).unwrap();
        let after = listen(&path).unwrap();
        drop(before);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        std::os::unix::fs::symlink(&path, root.path().join("near")).unwrap();
        let asks = UnixStream::connect(root.path().join("near")).unwrap();
        let (taken, _) = after.accept().await.unwrap();
        let mine = rustix::process::getuid().as_raw();
        assert_eq!(taken.peer_cred().unwrap().uid(), mine);
        drop(asks);
    }

    #[test]
    fn a_user_without_a_name_has_one_that_no_user_can_have() {
        assert_eq!(user(0).unwrap(), "root");
        assert_eq!(user(3_999_999_999).unwrap(), "uid:3999999999");
    }
}
