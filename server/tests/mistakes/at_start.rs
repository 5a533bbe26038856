//! Modules that can't be served: what stops the start.

/// A module that stops the start: its source, whose handler is called `f`, and what the message says of it. `FILE` stands
/// for the module's path, which the traceback or the message has with a line.
pub(crate) type AtStart = (&'static str, &'static [&'static str]);

/// Paths and methods.
pub(crate) const ROUTES: [AtStart; 22] = [
    (
        "@get('users')\ndef f(): ...",
        &[
            "ValueError: handler NAME.f (FILE:2)",
            "'users' must start with '/'",
        ],
    ),
    (
        "@get('')\ndef f(): ...",
        &["handler NAME.f (FILE:2)", "'' must start with '/'"],
    ),
    (
        "@get('/a?b=1')\ndef f(): ...",
        &[
            "NAME.f (FILE:2)",
            "'/a?b=1' can't hold '?' or '#'",
            "request.query",
        ],
    ),
    (
        "@get('/a/{id')\ndef f(): ...",
        &["NAME.f (FILE:2)", "'/a/{id'", "a whole segment: '{name}'"],
    ),
    (
        "@get('/a-{id}')\ndef f(): ...",
        &["NAME.f (FILE:2)", "'/a-{id}'", "a whole segment: '{name}'"],
    ),
    (
        "@get('/a/<int:id>')\ndef f(): ...",
        &[
            "NAME.f (FILE:2)",
            "a parameter is written '{name}'",
            "name: int",
        ],
    ),
    (
        "@get('/a/{id:int}')\ndef f(): ...",
        &[
            "NAME.f (FILE:2)",
            "'id:int' is no name",
            "'{name}'",
            "name: int",
        ],
    ),
    (
        "@get('/a/{}')\ndef f(): ...",
        &["NAME.f (FILE:2)", "'' is no name", "'{name}'"],
    ),
    (
        "@get('/{id}/{id}')\ndef f(): ...",
        &["NAME.f (FILE:2)", "the parameter 'id' stands twice"],
    ),
    (
        "@get('/{*rest}/a')\ndef f(): ...",
        &[
            "NAME.f (FILE:2)",
            "the tail '{*rest}' must be the last segment",
        ],
    ),
    (
        "@get\ndef f(): ...",
        &["TypeError: handler NAME.f (FILE:2)", "write @get(\"/\")"],
    ),
    (
        "@route\ndef f(): ...",
        &["handler NAME.f (FILE:2)", "write @route(\"/\")"],
    ),
    (
        "@get()\ndef f(): ...",
        &[
            "\"FILE\", line 2",
            "TypeError: @get takes the path",
            "write @get(\"/\")",
        ],
    ),
    (
        "@get(1)\ndef f(): ...",
        &[
            "\"FILE\", line 2",
            "write @get(\"/\")",
            "must be str, not int",
        ],
    ),
    (
        "@get('/', methods=['POST'])\ndef f(): ...",
        &[
            "\"FILE\", line 2",
            "get() got an unexpected keyword argument 'methods'",
        ],
    ),
    (
        "@route('/', methods='POST')\ndef f(): ...",
        &[
            "\"FILE\", line 2",
            "a list or tuple of str",
            "[\"GET\", \"POST\"]",
            "not str",
        ],
    ),
    (
        "@route('/', methods=None)\ndef f(): ...",
        &["\"FILE\", line 2", "a list or tuple of str", "not NoneType"],
    ),
    (
        "@route('/', methods=[1])\ndef f(): ...",
        &[
            "\"FILE\", line 2",
            "a list or tuple of str",
            "one of them is int",
        ],
    ),
    (
        "@route('/', methods=[])\ndef f(): ...",
        &["NAME.f (FILE:2)", "methods must name at least one method"],
    ),
    (
        "@route('/', methods=['G T'])\ndef f(): ...",
        &[
            "NAME.f (FILE:2)",
            "\"G T\" is not allowed as a method",
            "such as GET",
        ],
    ),
    (
        "@get('/a/{x}')\ndef f(): ...\n@get('/a/{y}')\ndef g(): ...",
        &[
            "clash",
            "GET /a/{x} is NAME.f (FILE:2)",
            "GET /a/{y} is NAME.g (FILE:4)",
        ],
    ),
    (
        "from coachwhip import Get",
        &["\"FILE\", line 2", "cannot import name 'Get'"],
    ),
];

/// What is decorated, and its parameters.
pub(crate) const FUNCTIONS: [AtStart; 27] = [
    (
        "@get('/a/{id}')\ndef f(id): ...",
        &[
            "NAME.f (FILE:2)",
            "the request comes first",
            "write def f(request, id)",
        ],
    ),
    (
        "@get('/a/{id}')\ndef f(number: int): ...",
        &[
            "NAME.f (FILE:2)",
            "'number' is annotated int",
            "it takes the request",
            "'/a/{id}' names: 'id'",
        ],
    ),
    (
        "@get('/a/{id}')\ndef f(request, name): ...",
        &[
            "NAME.f (FILE:2)",
            "'name' is not in the path",
            "'/a/{id}' names: 'id'",
        ],
    ),
    (
        "@get('/')\ndef f(request, response): ...",
        &[
            "NAME.f (FILE:2)",
            "'response' is not in the path",
            "the request alone, or nothing",
        ],
    ),
    (
        "@get('/')\ndef f(request, *, limit): ...",
        &["NAME.f (FILE:2)", "'limit' is not in the path"],
    ),
    (
        "@get('/a/{id}')\ndef f(request, id, /): ...",
        &[
            "NAME.f (FILE:2)",
            "'id' is positional-only",
            "passed by name",
        ],
    ),
    (
        "class UUID: ...\n@get('/a/{id}')\ndef f(request, id: UUID): ...",
        &[
            "NAME.f (FILE:3)",
            "annotated NAME.UUID; int, float, str, uuid.UUID and datetime.date convert; for another class, call coachwhip.converter(cls, function) before",
        ],
    ),
    (
        "@get('/a/{id}')\ndef f(request, id: bool): ...",
        &[
            "NAME.f (FILE:2)",
            "annotated bool; int, float, str, uuid.UUID and datetime.date convert; for another class, call coachwhip.converter(cls, function) before",
        ],
    ),
    (
        "@get('/a/{id}')\ndef f(request, id: list[int]): ...",
        &[
            "NAME.f (FILE:2)",
            "annotated list[int]; int, float, str, uuid.UUID and datetime.date convert; for another class, call coachwhip.converter(cls, function) before",
        ],
    ),
    (
        "@get('/a/{id}')\ndef f(request, id: 'int | None'): ...",
        &[
            "NAME.f (FILE:2)",
            "annotated int | None; int, float, str, uuid.UUID and datetime.date convert; for another class, call coachwhip.converter(cls, function) before",
        ],
    ),
    (
        "class A: ...\nconverter(A, A)\n@converter(A)\ndef f(text): ...",
        &[
            "\"FILE\", line 4",
            "ValueError: converter(NAME.A)",
            "has a converter already",
        ],
    ),
    (
        "converter(int, int)",
        &[
            "\"FILE\", line 2",
            "ValueError: converter(int)",
            "converts by itself",
        ],
    ),
    (
        "from uuid import UUID\n@converter(UUID)\ndef f(text): ...",
        &[
            "\"FILE\", line 3",
            "ValueError: converter(uuid.UUID)",
            "converts by itself",
        ],
    ),
    (
        "class A: ...\nconverter(A, 'text')",
        &[
            "\"FILE\", line 3",
            "TypeError: converter(NAME.A)",
            "not str",
        ],
    ),
    (
        "@converter\ndef f(text): ...",
        &[
            "\"FILE\", line 2",
            "TypeError",
            "takes the class first",
            "not function",
        ],
    ),
    (
        "class A: ...\n@converter(A)\nasync def f(text): ...",
        &[
            "TypeError: converter(NAME.A)",
            "NAME.f (FILE:3) is async",
            "write def",
        ],
    ),
    (
        "class A: ...\n@get('/a/{id}')\ndef f(request, id: A): ...\nconverter(A, A)",
        &[
            "NAME.f (FILE:3)",
            "annotated NAME.A;",
            "coachwhip.converter(cls, function) before",
        ],
    ),
    (
        "class A:\n    @get('/')\n    def f(self): ...",
        &["NAME.A.f (FILE:3)", "it is a method", "get('/')(A().f)"],
    ),
    (
        "class A:\n    @classmethod\n    @get('/')\n    def f(cls, request): ...",
        &["NAME.A.f (FILE:3)", "it is a method"],
    ),
    (
        "class A:\n    @get('/')\n    @classmethod\n    def f(cls, request): ...",
        &[
            "NAME.A.f (FILE:3)",
            "must be a function, not classmethod",
            "get('/')(instance.method)",
        ],
    ),
    (
        "class A:\n    @get('/')\n    @property\n    def f(self): ...",
        &["NAME.A.f (FILE:3)", "must be a function, not property"],
    ),
    (
        "@get('/')\nclass A: ...",
        &[
            "\"FILE\", line 2",
            "must be a function, not the class NAME.A",
        ],
    ),
    (
        "get('/')('text')",
        &["\"FILE\", line 2", "must be a function, not str"],
    ),
    (
        "get('/')(None)",
        &["\"FILE\", line 2", "must be a function, not NoneType"],
    ),
    (
        "class A:\n    def __call__(self, request, name): ...\nget('/')(A())",
        &["NAME.A.__call__ (FILE:3)", "'name' is not in the path"],
    ),
    (
        "from functools import partial\ndef f(request, a, b): ...\nget('/{b}')(partial(f))",
        &[
            "NAME.f (FILE:3)",
            "'a' is not in the path",
            "'/{b}' names: 'b'",
        ],
    ),
    (
        "from coachwhip import Request\nRequest()",
        &[
            "\"FILE\", line 3",
            "cannot create 'coachwhip.Request' instances",
        ],
    ),
];

/// Hooks.
pub(crate) const HOOKS: [AtStart; 6] = [
    (
        "@on_startup()\ndef f(): ...",
        &["\"FILE\", line 2", "write @on_startup without parentheses"],
    ),
    (
        "on_shutdown(None)",
        &[
            "\"FILE\", line 2",
            "@on_shutdown takes a function, not NoneType",
        ],
    ),
    (
        "@on_startup\ndef f(app): ...",
        &[
            "@on_startup NAME.f (FILE:2)",
            "without arguments, but takes 'app'",
        ],
    ),
    (
        "@on_shutdown\ndef f(*, app): ...",
        &[
            "@on_shutdown NAME.f (FILE:2)",
            "without arguments, but takes 'app'",
        ],
    ),
    (
        "@on_startup\ndef f(): yield",
        &[
            "@on_startup NAME.f (FILE:2)",
            "it holds a yield",
            "a function of its own",
        ],
    ),
    (
        "@on_startup\nasync def f(): yield",
        &["@on_startup NAME.f (FILE:2)", "it holds a yield"],
    ),
];
