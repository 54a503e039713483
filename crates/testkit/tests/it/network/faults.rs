//! Connections that go dark, are reset, or lead to somebody who does not move.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use mayfly_testkit::{
    frozen::Frozen,
    network::{Dark, Rig},
};

use super::{PATIENCE, connected};

/// Long enough for anything that is going to come.
const A_WHILE: Duration = Duration::from_millis(300);

/// Whether a byte comes within `patience`.
fn comes(end: &mut TcpStream, patience: Duration) -> bool {
    end.set_read_timeout(Some(patience)).unwrap();
    match end.read(&mut [0]) {
        Ok(count) => count == 1,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
            false
        }
    }
}

#[test]
fn a_dark_connection_stays_open_and_goes_on_when_it_is_light_again() {
    let rig = Rig::make().unwrap();
    if !rig.is_apart() {
        return;
    }
    for (dark, comes_there, comes_back) in
        [(Dark::Both, false, false), (Dark::Towards, false, true), (Dark::From, true, false)]
    {
        let (mut near, mut far) = connected(&rig.edge, &rig.servers);
        let (mut other_near, mut other_far) = connected(&rig.edge, &rig.internet);
        // The control: in the light, both come.
        for end in [&mut near, &mut far] {
            end.write_all(b"1").unwrap();
        }
        assert!(comes(&mut far, PATIENCE) && comes(&mut near, PATIENCE));

        let hole = rig.blackhole(rig.servers.address(), dark).unwrap();
        for end in [&mut near, &mut far] {
            end.write_all(b"2").unwrap();
        }
        assert_eq!(comes(&mut far, A_WHILE), comes_there, "{dark:?}");
        assert_eq!(comes(&mut near, A_WHILE), comes_back, "{dark:?}");
        // Others are left alone.
        other_near.write_all(b"3").unwrap();
        assert!(comes(&mut other_far, PATIENCE));

        drop(hole);
        assert!(comes_there || comes(&mut far, PATIENCE), "{dark:?}");
        assert!(comes_back || comes(&mut near, PATIENCE), "{dark:?}");
    }
}

#[test]
fn one_connection_is_reset_and_no_other() {
    let rig = Rig::make().unwrap();
    if !rig.is_apart() {
        return;
    }
    let (mut chosen, mut far) = connected(&rig.edge, &rig.servers);
    let (mut other, mut other_far) = connected(&rig.edge, &rig.servers);
    rig.edge.reset(chosen.peer_addr().unwrap()).unwrap();
    for end in [&mut chosen, &mut far] {
        let why = end.read(&mut [0]).unwrap_err().kind();
        assert!(matches!(why, ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted), "{why}");
    }
    other.write_all(b"1").unwrap();
    assert!(comes(&mut other_far, PATIENCE));
    let nobody = "10.87.1.2:1".parse().unwrap();
    assert!(rig.edge.reset(nobody).is_err(), "there is no such connection");
}

#[tokio::test]
async fn a_frozen_program_says_nothing_until_it_goes_on() {
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut asks, mut answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    asks.write_all(b"1").unwrap();
    answers.read_exact(&mut [0]).unwrap();
    let frozen = Frozen::freeze(child.id().cast_signed()).await.unwrap();
    asks.write_all(b"2").unwrap();
    let mut byte = [0];
    let waiting = std::thread::spawn(move || {
        answers.read_exact(&mut byte).unwrap();
        byte
    });
    assert_eq!(state(child.id()), 'T');
    assert!(!waiting.is_finished());
    drop(frozen);
    assert_eq!(waiting.join().unwrap(), *b"2");
    drop(asks);
    child.wait().unwrap();
}

/// What the kernel says that a process does, in a letter.
fn state(process: u32) -> char {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    told.rsplit_once(") ").unwrap().1.chars().next().unwrap()
}
