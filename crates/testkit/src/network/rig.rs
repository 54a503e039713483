//! The rig of private clusters: servers, the internet, a company's edge with its proxy, and the private network behind it.

use std::{
    env,
    io::{self, Write as _},
    net::Ipv4Addr,
    sync::OnceLock,
};

use anyhow::{Context as _, bail, ensure};

use super::{Blackhole, Dark, Room, Shim, namespace, namespace::Namespace};

const SERVERS: Ipv4Addr = Ipv4Addr::new(10, 87, 1, 2);
/// Besides, so that one server can be in the dark and another not.
const MORE_SERVERS: [Ipv4Addr; 3] =
    [Ipv4Addr::new(10, 87, 1, 3), Ipv4Addr::new(10, 87, 1, 4), Ipv4Addr::new(10, 87, 1, 5)];
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
    shim: Option<Shim>,
}

impl Rig {
    /// Makes one, or rooms that are all the machine's own where there can be none: for want of root, of `ip`, or of the right.
    ///
    /// # Errors
    /// When it fails for another reason, or there can be none although `CI` is set.
    pub fn make() -> anyhow::Result<Self> {
        if can_be_apart()? {
            return Self::apart(None);
        }
        let [servers, internet, edge, private] = [(); 4].map(|()| Room::machine());
        Ok(Self { servers, internet, edge, private, shim: None })
    }

    /// The same with weather between the internet and the edge, which is good at first. None where there can be no rooms apart.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn with_weather(seed: u64) -> anyhow::Result<Option<Self>> {
        can_be_apart()?.then(|| Self::apart(Some(seed))).transpose()
    }

    /// Whether its rooms are apart from each other.
    pub const fn is_apart(&self) -> bool {
        self.servers.is_apart()
    }

    /// The weather towards the internet (first) and towards the edge (second), where there is any.
    pub const fn shim(&self) -> Option<&Shim> {
        self.shim.as_ref()
    }

    /// More addresses of the servers' room, for servers that are to be reached by ways of their own.
    ///
    /// # Errors
    /// When they cannot be added.
    pub fn more_servers(&self) -> anyhow::Result<[Ipv4Addr; 3]> {
        let servers = self.servers.namespace().context("the rooms are this machine's own")?;
        for address in MORE_SERVERS {
            servers.ip(&["address", "replace", &format!("{address}/24"), "dev", "internet"])?;
        }
        Ok(MORE_SERVERS)
    }

    /// Gives the edge one more address, which is reached from everywhere, and gives it back.
    ///
    /// # Errors
    /// When it cannot be added, or the rooms are this machine's own.
    pub fn reach_edge_by(&self, address: Ipv4Addr) -> anyhow::Result<Ipv4Addr> {
        let room = |room: &Room| room.namespace().cloned().context("the rooms are this machine's own");
        let own = format!("{address}/32");
        room(&self.edge)?.ip(&["address", "replace", &own, "dev", "lo"])?;
        room(&self.internet)?.ip(&["route", "replace", &own, "via", "10.87.2.2"])?;
        Ok(address)
    }

    /// Lets nothing pass the internet to or from an address, silently, until what it gives is dropped.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn blackhole(&self, address: Ipv4Addr, dark: Dark) -> anyhow::Result<Blackhole> {
        let router = self.internet.namespace().context("the rooms are this machine's own")?;
        Blackhole::dig(router, address, dark)
    }

    fn apart(weather: Option<u64>) -> anyhow::Result<Self> {
        let servers = Namespace::create("servers")?;
        let internet = Namespace::create("internet")?;
        let edge = Namespace::create("edge")?;
        let private = Namespace::create("private")?;
        servers.cable(&internet, [("internet", "10.87.1.2/24"), ("servers", "10.87.1.1/24")])?;
        let between = [("edge", "10.87.2.1/24"), ("internet", "10.87.2.2/24")];
        let shim = match weather {
            Some(seed) => Some(Shim::cable(&internet, &edge, between, seed)?),
            None => internet.cable(&edge, between).map(|()| None)?,
        };
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
            shim,
        })
    }
}

/// Whether there can be rooms apart here. Where a machine only has to be set up for it, whoever runs the tests is told so, once.
fn can_be_apart() -> anyhow::Result<bool> {
    static SEEN: OnceLock<Result<Option<String>, String>> = OnceLock::new();
    let look = || {
        let obstacle = namespace::tidy().and_then(|()| namespace::obstacle()).map_err(|error| format!("{error:#}"))?;
        if let Some(why) = &obstacle {
            // Past what keeps a test's output to itself.
            let _ = writeln!(io::stderr(), "rooms are all this machine's own, and nothing stands between them: {why}");
        }
        Ok(obstacle)
    };
    match SEEN.get_or_init(look) {
        Ok(None) => Ok(true),
        Ok(Some(why)) => {
            let is_insisted = env::var_os("CI").is_some_and(|value| !value.is_empty());
            ensure!(!is_insisted, "with `CI` set, there have to be rooms apart from each other: {why}");
            Ok(false)
        }
        Err(error) => bail!("{error}"),
    }
}
