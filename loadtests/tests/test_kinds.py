"""The requests of `flat_memory.py`, and the client that looks at their answers."""

import socket
import threading
import unittest

from harness.exchange import WrongAnswer
from harness.kinds import KINDS, Client, Kind


def answering(data: bytes) -> tuple[str, int]:
    """The address of a server that answers one connection with these bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65_536)
            connection.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()


class Kinds(unittest.TestCase):
    """Bytes out, bytes in."""

    def test_requests_say_how_long_they_are(self) -> None:
        plain = Kind("plain", "POST", "/", 200, b"", body=b"abcd")
        self.assertTrue(plain.bytes().endswith(b"Content-Length: 4\r\n\r\nabcd"))
        chunked = Kind("chunked", "POST", "/", 200, b"", body=b"abcd", is_chunked=True)
        self.assertTrue(chunked.bytes().endswith(b"\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"))

    def test_names_tell_them_apart(self) -> None:
        self.assertEqual(len({kind.name for kind in KINDS}), len(KINDS))

    def test_answers_are_read_whole(self) -> None:
        for data in [
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        ]:
            client = Client(*answering(data))
            client.send(Kind("one", "GET", "/", 200, b"ok"), 1)
            client.close()

    def test_a_wrong_answer_is_told(self) -> None:
        for data in [
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
            b"HTTP/1.1 200 OK\r\n",
        ]:
            client = Client(*answering(data))
            with self.assertRaises(WrongAnswer):
                client.send(Kind("one", "GET", "/", 200, b"ok"), 1)
            client.close()


if __name__ == "__main__":
    unittest.main()
