//! What a handler's parameters ask for, found once when it is registered.
//!
//! Plain functions and methods are read from their code object; `inspect.signature` is asked only for other callables,
//! because importing `inspect` costs each interpreter more than the rest of the server.

use std::ffi::{CStr, CString};

use crate::capi::call::import;
use crate::capi::{Attached, Object, Owned, PyResult, Raised, convert};

/// `CO_VARARGS`, `CO_VARKEYWORDS` and `CO_COROUTINE` of a code object's `co_flags`.
const VARARGS: i64 = 0x04;
const VARKEYWORDS: i64 = 0x08;
const COROUTINE: i64 = 0x80;
/// `CO_GENERATOR` and `CO_ASYNC_GENERATOR`.
const GENERATORS: i64 = 0x20 | 0x200;

/// Where a function is defined.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Source {
    /// `module.qualname`.
    pub function: String,
    /// The file, as Python names it.
    pub file: String,
    /// The line of its definition, from 1.
    pub line: u32,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.file.is_empty() {
            return f.write_str(&self.function);
        }
        write!(f, "{} ({}:{})", self.function, self.file, self.line)
    }
}

/// The parameters of a function, apart from the instance that a method is bound to.
#[derive(Debug, Default)]
pub(crate) struct Signature {
    /// Those that can be given by position, in order.
    pub(crate) positional: Vec<Parameter>,
    /// Those that can be given by name only.
    pub(crate) keyword_only: Vec<Parameter>,
    /// `*args`.
    pub(crate) has_varargs: bool,
    /// `**kwargs`.
    pub(crate) has_varkeywords: bool,
    /// `async def`.
    pub(crate) is_async: bool,
    pub(crate) source: Source,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) has_default: bool,
    pub(crate) is_positional_only: bool,
    /// The annotation as text: a type's name, or what stands in the source.
    pub(crate) annotation: Option<String>,
}

/// Reads the signature of `function`, through `functools.wraps`.
///
/// # Errors
///
/// `TypeError` where it can't be called, and what reading its attributes raises.
pub(crate) fn read(function: &Object, py: Attached<'_>) -> PyResult<Signature> {
    if !function.is_callable(py) || function.is_class(py) {
        let text = no_function(function, py)?;
        return Err(Raised::type_error(&text, py));
    }
    let inner = innermost(function, py)?;
    let (plain, is_bound) = match inner.attribute_opt(c"__func__", py)? {
        Some(plain) => (plain, true),
        None => (inner, false),
    };
    let code = plain.attribute_opt(c"__code__", py)?;
    let mut signature = match &code {
        Some(code) => from_code(&plain, code, usize::from(is_bound), py)?,
        None => from_inspect(&plain, py)?,
    };
    signature.source = source(&plain, code.as_deref(), py)?;
    Ok(signature)
}

/// Whether a function holds a `yield`.
pub(crate) fn is_generator(function: &Object, py: Attached<'_>) -> PyResult<bool> {
    let Some(code) = function.attribute_opt(c"__code__", py)? else {
        return Ok(false);
    };
    let flags = convert::as_i64(&*code.attribute(c"co_flags", py)?, py)?;
    Ok(flags.unwrap_or(0) & GENERATORS != 0)
}

/// What is wrong with a handler that is no function.
fn no_function(object: &Object, py: Attached<'_>) -> PyResult<String> {
    if object.is_class(py) {
        let name = source(object, None, py)?;
        return Ok(format!(
            "a handler must be a function, not the class {name}; register its methods one by one, of an instance: get('/')(instance.method)"
        ));
    }
    let kind = object.type_name(py);
    // What a `classmethod` and a `property` are made of.
    for name in [c"__func__", c"fget"] {
        if let Some(function) = object.attribute_opt(name, py)? {
            let code = function.attribute_opt(c"__code__", py)?;
            let source = source(&function, code.as_deref(), py)?;
            return Ok(format!(
                "handler {source}: a handler must be a function, not {kind}; register a bound method below the class: get('/')(instance.method)"
            ));
        }
    }
    Ok(format!("a handler must be a function, not {kind}"))
}

/// The function behind wrappers that name it as `__wrapped__`.
fn innermost<'py>(function: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let mut inner = function.own(py);
    // A chain that is longer than this is a loop.
    for _ in 0..100 {
        match inner.attribute_opt(c"__wrapped__", py)? {
            Some(wrapped) => inner = wrapped,
            None => break,
        }
    }
    Ok(inner)
}

fn from_code(
    function: &Object,
    code: &Object,
    skipped: usize,
    py: Attached<'_>,
) -> PyResult<Signature> {
    let number = |object: &Object, name: &CStr| -> PyResult<usize> {
        let number = convert::as_i64(&*object.attribute(name, py)?, py)?;
        Ok(number
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(0))
    };
    let flags = convert::as_i64(&*code.attribute(c"co_flags", py)?, py)?.unwrap_or(0);
    let count = number(code, c"co_argcount")?;
    let positional_only = number(code, c"co_posonlyargcount")?;
    let keyword_only = number(code, c"co_kwonlyargcount")?;
    let defaults = function.attribute(c"__defaults__", py)?;
    let default_count = if defaults.is_none(py) {
        0
    } else {
        defaults.length(py)?
    };
    let keyword_defaults = function.attribute(c"__kwdefaults__", py)?;
    let annotations = annotations(function, py)?;
    let names = code.attribute(c"co_varnames", py)?;
    let parameter = |index: usize| -> PyResult<Parameter> {
        let name = names.item(index, py)?;
        let has_default = if index < count {
            index + default_count >= count
        } else {
            !keyword_defaults.is_none(py) && lookup(&keyword_defaults, &name, py)?.is_some()
        };
        let annotation = match lookup(&annotations, &name, py)? {
            Some(annotation) => Some(evaluated(function, annotation, py)?),
            None => None,
        };
        Ok(Parameter {
            name: convert::text_of(&name, py)?,
            has_default,
            is_positional_only: index < positional_only,
            annotation: annotation
                .map(|annotation| annotation_text(&annotation, py))
                .transpose()?,
        })
    };
    Ok(Signature {
        positional: (skipped..count).map(parameter).collect::<PyResult<_>>()?,
        keyword_only: (count..count + keyword_only)
            .map(parameter)
            .collect::<PyResult<_>>()?,
        has_varargs: flags & VARARGS != 0,
        has_varkeywords: flags & VARKEYWORDS != 0,
        is_async: flags & COROUTINE != 0,
        source: Source::default(),
    })
}

/// Whether a function seems to return what is streamed: it holds a `yield`, or names `events` as `Response.events` does.
pub(crate) fn seems_to_stream(function: &Object, py: Attached<'_>) -> PyResult<bool> {
    let inner = innermost(function, py)?;
    if is_generator(&inner, py)? {
        return Ok(true);
    }
    let Some(code) = inner.attribute_opt(c"__code__", py)? else {
        return Ok(false);
    };
    let mut is_named = false;
    code.attribute(c"co_names", py)?.for_each(py, |name| {
        is_named |= convert::as_str(name, py)? == Some("events");
        Ok(())
    })?;
    Ok(is_named)
}

/// `function.__annotations__`, or their text where evaluating them raises (names that only a type checker sees).
fn annotations<'py>(function: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let raised = match function.attribute(c"__annotations__", py) {
        Ok(annotations) => return Ok(annotations),
        Err(raised) => raised.take(py),
    };
    let Ok(library) = import(c"annotationlib", py) else {
        // Before 3.14, annotations are evaluated where the function is defined.
        return Err(Raised::with(&raised, py));
    };
    // `Format.STRING` (PEP 749).
    let format = library.attribute(c"Format", py)?.attribute(c"STRING", py)?;
    let get = library.attribute(c"get_annotations", py)?;
    let name = convert::new_str("format", py)?;
    let names = crate::capi::builtin::new_tuple([name].into_iter(), py)?;
    get.call_named(&[function, &format], 1, &names, py)
}

/// An annotation as text: `module.qualname` of a class, else what stands in the source.
pub(crate) fn annotation_text(annotation: &Object, py: Attached<'_>) -> PyResult<String> {
    // `list[int]` has the name of `list`.
    let is_generic = annotation.attribute_opt(c"__origin__", py)?.is_some();
    // Nested classes are told apart.
    let name = if annotation.is_class(py) {
        c"__qualname__"
    } else {
        c"__name__"
    };
    let Some(name) = annotation.attribute_opt(name, py)?.filter(|_| !is_generic) else {
        return convert::text_of(annotation, py);
    };
    let name = convert::text_of(&name, py)?;
    // Others than Python's may be called `UUID`.
    let module = match annotation.attribute_opt(c"__module__", py)? {
        Some(module) => convert::text_of(&module, py)?,
        None => String::new(),
    };
    if module.is_empty() || module == "builtins" {
        Ok(name)
    } else {
        Ok(format!("{module}.{name}"))
    }
}

fn lookup<'py>(mapping: &Object, key: &Object, py: Attached<'py>) -> PyResult<Option<Owned<'py>>> {
    use crate::capi::exception::Builtin;
    match mapping.value_at(key, py) {
        Ok(value) => Ok(Some(value)),
        Err(raised) if raised.is(Builtin::KeyError) => {
            raised.clear(py);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// The class that the text of a postponed annotation names in the function's module; else the annotation as it is.
fn evaluated<'py>(
    function: &Object,
    annotation: Owned<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let Some(text) = convert::as_str(&annotation, py)? else {
        return Ok(annotation);
    };
    let Some(globals) = function.attribute_opt(c"__globals__", py)? else {
        return Ok(annotation);
    };
    let mut path = text.split('.');
    let first = convert::new_str(path.next().unwrap_or_default(), py)?;
    let mut named = lookup(&globals, &first, py)?;
    for name in path {
        named = match (named, CString::new(name)) {
            (Some(outer), Ok(name)) => outer.attribute_opt(&name, py)?,
            _ => None,
        };
    }
    let named = named.filter(|named| named.is_class(py));
    Ok(named.unwrap_or(annotation))
}

/// The signature of a callable without a code object: an instance with `__call__`, a `functools.partial`, ...
fn from_inspect(function: &Object, py: Attached<'_>) -> PyResult<Signature> {
    let inspect = import(c"inspect", py)?;
    let found = inspect.call_method(c"signature", &[function], py)?;
    let parameters = found.attribute(c"parameters", py)?;
    let empty = inspect.attribute(c"_empty", py)?;
    let mut signature = Signature::default();
    parameters
        .call_method(c"values", &[], py)?
        .for_each(py, |parameter| {
            let annotation = parameter.attribute(c"annotation", py)?;
            let kind = parameter.attribute(c"kind", py)?.attribute(c"name", py)?;
            let kind = convert::text_of(&kind, py)?;
            let read = Parameter {
                name: convert::text_of(&*parameter.attribute(c"name", py)?, py)?,
                has_default: !parameter.attribute(c"default", py)?.is(&empty),
                is_positional_only: kind == "POSITIONAL_ONLY",
                annotation: if annotation.is(&empty) {
                    None
                } else {
                    Some(annotation_text(&annotation, py)?)
                },
            };
            match kind.as_str() {
                "VAR_POSITIONAL" => signature.has_varargs = true,
                "VAR_KEYWORD" => signature.has_varkeywords = true,
                "KEYWORD_ONLY" => signature.keyword_only.push(read),
                _ => signature.positional.push(read),
            }
            Ok(())
        })?;
    let is_async = inspect.call_method(c"iscoroutinefunction", &[function], py)?;
    signature.is_async = is_async.is_true(py);
    Ok(signature)
}

fn source(function: &Object, code: Option<&Object>, py: Attached<'_>) -> PyResult<Source> {
    let text = |name: &CStr| -> PyResult<Option<String>> {
        let value = function.attribute_opt(name, py)?;
        value.map(|value| convert::text_of(&value, py)).transpose()
    };
    // What a `functools.partial` calls, else the call of an instance: what has a place in a file.
    if code.is_none() && !function.is_class(py) {
        let called = match function.attribute_opt(c"func", py)? {
            Some(called) => Some(called),
            None => function.attribute_opt(c"__call__", py)?,
        };
        let plain = called.and_then(|called| match called.attribute_opt(c"__func__", py) {
            Ok(Some(plain)) => Some(plain),
            Ok(None) => Some(called),
            Err(raised) => {
                raised.clear(py);
                None
            }
        });
        if let Some(plain) = plain
            && let Some(code) = plain.attribute_opt(c"__code__", py)?
        {
            return source(&plain, Some(&code), py);
        }
    }
    let module = text(c"__module__")?.unwrap_or_default();
    let name = match text(c"__qualname__")? {
        Some(name) => name,
        None => function.type_name(py),
    };
    let Some(code) = code else {
        return Ok(Source {
            function: format!("{module}.{name}"),
            file: String::new(),
            line: 0,
        });
    };
    let line = convert::as_i64(&*code.attribute(c"co_firstlineno", py)?, py)?;
    Ok(Source {
        function: format!("{module}.{name}"),
        file: convert::text_of(&*code.attribute(c"co_filename", py)?, py)?,
        line: line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
    })
}
