//! What a worker needs of a loaded handler module: its routes, ready to be called, and its hooks.

use std::sync::{Arc, PoisonError};

use smallvec::SmallVec;

use crate::capi::{Attached, Object, Owned, PyResult, RefSlot, builtin, convert};
use crate::converters::converting;
use crate::handler::Converter;
use crate::message::{RequestMessage, RouteId};
use crate::request::new_request;
use crate::routes::RouteInfo;
use crate::state::State;
use crate::websocket::new_websocket;

/// The handlers of one interpreter as one worker calls them.
///
/// # Threads
///
/// It belongs to the worker that made it, and is dropped while that worker is attached.
#[derive(Debug)]
pub struct Handlers(Vec<Handler>);

#[derive(Debug)]
struct Handler {
    function: RefSlot,
    info: Arc<RouteInfo>,
    /// The names of the arguments that are passed by name, as a tuple.
    names: RefSlot,
    /// What makes the value of each of these; empty where that is native.
    constructors: SmallVec<[RefSlot; 2]>,
}

/// The table that the handler modules registered, as plain data, in order of registration. No route can be added after it
/// was asked for.
pub fn table(state: &State) -> Vec<Arc<RouteInfo>> {
    let _ = state.is_sealed.set(());
    let routes = state.routes.lock().unwrap_or_else(PoisonError::into_inner);
    routes.iter().map(|route| Arc::clone(&route.info)).collect()
}

/// What is known of a route, or `None` for a row behind the table ([`Worded`](crate::middleware::Worded)).
pub fn route_info(state: &State, route: RouteId) -> Option<Arc<RouteInfo>> {
    let routes = state.routes.lock().unwrap_or_else(PoisonError::into_inner);
    let route = routes.get(route.index());
    route.map(|route| Arc::clone(&route.info))
}

impl Handlers {
    /// The handlers that the interpreter's modules have registered.
    pub fn of(state: &State, py: Attached<'_>) -> PyResult<Self> {
        let functions: Vec<(Owned<'_>, Arc<RouteInfo>)> = {
            let routes = state.routes.lock().unwrap_or_else(PoisonError::into_inner);
            let owned = routes.iter().filter_map(|route| {
                Some((route.function.get(py)?.own(py), Arc::clone(&route.info)))
            });
            owned.collect()
        };
        let handlers = functions.into_iter().map(|(function, info)| {
            let function = converting(function, &info.plan, state, py)?;
            Handler::new(function, info, py)
        });
        handlers.collect::<PyResult<_>>().map(Self)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is known of each route, in order of registration.
    pub fn table(&self) -> Vec<Arc<RouteInfo>> {
        let infos = self.0.iter().map(|handler| Arc::clone(&handler.info));
        infos.collect()
    }

    /// As [`route_info`].
    pub fn find(&self, route: RouteId) -> Option<&Arc<RouteInfo>> {
        self.0.get(route.index()).map(|handler| &handler.info)
    }

    /// The handler of `message`'s route, with its positional arguments as a tuple and its named ones as a dict; `request` comes
    /// first: a `Request`, or a `WebSocket`.
    pub(crate) fn prepare<'py>(
        &self,
        message: &RequestMessage,
        request: &Object,
        py: Attached<'py>,
    ) -> PyResult<[Owned<'py>; 3]> {
        let handler = &self.0[message.route.index()];
        let plan = &handler.info.plan;
        let function = handler.function.get(py).expect("held since it was made");
        let positional = plan.takes_request.then(|| request.own(py));
        let named = builtin::new_dict(py)?;
        for ((_, name, _), value) in plan.named.iter().zip(handler.values(message, py)) {
            let value = value?;
            builtin::set_item(&named, &*convert::new_str(name, py)?, &value, py)?;
        }
        let positional = builtin::new_tuple(positional.into_iter(), py)?;
        Ok([function.own(py), positional, named])
    }

    /// Calls the handler of `message`'s route; a coroutine is returned as it is.
    ///
    /// # Errors
    ///
    /// What the handler raises.
    pub fn call<'py>(
        &self,
        message: &Arc<RequestMessage>,
        state: &State,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        self.0[message.route.index()].call(message, state, py)
    }
}

impl Handler {
    fn new(function: Owned<'_>, info: Arc<RouteInfo>, py: Attached<'_>) -> PyResult<Self> {
        let names = info.plan.named.iter();
        let names: Vec<Owned<'_>> = names
            .map(|(_, name, _)| convert::new_str(name, py))
            .collect::<PyResult<_>>()?;
        let constructors = info.plan.named.iter().map(|(_, _, converter)| {
            let constructor = converter.constructor(py)?;
            Ok(constructor.map_or_else(RefSlot::empty, RefSlot::holding))
        });
        let constructors = constructors.collect::<PyResult<_>>()?;
        let names = if names.is_empty() {
            RefSlot::empty()
        } else {
            RefSlot::holding(builtin::new_tuple(names.into_iter(), py)?)
        };
        Ok(Self {
            function: RefSlot::holding(function),
            info,
            names,
            constructors,
        })
    }

    /// The values of the arguments that are passed by name, in order.
    fn values<'py>(
        &self,
        message: &RequestMessage,
        py: Attached<'py>,
    ) -> impl Iterator<Item = PyResult<Owned<'py>>> {
        let named = self.info.plan.named.iter().zip(&self.constructors);
        named.map(move |((index, _, converter), constructor)| {
            let value = message.param(*index);
            match constructor.get(py) {
                None => convert_param(value, *converter, py),
                Some(constructor) => constructor.call(&[&*convert::new_str(value, py)?], py),
            }
        })
    }

    fn call<'py>(
        &self,
        message: &Arc<RequestMessage>,
        state: &State,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let function = self
            .function
            .get(py)
            .expect("held since it was made")
            .own(py);
        let plan = &self.info.plan;
        let request = if plan.takes_request {
            let request = new_request(
                Arc::clone(message),
                Arc::clone(&self.info.params),
                state,
                py,
            )?;
            Some(match message.socket {
                None => request,
                Some(_) => new_websocket(Arc::clone(message), &request, state, py)?,
            })
        } else {
            None
        };
        let Some(names) = self.names.get(py) else {
            return match &request {
                Some(request) => function.call(&[request], py),
                None => function.call(&[], py),
            };
        };
        let converted: SmallVec<[Owned<'py>; 4]> =
            self.values(message, py).collect::<PyResult<_>>()?;
        let values = request.iter().chain(&converted).map(|value| &**value);
        let values: SmallVec<[&Object; 5]> = values.collect();
        function.call_named(&values, usize::from(request.is_some()), names, py)
    }
}

/// The value of a path parameter of a built-in type; the router has checked that it converts.
fn convert_param<'py>(
    value: &str,
    converter: Converter,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    match converter {
        Converter::Str | Converter::Uuid | Converter::Date | Converter::Custom(_) => {
            convert::new_str(value, py)
        }
        Converter::Int => convert::new_big_int(value, py),
        Converter::Float => convert::new_float(value.parse().unwrap_or(f64::NAN), py),
    }
}
