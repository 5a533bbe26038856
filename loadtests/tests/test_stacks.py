"""What folded stacks say about who used the time."""

import unittest

from harness.stacks import shares_of

FOLDED = """\
io-0;std::thread::start;hyper::proto::h1::dispatch 30
io-0;std::thread::start;write;entry_SYSCALL_64_[k];tcp_sendmsg_[k] 50
worker-0;native_types::application::call;_PyEval_EvalFrameDefault;native_types::request::path 15
worker-0;_PyObject_Vectorcall;read;vfs_read_[k] 5
"""


class Shares(unittest.TestCase):
    """Kernel, Python, native code."""

    def test_each_stack_belongs_to_one_kind(self) -> None:
        expected = {"kernel": 0.55, "native code": 0.3, "Python": 0.15}
        self.assertEqual(shares_of(FOLDED), expected)
        self.assertEqual(list(shares_of(FOLDED)), list(expected), "the largest first")

    def test_no_samples_have_no_shares(self) -> None:
        self.assertEqual(shares_of(""), {})


if __name__ == "__main__":
    unittest.main()
