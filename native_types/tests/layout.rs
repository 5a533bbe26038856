//! Structures and constants of the C API are in Rust what the C compiler makes of the embedded Python's headers.
//!
//! pyo3-ffi writes them down by hand, and its check of Python's version is switched off for free-threaded 3.13, which it no
//! longer supports (`.cargo/config.toml`). Each row is an expression in C with the value that Rust has for it.

use std::env;
use std::fs;
use std::mem::offset_of;
use std::path::Path;
use std::process::{Command, Output};

use pyo3_ffi as ffi;

/// An expression in C, and its value in Rust.
type Row = (String, String);

/// Size, alignment and offsets of structures that have the same names on both sides.
macro_rules! layouts {
    ($($structure:ident { $($field:ident),* $(,)? })*) => {
        vec![$(
            (
                concat!("sizeof(", stringify!($structure), ")").to_owned(),
                size_of::<ffi::$structure>().to_string(),
            ),
            (
                concat!("_Alignof(", stringify!($structure), ")").to_owned(),
                align_of::<ffi::$structure>().to_string(),
            ),
            $((
                concat!("offsetof(", stringify!($structure), ", ", stringify!($field), ")").to_owned(),
                offset_of!(ffi::$structure, $field).to_string(),
            ),)*
        )*]
    };
}

/// Constants that have the same names on both sides.
macro_rules! constants {
    ($($constant:ident),* $(,)?) => {
        vec![$((stringify!($constant).to_owned(), ffi::$constant.to_string())),*]
    };
}

#[test]
fn objects_are_laid_out_as_in_c() {
    let mut rows: Vec<Row> = layouts! {
        PyObject { ob_type }
        PyVarObject { ob_base, ob_size }
        PyBytesObject { ob_sval }
        PyFloatObject { ob_fval }
        PyListObject { ob_item }
        PyTupleObject { ob_item }
        PyASCIIObject { length, hash, state }
        PyCompactUnicodeObject { utf8_length, utf8 }
        PyUnicodeObject { data }
        Py_buffer { buf, obj, len, itemsize, readonly, ndim, format, shape, strides, suboffsets, internal }
    };
    #[cfg(not(Py_GIL_DISABLED))]
    rows.extend(layouts! { PyObject { ob_refcnt } });
    #[cfg(Py_GIL_DISABLED)]
    rows.extend(layouts! {
        PyObject { ob_tid, ob_mutex, ob_gc_bits, ob_ref_local, ob_ref_shared }
        PyCriticalSection {}
    });
    #[cfg(Py_3_13)]
    rows.extend(layouts! { PyMutex {} });
    compare("objects", &rows);
}

#[test]
fn types_are_laid_out_as_in_c() {
    let rows: Vec<Row> = layouts! {
        PyType_Slot { slot, pfunc }
        PyType_Spec { name, basicsize, itemsize, flags, slots }
        PyTypeObject {
            ob_base, tp_name, tp_basicsize, tp_itemsize, tp_dealloc, tp_vectorcall_offset, tp_getattr, tp_setattr,
            tp_as_async, tp_repr, tp_as_number, tp_as_sequence, tp_as_mapping, tp_hash, tp_call, tp_str, tp_getattro,
            tp_setattro, tp_as_buffer, tp_flags, tp_doc, tp_traverse, tp_clear, tp_richcompare, tp_weaklistoffset,
            tp_iter, tp_iternext, tp_methods, tp_members, tp_getset, tp_base, tp_dict, tp_descr_get, tp_descr_set,
            tp_dictoffset, tp_init, tp_alloc, tp_new, tp_free, tp_is_gc, tp_bases, tp_mro, tp_cache, tp_subclasses,
            tp_weaklist, tp_del, tp_version_tag, tp_finalize, tp_vectorcall,
        }
    };
    compare("types", &rows);
}

#[test]
fn definitions_are_laid_out_as_in_c() {
    let rows: Vec<Row> = layouts! {
        PyMethodDef { ml_name, ml_meth, ml_flags, ml_doc }
        PyGetSetDef { name, get, set, doc, closure }
        PyModuleDef_Base { ob_base, m_init, m_index, m_copy }
        PyModuleDef_Slot { slot, value }
        PyModuleDef { m_base, m_name, m_doc, m_size, m_methods, m_slots, m_traverse, m_clear, m_free }
    };
    compare("definitions", &rows);
}

#[test]
fn configurations_are_laid_out_as_in_c() {
    let mut rows: Vec<Row> = layouts! {
        PyStatus { _type, func, err_msg, exitcode }
        PyWideStringList { length, items }
        PyPreConfig {
            _config_init, parse_argv, isolated, use_environment, configure_locale, coerce_c_locale,
            coerce_c_locale_warn, utf8_mode, dev_mode, allocator,
        }
        PyConfig {
            _config_init, install_signal_handlers, parse_argv, argv, warnoptions, safe_path, program_name,
            module_search_paths_set, executable, base_executable, prefix, run_filename, _init_main, _is_python_build,
        }
    };
    rows.extend(interpreter_configuration());
    compare("configurations", &rows);
}

/// What is only there with interpreters that have a GIL of their own, and with none at all.
fn interpreter_configuration() -> Vec<Row> {
    #[cfg(not(Py_3_12))]
    let rows = Vec::new();
    #[cfg(Py_3_12)]
    let rows = layouts! {
        PyInterpreterConfig {
            use_main_obmalloc, allow_fork, allow_exec, allow_threads, allow_daemon_threads,
            check_multi_interp_extensions, gil,
        }
    };
    #[cfg(Py_GIL_DISABLED)]
    let rows = [rows, layouts! { PyConfig { enable_gil } }].concat();
    rows
}

#[test]
fn constants_have_the_values_of_c() {
    let mut rows: Vec<Row> = constants! {
        METH_NOARGS, METH_FASTCALL, METH_KEYWORDS, METH_CLASS, PyBUF_SIMPLE, PY_VECTORCALL_ARGUMENTS_OFFSET,
        Py_TPFLAGS_DEFAULT, Py_TPFLAGS_IMMUTABLETYPE, Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_MAPPING,
        Py_TPFLAGS_UNICODE_SUBCLASS, Py_TPFLAGS_BYTES_SUBCLASS, Py_TPFLAGS_LONG_SUBCLASS,
        Py_TPFLAGS_LIST_SUBCLASS, Py_TPFLAGS_TUPLE_SUBCLASS, Py_TPFLAGS_DICT_SUBCLASS
    };
    rows.extend(slots());
    compare("constants", &rows);
}

/// The numbers of the slots that types and the module are made with.
fn slots() -> Vec<Row> {
    let rows = constants! {
        Py_tp_new, Py_tp_doc, Py_tp_getset, Py_tp_methods, Py_tp_dealloc, Py_tp_call, Py_tp_repr, Py_tp_iter,
        Py_mp_length, Py_mp_subscript, Py_mp_ass_subscript, Py_sq_contains, Py_bf_getbuffer, Py_mod_exec
    };
    #[cfg(Py_3_12)]
    let rows = [
        rows,
        constants![Py_mod_multiple_interpreters, PyInterpreterConfig_OWN_GIL],
    ]
    .concat();
    #[cfg(Py_3_13)]
    let rows = [rows, constants![Py_mod_gil]].concat();
    rows
}

/// Fails with each row that has another value in C.
fn compare(name: &str, rows: &[Row]) {
    let values = values_in_c(name, rows);
    assert_eq!(values.len(), rows.len(), "the C program tells each value");
    let differing: Vec<_> = rows
        .iter()
        .zip(&values)
        .filter(|((_, in_rust), in_c)| in_rust != *in_c)
        .map(|((expression, in_rust), in_c)| {
            format!("{expression} is {in_c} in C, {in_rust} in Rust")
        })
        .collect();
    assert!(differing.is_empty(), "\n{}\n", differing.join("\n"));
}

/// Compiles and runs a C program that prints the value of each row.
fn values_in_c(name: &str, rows: &[Row]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout");
    fs::create_dir_all(&folder).expect("cargo's folder for tests can be written");
    let (source, program) = (folder.join(format!("{name}.c")), folder.join(name));
    let prints = rows.iter().map(|(expression, _)| {
        format!("    printf(\"%llu\\n\", (unsigned long long)({expression}));\n")
    });
    let text = [
        "#include <Python.h>\n#include <stddef.h>\n#include <stdio.h>\n\nint main(void) {\n",
        &prints.collect::<Vec<_>>().concat(),
        "    return 0;\n}\n",
    ]
    .concat();
    fs::write(&source, text).expect("cargo's folder for tests can be written");

    let compiler = env::var("CC").unwrap_or_else(|_| String::from("cc"));
    let mut compile = Command::new(compiler);
    compile.args(includes().lines().map(|folder| format!("-I{folder}")));
    compile.arg(&source).arg("-o").arg(&program);
    told(
        compile,
        "this test needs a C compiler: `cc`, or what CC names",
    );
    let told = told(Command::new(&program), "the compiled program must run");
    told.lines().map(str::to_owned).collect()
}

/// Where the headers of the embedded Python are, a folder a line.
fn includes() -> String {
    let mut python = Command::new(env!("COACHWHIP_BUILD_PYTHON"));
    python.args([
        "-c",
        "import sysconfig\nfor name in 'include', 'platinclude': print(sysconfig.get_path(name))",
    ]);
    told(
        python,
        "the Python that this was built against must be there",
    )
}

/// What a command prints; fails with what it says on standard error.
fn told(mut command: Command, need: &str) -> String {
    let ended = command.output();
    let Output {
        status,
        stdout,
        stderr,
    } = ended.unwrap_or_else(|error| panic!("{need}: {command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{need}: {command:?}: {status}\n{stderr}");
    String::from_utf8(stdout).expect("numbers and paths are UTF-8")
}
