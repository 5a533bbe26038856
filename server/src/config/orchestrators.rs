//! The variables that orchestrators make up for each service, after the service's name: that of one called `coachwhip` is our
//! prefix.

/// Whether an orchestrator has made up the variable whose name goes on with `name` behind our prefix.
///
/// - Kubernetes, for a service `coachwhip` or `coachwhip-web`: `SERVICE_HOST`, `SERVICE_PORT`, `SERVICE_PORT_HTTP`,
///   `PORT=tcp://10.0.0.1:80`, `PORT_80_TCP`, `PORT_80_TCP_PROTO`, `PORT_80_TCP_PORT`, `PORT_80_TCP_ADDR`; the same behind `WEB_`.
/// - Docker, for a link of such a name: `PORT` and `PORT_80_TCP` likewise, `NAME=/web/coachwhip`, and `ENV_` before each variable
///   of the other container.
pub(super) fn inject(name: &str, value: &str) -> bool {
    let ends_with = |end: &str| {
        let rest = name.strip_suffix(end);
        rest.is_some_and(|service| service.is_empty() || service.ends_with('_'))
    };
    let is_url = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let is_within = |part: &str| name.starts_with(part) || name.contains(&format!("_{part}"));
    ends_with("SERVICE_HOST")
        || ends_with("SERVICE_PORT")
        || is_within("SERVICE_PORT_")
        || (ends_with("PORT") && is_url)
        || (ends_with("NAME") && value.starts_with('/'))
        || is_within("ENV_")
        || has_port(name)
}

/// Whether `PORT_80_TCP` stands in it, at its end or before one more word.
fn has_port(name: &str) -> bool {
    let words: Vec<_> = name.split('_').collect();
    let last = words.last().copied().unwrap_or_default();
    let is_detail = matches!(last, "PROTO" | "PORT" | "ADDR");
    let words = &words[..words.len() - usize::from(is_detail)];
    let [.., "PORT", number, "TCP" | "UDP" | "SCTP"] = words else {
        return false;
    };
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
