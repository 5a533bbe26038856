//! The syntax of a route's path: `/users/{id}` one segment, `/files/{*rest}` the tail.

/// The names of the parameters of `path`, in order.
///
/// # Errors
///
/// What is wrong with it, for the author of the handler.
pub(crate) fn params(path: &str) -> Result<Vec<String>, String> {
    if !path.starts_with('/') {
        return Err(format!("the path '{path}' must start with '/'"));
    }
    if path.contains(['?', '#']) {
        return Err(format!(
            "the path '{path}' can't hold '?' or '#'; request.query has what follows the '?'"
        ));
    }
    let mut names: Vec<String> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let Some(name) = parameter(segment) else {
            if segment.starts_with('<') && segment.ends_with('>') {
                return Err(format!(
                    "in the path '{path}' a parameter is written '{{name}}', and converted by the handler's annotation: name: int"
                ));
            }
            if segment.contains(['{', '}']) {
                return Err(format!(
                    "in the path '{path}' a parameter must be a whole segment: '{{name}}'"
                ));
            }
            continue;
        };
        let (name, is_tail) = name
            .strip_prefix('*')
            .map_or((name, false), |name| (name, true));
        if is_tail && index + 1 != segments.len() {
            return Err(format!(
                "in the path '{path}' the tail '{{*{name}}}' must be the last segment"
            ));
        }
        if !is_identifier(name) {
            return Err(format!(
                "in the path '{path}' '{name}' is no name for a parameter; write '{{name}}', and name: int in the handler to convert it"
            ));
        }
        if names.iter().any(|known| known == name) {
            return Err(format!(
                "in the path '{path}' the parameter '{name}' stands twice"
            ));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// What stands between the braces of a segment that is a parameter.
fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::params;

    #[test]
    fn params_are_whole_segments() {
        assert_eq!(params("/").unwrap(), [""; 0]);
        assert_eq!(params("/users/{id}/posts/{post}").unwrap(), ["id", "post"]);
        assert_eq!(params("/files/{*rest}").unwrap(), ["rest"]);
        for wrong in [
            "users",
            "",
            "/a{id}",
            "/{a}/{a}",
            "/{*rest}/a",
            "/{}",
            "/{1a}",
            "/a?b",
            "/{{a}}",
        ] {
            assert!(params(wrong).is_err(), "{wrong}");
        }
    }
}
