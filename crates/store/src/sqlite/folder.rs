//! The data folder: closed to others, on a local disk, used by one process.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::error::StoreError;

/// File systems that cannot share memory between the database's connections or lose locks: SQLite's log would be
/// corrupted there. `fuse.` ones are listed by name, since some FUSE file systems are local.
const NETWORK_FILE_SYSTEMS: [&str; 19] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "coda",
    "ceph",
    "fuse.ceph",
    "fuse.glusterfs",
    "glusterfs",
    "lustre",
    "gfs2",
    "ocfs2",
    "beegfs",
    "fuse.sshfs",
    "fuse.s3fs",
    "fuse.rclone",
];

const OWNER_ONLY_FOLDER: u32 = 0o700;
const OWNER_ONLY_FILE: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;

/// The folder, locked until dropped unless it is only visited.
pub(super) struct Folder {
    database: PathBuf,
    /// Holds the lock: the kernel lets go of it when the process ends, however it ends.
    lock: Option<File>,
}

impl Drop for Folder {
    /// In so many words: a child that was forked a moment ago and has not become another program yet has the file open too,
    /// and closing ours alone would leave it locked until then. <https://man7.org/linux/man-pages/man2/flock.2.html>
    fn drop(&mut self) {
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::debug!(%error, "the lock of the data folder goes with the process");
        }
    }
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        make_private_folder(path)?;
        refuse_network_file_system(path)?;
        let lock = lock(&path.join("mayfly.lock"))?;
        let database = path.join("mayfly.db");
        // Made before SQLite opens it: the log and index files beside it take over its mode.
        owner_only_file(&database)?;
        keep_names(path).map_err(|error| refused("keep", path, &error))?;
        Ok(Self { database, lock: Some(lock) })
    }

    /// The same beside a server that may have it locked: nothing is made.
    pub(super) fn visit(path: &Path) -> Result<Self, StoreError> {
        let database = path.join("mayfly.db");
        if !database.is_file() {
            return Err(StoreError::Refused(format!("there is no database in the data folder `{}`", path.display())));
        }
        make_private_folder(path)?;
        refuse_network_file_system(path)?;
        Ok(Self { database, lock: None })
    }

    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    /// The file's number: a copy, or a restored backup, has another one.
    pub(super) fn identity(&self) -> Result<String, StoreError> {
        let metadata = fs::metadata(&self.database).map_err(|error| refused("read", &self.database, &error))?;
        Ok(format!("sqlite:{}", metadata.ino()))
    }
}

fn make_private_folder(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY_FOLDER)
        .create(path)
        .map_err(|error| refused("make", path, &error))?;
    let mode = fs::metadata(path).map_err(|error| refused("read", path, &error))?.permissions().mode();
    if mode & GROUP_AND_OTHERS == 0 {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "the data folder `{0}` is open to other users (mode {1:o}): run `chmod 700 {0}`",
        path.display(),
        mode & 0o7777
    )))
}

/// A file that was just made has its name on disk only once its folder is, and the folder once its own is.
fn keep_names(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    let parent = fs::canonicalize(path)?.parent().map(Path::to_owned);
    parent.map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let file = owner_only_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Refused(format!(
            "another process uses this data folder (`{}` is locked): stop it, or give each its own folder",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(refused("lock", path, &error)),
    }
}

fn owner_only_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(OWNER_ONLY_FILE)
        .open(path)
        .map_err(|error| refused("open", path, &error))?;
    let permissions = fs::Permissions::from_mode(OWNER_ONLY_FILE);
    file.set_permissions(permissions).map_err(|error| refused("close to other users", path, &error))?;
    Ok(file)
}

/// Where the kernel does not list its mounts (other than Linux), nothing can be detected.
fn refuse_network_file_system(path: &Path) -> Result<(), StoreError> {
    let (Ok(path), Ok(mounts)) = (fs::canonicalize(path), fs::read_to_string("/proc/self/mountinfo")) else {
        return Ok(());
    };
    match file_system(&mounts, &path) {
        Some(kind) if NETWORK_FILE_SYSTEMS.contains(&kind) => Err(StoreError::Refused(format!(
            "the data folder `{}` is on a network file system ({kind}), which can corrupt SQLite: use a local disk, or \
             PostgreSQL",
            path.display()
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The kind of file system that holds `path`, from the text of `/proc/self/mountinfo` (proc(5)): the mount with the
/// longest mount point that `path` begins with, the last one where several are stacked.
fn file_system<'mounts>(mounts: &'mounts str, path: &Path) -> Option<&'mounts str> {
    const MOUNT_POINT: usize = 4;
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, source) = line.split_once(" - ")?;
            let point = unescaped(mount.split(' ').nth(MOUNT_POINT)?);
            path.starts_with(&point).then(|| (point.len(), source.split(' ').next()))
        })
        .max_by_key(|(length, _)| *length)
        .and_then(|(_, kind)| kind)
}

/// Mount points have their blanks written in octal.
fn unescaped(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

fn refused(doing: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::Refused(format!("cannot {doing} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:50 / /srv/share rw - nfs4 server:/export rw
31 22 0:51 / /srv/share/local rw - xfs /dev/sdb1 rw
32 22 0:52 / /mnt/with\\040blank rw master:2 - fuse.sshfs host: rw
";

    #[test]
    fn the_longest_mount_point_decides_the_file_system() {
        for (path, kind) in [
            ("/var/lib/mayfly", "ext4"),
            ("/srv/share/mayfly", "nfs4"),
            ("/srv/shared", "ext4"),
            ("/srv/share/local/mayfly", "xfs"),
            ("/mnt/with blank/mayfly", "fuse.sshfs"),
        ] {
            assert_eq!(file_system(MOUNTS, Path::new(path)), Some(kind), "{path}");
        }
    }

    #[test]
    fn a_folder_that_others_can_read_is_refused_with_the_fix() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let error = Folder::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("mode 755") && error.contains("chmod 700"), "{error}");
    }

    #[test]
    fn a_folder_is_used_once_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let first = Folder::open(&path).unwrap();
        let error = Folder::open(&path).err().unwrap().to_string();
        assert!(error.contains("another process"), "{error}");
        drop(first);
        Folder::open(&path).unwrap();
    }

    #[test]
    fn a_file_that_others_can_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let file = path.join("mayfly.db");
        drop(Folder::open(&path).unwrap());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        Folder::open(&path).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
