//! The ends of a cable with weather: character devices that give and take frames.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use rustix::{
    fs::{CWD, FileType, Mode, OFlags, makedev, mknodat},
    process::getuid,
};

use crate::{network::namespace::Namespace, tools};

/// Plugs an end into `room`, with the interface and the address that it has there. What leaves the room is read from the file.
pub(super) fn attach(
    shim: &Namespace,
    room: &Namespace,
    label: &str,
    (interface, address): (&str, &str),
) -> anyhow::Result<File> {
    let tap = format!("{label}-tap");
    room.ip(&["link", "add", interface, "type", "veth", "peer", "name", label, "netns", shim.name()])?;
    // A frame is a packet, or losing one would lose dozens.
    room.ip(&["link", "set", interface, "gso_max_segs", "1"])?;
    room.ip(&["address", "add", address, "dev", interface])?;
    room.ip(&["link", "set", interface, "up"])?;
    shim.ip(&["link", "set", label, "up"])?;
    shim.ip(&["link", "add", "link", label, "name", &tap, "type", "macvtap", "mode", "passthru"])
        .context("the kernel has no macvtap")?;
    shim.ip(&["link", "set", &tap, "up"])?;
    open(shim, &tap).with_context(|| format!("open the device of `{tap}`"))
}

/// Opens the device by its number: names of devices are the machine's, and two namespaces may want the same one.
fn open(shim: &Namespace, tap: &str) -> anyhow::Result<File> {
    let mut look = shim.command(Path::new("sh"));
    let told = tools::run(look.args(["-c", &format!("cat /sys/class/net/{tap}/tap*/dev")]))?.stdout;
    let told = String::from_utf8(told)?;
    let (major, minor) = told.trim().split_once(':').context("a device has two numbers")?;
    let folder = tempfile::tempdir()?;
    let node = folder.path().join("tap");
    let number = makedev(major.parse()?, minor.parse()?);
    mknodat(CWD, &node, FileType::CharacterDevice, Mode::RUSR | Mode::WUSR, number)
        .with_context(|| format!("make a device as {}", getuid().as_raw()))?;
    let flags = i32::try_from(OFlags::NONBLOCK.bits())?;
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(&node)?;
    fs::remove_file(&node)?;
    Ok(file)
}
