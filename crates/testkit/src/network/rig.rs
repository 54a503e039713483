//! The rig of private clusters: servers, the internet, a company's edge with its proxy, and the private network behind it.

use std::{net::Ipv4Addr, sync::OnceLock};

use super::{Room, namespace, namespace::Namespace};

const SERVERS: Ipv4Addr = Ipv4Addr::new(10, 87, 1, 2);
const INTERNET: Ipv4Addr = Ipv4Addr::new(10, 87, 1, 1);
const EDGE: Ipv4Addr = Ipv4Addr::new(10, 87, 3, 1);
const PRIVATE: Ipv4Addr = Ipv4Addr::new(10, 87, 3, 2);

/// Four rooms in a row. Every one but the last routes what is for others on, or does not, as its kind does in the world.
#[derive(Debug)]
pub struct Rig {
    /// Where servers are.
    pub servers: Room,
    /// Routers between.
    pub internet: Room,
    /// The edge of the private network: a machine with a foot in each, which forwards nothing.
    pub edge: Room,
    /// Where the cluster and its gateway are. It has one cable, to the edge, and no route to anywhere else.
    pub private: Room,
    is_apart: bool,
}

impl Rig {
    /// Makes one, or rooms that are all the machine's own where there can be none.
    ///
    /// # Errors
    /// When namespaces can be made, and something in them cannot.
    pub fn make() -> anyhow::Result<Self> {
        match can_be_apart() {
            Ok(()) => Self::apart(),
            Err(why) => {
                tracing::warn!(why, "there are no rooms apart from each other on this machine");
                let [servers, internet, edge, private] = [(); 4].map(|()| Room::machine());
                Ok(Self { servers, internet, edge, private, is_apart: false })
            }
        }
    }

    /// Whether its rooms are apart from each other.
    pub const fn is_apart(&self) -> bool {
        self.is_apart
    }

    fn apart() -> anyhow::Result<Self> {
        let servers = Namespace::create("servers")?;
        let internet = Namespace::create("internet")?;
        let edge = Namespace::create("edge")?;
        let private = Namespace::create("private")?;
        servers.cable(&internet, [("internet", "10.87.1.2/24"), ("servers", "10.87.1.1/24")])?;
        internet.cable(&edge, [("edge", "10.87.2.1/24"), ("internet", "10.87.2.2/24")])?;
        edge.cable(&private, [("private", "10.87.3.1/24"), ("edge", "10.87.3.2/24")])?;
        servers.ip(&["route", "add", "default", "via", "10.87.1.1"])?;
        internet.forward()?;
        // As if somebody on the internet knew the way: it is the edge that lets nothing through.
        internet.ip(&["route", "add", "10.87.3.0/24", "via", "10.87.2.2"])?;
        edge.ip(&["route", "add", "default", "via", "10.87.2.1"])?;
        private.ip(&["route", "add", "default", "via", "10.87.3.1"])?;
        Ok(Self {
            servers: Room::new(servers, SERVERS),
            internet: Room::new(internet, INTERNET),
            edge: Room::new(edge, EDGE),
            private: Room::new(private, PRIVATE),
            is_apart: true,
        })
    }
}

/// Why not, if it cannot.
fn can_be_apart() -> Result<(), String> {
    static SEEN: OnceLock<Result<(), String>> = OnceLock::new();
    let look = || namespace::prepare().and_then(|()| Namespace::create("trial").map(drop));
    SEEN.get_or_init(|| look().map_err(|error| format!("{error:#}"))).clone()
}
