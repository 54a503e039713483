//! Byte streams to API servers: only where the policy lists them, and only to addresses that were checked.
//!
//! A name is looked up once for each stream, all of its addresses are checked, and the connection goes to one of those: a name
//! that changes its mind in between changes nothing. What is said inside is TLS between the server and the cluster.

use std::{io, net::SocketAddr, time::Duration};

use ipnet::IpNet;
use mayfly_cluster::EgressPolicy;
use mayfly_domain::{clock::Ambient, gateway_policy::GatewayPolicy};
use mayfly_tunnel::{
    carrier::Carrier,
    failure::{Leg, Refusal},
};
use tokio::net::{TcpStream, lookup_host};

/// Where the gateway's own API server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) limit: Duration,
}

/// Connects, if the policy lets it.
pub(crate) async fn connect(
    ambient: &Ambient,
    policy: &GatewayPolicy,
    own: &Own,
    wanted: Wanted<'_>,
) -> Result<Box<dyn Carrier>, Refusal> {
    let Wanted { host, port, limit } = wanted;
    let listed = policy.judge_target(host, port).map_err(|beyond| against(beyond.to_string()))?;
    let is_own = listed.is_none();
    if is_own && (host, port) != (own.host.as_str(), own.port) {
        let asked =
            format!("the gateway's own policy allows byte streams to its own API server only, not to `{host}:{port}`");
        return Err(against(asked));
    }
    let connecting = async {
        let addresses: Vec<SocketAddr> =
            lookup_host((host, port)).await.map_err(|error| failed("dns", &error))?.collect();
        let cidr = listed.and_then(|target| target.cidr);
        for address in &addresses {
            check(*address, cidr, is_own)?;
        }
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| failed("connect", &error))?;
        stream.set_nodelay(true).map_err(|error| failed("connect", &error))?;
        Ok(Box::new(stream) as Box<dyn Carrier>)
    };
    let late = || {
        Err(Refusal {
            leg: Leg::Target,
            ..Refusal::of_gateway("timed_out", format!("`{host}:{port}` did not answer in time"))
        })
    };
    ambient.within(limit, connecting).await.unwrap_or_else(late)
}

/// Loopback is where the gateway itself is: nothing there is a cluster's, unless it is what the gateway was told to speak to.
fn check(address: SocketAddr, cidr: Option<IpNet>, is_own: bool) -> Result<(), Refusal> {
    let loopback = || ["127.0.0.0/8", "::1/128"].iter().filter_map(|range| range.parse().ok()).collect();
    let egress = EgressPolicy { allow: if is_own { loopback() } else { Vec::new() }, ..EgressPolicy::default() };
    egress.check(address).map_err(|reason| against(format!("`{}`: {reason}", address.ip())))?;
    match cidr {
        Some(cidr) if !cidr.contains(&address.ip()) => Err(against(format!(
            "`{}` is not in `{cidr}`, which the gateway's own policy asks of this target",
            address.ip()
        ))),
        Some(_) | None => Ok(()),
    }
}

fn against(why: String) -> Refusal {
    Refusal::of_gateway("policy", why)
}

fn failed(code: &str, error: &io::Error) -> Refusal {
    Refusal { leg: Leg::Target, ..Refusal::of_gateway(code, error.to_string()) }
}

#[cfg(test)]
mod tests {
    use mayfly_domain::gateway_policy::{ForwardPolicy, ForwardTarget};
    use mayfly_testkit::ambient::ambient;
    use tokio::net::TcpListener;

    use super::*;

    async fn code(policy: &GatewayPolicy, own: &Own, host: &str, port: u16) -> Option<String> {
        let wanted = Wanted { host, port, limit: Duration::from_secs(5) };
        connect(&ambient(), policy, own, wanted).await.err().map(|refusal| refusal.code)
    }

    fn listing(targets: &[(&str, u16, Option<&str>)]) -> GatewayPolicy {
        let target = |(host, port, cidr): &(&str, u16, Option<&str>)| ForwardTarget {
            host: (*host).to_owned(),
            port: *port,
            cidr: cidr.map(|cidr| cidr.parse().unwrap()),
        };
        let forward = ForwardPolicy { enabled: true, targets: targets.iter().map(target).collect() };
        GatewayPolicy { forward, ..GatewayPolicy::default() }
    }

    #[tokio::test]
    async fn without_a_list_only_the_own_api_server_is_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = Own { host: "127.0.0.1".to_owned(), port };
        assert_eq!(code(&listing(&[]), &own, "127.0.0.1", port).await, None);
        for (host, other) in [("127.0.0.1", port ^ 1), ("localhost", port), ("10.0.0.1", port)] {
            assert_eq!(code(&listing(&[]), &own, host, other).await.as_deref(), Some("policy"), "{host}:{other}");
        }
        assert_eq!(code(&GatewayPolicy::default(), &own, "127.0.0.1", port).await.as_deref(), Some("policy"));
    }

    #[tokio::test]
    async fn no_list_leads_to_this_machine_or_to_metadata_and_no_packet_leaves() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = Own { host: "10.0.0.1".to_owned(), port: 6443 };
        let listed = listing(&[
            ("127.0.0.1", port, None),
            ("localhost", port, None),
            ("169.254.169.254", 80, None),
            ("fd00:ec2::254", 80, None),
            ("::ffff:127.0.0.1", port, None),
            ("203.0.113.7", 6443, Some("10.0.0.0/8")),
        ]);
        for target in &listed.forward.targets {
            let refused = code(&listed, &own, &target.host, target.port).await;
            assert_eq!(refused.as_deref(), Some("policy"), "{}:{}", target.host, target.port);
        }
        let nobody_came = tokio::select! {
            biased;
            _ = listener.accept() => false,
            () = std::future::ready(()) => true,
        };
        assert!(nobody_came);
    }
}
