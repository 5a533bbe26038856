//! `Set-Cookie` as RFC 6265 section 4.1 lets a server write it, and partitioned cookies (CHIPS).

use std::ffi::CStr;
use std::fmt::Write as _;

use http::HeaderValue;

use crate::capi::{Arguments, Attached, Object, PyResult, Raised, convert};

/// The docstring of `Response.set_cookie`.
pub(crate) const DOC: &CStr = c"set_cookie($self, name, value, *, max_age=None, path='/', domain=None, secure=False, httponly=False, samesite=None, partitioned=False)\n--\n\nAdds a Set-Cookie field; max_age in seconds, samesite 'strict', 'lax' or 'none'; partitioned means secure, too.";

/// The header value for the arguments of `set_cookie`.
///
/// # Errors
///
/// `TypeError` for a wrong type, `ValueError` for what a cookie can't hold.
pub(crate) fn header(arguments: &Arguments<'_>, py: Attached<'_>) -> PyResult<HeaderValue> {
    let names = [
        c"name",
        c"value",
        c"max_age",
        c"path",
        c"domain",
        c"secure",
        c"httponly",
        c"samesite",
        c"partitioned",
    ];
    let [
        name,
        value,
        max_age,
        path,
        domain,
        secure,
        httponly,
        samesite,
        partitioned,
    ] = arguments.bind("set_cookie", &names, (2, 2), py)?;
    let given = |object: Option<&Object>| object.is_some_and(|object| !object.is_none(py));
    let mut cookie = format!("{}={}", cookie_name(name, py)?, cookie_value(value, py)?);
    if let Some(seconds) = max_age.filter(|_| given(max_age)) {
        let seconds = convert::as_i64(seconds, py)?
            .ok_or_else(|| Raised::value_error("max_age is too large", py))?;
        let _ = write!(cookie, "; Max-Age={seconds}");
    }
    match path {
        None => cookie.push_str("; Path=/"),
        Some(_) if !given(path) => {}
        Some(path) => add(&mut cookie, "Path", path, py)?,
    }
    if let Some(domain) = domain.filter(|_| given(domain)) {
        add(&mut cookie, "Domain", domain, py)?;
    }
    let is_set = |flag: Option<&Object>| flag.map_or(Ok(false), |flag| flag.truth(py));
    // Browsers drop a partitioned cookie that is not secure (CHIPS).
    let is_partitioned = is_set(partitioned)?;
    if is_set(secure)? || is_partitioned {
        cookie.push_str("; Secure");
    }
    if is_set(httponly)? {
        cookie.push_str("; HttpOnly");
    }
    if let Some(samesite) = samesite.filter(|_| given(samesite)) {
        cookie.push_str(same_site(text(samesite, "samesite", py)?, py)?);
    }
    if is_partitioned {
        cookie.push_str("; Partitioned");
    }
    Ok(HeaderValue::try_from(cookie).expect("each part is checked"))
}

fn text<'a>(object: &'a Object, what: &str, py: Attached<'_>) -> PyResult<&'a str> {
    convert::as_str(object, py)?
        .ok_or_else(|| Raised::type_error(&format!("{what} must be str"), py))
}

/// A cookie's name: a token.
fn cookie_name<'a>(name: Option<&'a Object>, py: Attached<'_>) -> PyResult<&'a str> {
    let name = text(name.expect("bind requires it"), "name", py)?;
    let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Raised::value_error(
            &format!("{name:?} is not allowed as a cookie name"),
            py,
        ));
    }
    Ok(name)
}

/// A cookie's value: cookie-octets, in quotes or not.
fn cookie_value<'a>(value: Option<&'a Object>, py: Attached<'_>) -> PyResult<&'a str> {
    let value = text(value.expect("bind requires it"), "value", py)?;
    let bare = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    if !bare
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
    {
        let text = format!("{value:?} is not allowed as a cookie value; percent-encode it");
        return Err(Raised::value_error(&text, py));
    }
    Ok(value)
}

/// Adds an attribute whose value is any text but control characters and `;`.
fn add(cookie: &mut String, name: &str, value: &Object, py: Attached<'_>) -> PyResult<()> {
    let value = text(value, &name.to_lowercase(), py)?;
    let is_allowed = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b';';
    if !value.bytes().all(is_allowed) {
        let text = format!("{value:?} is not allowed as a cookie's {name}");
        return Err(Raised::value_error(&text, py));
    }
    let _ = write!(cookie, "; {name}={value}");
    Ok(())
}

fn same_site(value: &str, py: Attached<'_>) -> PyResult<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "strict" => Ok("; SameSite=Strict"),
        "lax" => Ok("; SameSite=Lax"),
        "none" => Ok("; SameSite=None"),
        _ => Err(Raised::value_error(
            "samesite must be 'strict', 'lax' or 'none'",
            py,
        )),
    }
}
