//! One request and one response as plain data: what crosses threads in place of Python objects.
