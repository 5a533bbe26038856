"""Makes the constants of modules that are compiled from source immortal, on free-threaded CPython 3.13.

There, code that comes from a `.pyc` file has immortal constants, which threads share for nothing. Code that was just
compiled has not (`compile` suppresses it), so every use of a larger number by two threads contends for its reference
count. Reading the code back from its marshalled form gives it what code from a file has.
"""

import marshal
from importlib.machinery import SourceFileLoader

compile_source = SourceFileLoader.source_to_code


def source_to_code(self, *arguments, **options):
    return marshal.loads(marshal.dumps(compile_source(self, *arguments, **options)))


SourceFileLoader.source_to_code = source_to_code
