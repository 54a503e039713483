//! What the rig of private clusters does to connections is really done to them.

mod faults;
mod weather;

use std::{net::TcpStream, time::Duration};

use mayfly_testkit::network::Room;

/// For bytes that come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection from one room to another, with both its ends.
fn connected(from: &Room, to: &Room) -> (TcpStream, TcpStream) {
    let listener = to.listen().unwrap();
    let near = from.connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    for end in [&near, &far] {
        end.set_nodelay(true).unwrap();
        end.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    (near, far)
}
