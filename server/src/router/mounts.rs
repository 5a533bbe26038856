//! Static mounts among the routes.

use http::HeaderValue;
use native_types::routes::RouteInfo;
use smallvec::SmallVec;

use super::{Router, Row, pattern};

/// The methods of files.
const FILE_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// The pattern of a route that has all paths.
const ALL_PATHS: &str = "/{*p1}";

/// A mount that answers the same requests as a route. The author's or the operator's fault.
#[derive(Debug, PartialEq, Eq)]
pub struct MountClash {
    /// The mount, as an index of those that the router was to be made with.
    pub mount: usize,
    /// The route's path.
    pub path: String,
    /// Its handler: function and <file:line>.
    pub handler: String,
}

impl Router {
    /// The router with mounts, by their paths. A mount is as a route `/assets/{*path}`: the rules between routes hold. The
    /// path of the mount itself, with and without a slash, is its own unless a route has it. The mount `/` has all paths
    /// that nothing else has.
    ///
    /// # Errors
    ///
    /// [`MountClash`] for a mount and a route, or two mounts, that answer the same requests.
    pub fn with_mounts(mut self, mounts: &[&str]) -> Result<Self, MountClash> {
        for (index, mount) in mounts.iter().enumerate() {
            let row = self.rows.len();
            self.rows.push(Row {
                routes: SmallVec::new(),
                allow: FILE_METHODS,
                mount: Some(index),
            });
            if *mount == "/" {
                self.root_mount = Some(row);
                if self.route_with(ALL_PATHS).is_some() {
                    return Err(self.mount_clash(index, ALL_PATHS));
                }
                continue;
            }
            for own in [(*mount).to_owned(), format!("{mount}/")] {
                // It fails where a route has that path.
                let _ = self.paths.insert(own, row);
            }
            match self.paths.insert(format!("{mount}/{{*p1}}"), row) {
                Ok(()) => {}
                Err(matchit::InsertError::Conflict { with }) => {
                    return Err(self.mount_clash(index, &with));
                }
                Err(_) => return Err(self.mount_clash(index, mount)),
            }
        }
        Ok(self)
    }

    fn route_with(&self, wanted: &str) -> Option<&RouteInfo> {
        let mut routes = self.rows.iter().flat_map(|row| &row.routes);
        let found = routes.find(|(_, _, info)| pattern(&info.path) == wanted);
        found.map(|(_, _, info)| info.as_ref())
    }

    fn mount_clash(&self, mount: usize, with: &str) -> MountClash {
        let route = self.route_with(with);
        MountClash {
            mount,
            path: route.map_or_else(|| with.to_owned(), |info| info.path.clone()),
            handler: route.map_or_else(String::new, |info| info.source.to_string()),
        }
    }
}
