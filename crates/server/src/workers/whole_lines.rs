//! Appending lines to a file that others rotate and read: whole ones, on disk before they count.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Appends `lines`, the last of which is ended too. A line that broke off before, on a full disk say, is ended first, so that no
/// line stands behind half of another. A new file is its owner's alone.
pub(super) fn append(path: &Path, lines: &str) -> std::io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    let text = if ends_within_a_line(&mut file)? { format!("\n{lines}") } else { lines.to_owned() };
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Its name is in its folder, which has to be on disk as well.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if is_new { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

fn ends_within_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_broke_off_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.ndjson");
        append(&path, "{\"one\":1}\n").unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"tw").unwrap();
        append(&path, "{\"two\":2}\n").unwrap();
        append(&path, "{\"three\":3}\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"one\":1}\n{\"tw\n{\"two\":2}\n{\"three\":3}\n");
    }

    #[test]
    fn a_new_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        append(&path, "x\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
