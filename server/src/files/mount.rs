//! The files of a directory below a path.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use super::answer::{FileBody, answer};
use super::open::{Below, Opened, open_below};
use super::target::{Target, target};

/// The file that is sent for a directory.
const INDEX: &str = "index.html";

/// A directory whose files are served.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The path below which they are, percent-decoded: `/`, or without a slash at its end.
    pub path: String,
    /// The directory.
    pub directory: PathBuf,
    /// The `Cache-Control` of its files, if they have one.
    pub cache_control: Option<HeaderValue>,
    /// Where the configuration says so, for messages.
    pub place: String,
}

impl Mount {
    /// How many segments of a request's path are the mount's.
    fn segments(&self) -> usize {
        self.path.split('/').filter(|part| !part.is_empty()).count()
    }
}

/// What a path has turned out to be.
enum Found {
    File(Opened),
    /// A directory with an index, asked for without the slash at its end: relative links in the index would go astray.
    Unslashed,
}

/// The answer to a `GET` or `HEAD` of a path below the mount; `None` where nothing is there that may be sent.
///
/// # Errors
///
/// Those of the file system.
pub async fn serve(
    mount: Arc<Mount>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> io::Result<Option<Response<FileBody>>> {
    let Some(target) = target(uri.path(), mount.segments()) else {
        return Ok(None);
    };
    let finding = Arc::clone(&mount);
    let found = tokio::task::spawn_blocking(move || find(&finding.directory, &target));
    match found.await.map_err(io::Error::other)? {
        Ok(Found::File(opened)) => {
            let mut response = answer(method, headers, opened).await?;
            let has_file = [
                StatusCode::OK,
                StatusCode::PARTIAL_CONTENT,
                StatusCode::NOT_MODIFIED,
            ];
            if let Some(value) = mount.cache_control.clone()
                && has_file.contains(&response.status())
            {
                response.headers_mut().insert(CACHE_CONTROL, value);
            }
            Ok(Some(response))
        }
        Ok(Found::Unslashed) => Ok(redirect(uri)),
        Err(error) if super::is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn find(root: &Path, target: &Target) -> io::Result<Found> {
    let index = target.path.join(INDEX);
    if target.is_directory {
        return file(open_below(root, &index)?).map(Found::File);
    }
    match open_below(root, &target.path)? {
        Below::File(opened) => Ok(Found::File(opened)),
        Below::Directory => file(open_below(root, &index)?).map(|_| Found::Unslashed),
    }
}

fn file(below: Below) -> io::Result<Opened> {
    match below {
        Below::File(opened) => Ok(opened),
        Below::Directory => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// To the same path with a slash. It begins with one slash and a name, so it can't name another host.
fn redirect(uri: &Uri) -> Option<Response<FileBody>> {
    let query = uri.query().map(|query| format!("?{query}"));
    let location = format!("{}/{}", uri.path(), query.unwrap_or_default());
    let mut response = Response::new(FileBody::default());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let location = HeaderValue::try_from(location).ok()?;
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}
