"""The attacks of `faults.py`: their figures, and what they make of servers that do wrong."""

import socket
import threading
import time
import unittest
from pathlib import Path

from attacks import ending, vanishing
from attacks.figure import Figure, tables
from attacks.serving import Start, Target, command, settled
from harness.exchange import WrongAnswer


class Figures(unittest.TestCase):
    """Bounds, and how they are shown."""

    def test_a_bound_may_be_reached(self) -> None:
        self.assertTrue(Figure("a", "main", "left", 0, 0).holds)
        self.assertFalse(Figure("a", "main", "left", 1, 0).holds)
        self.assertTrue(Figure("a", "main", "seconds", 1e9).holds)

    def test_tables_have_a_column_for_each_strategy(self) -> None:
        figures = [Figure("a", "main", "left", 1, 0), Figure("a", "subinterp", "left", 0, 0), Figure("b", "main", "x", 0.5)]
        self.assertEqual(
            tables(figures),
            "## a\n\n| a | main | subinterp | at most |\n| --- | --: | --: | --: |\n| left | **1** | 0 | 0 |\n\n"
            "## b\n\n| b | main | at most |\n| --- | --: | --: |\n| x | 0.50 |  |",
        )


class Starts(unittest.TestCase):
    """Command lines."""

    def test_limits_stand_before_the_server(self) -> None:
        words = command(Target(Path("/c w"), "main"), Start(["--io-threads", "1"], descriptors=64, log=Path("/l og")))
        self.assertEqual(words[:2], ["sh", "-c"])
        self.assertRegex(words[2], r"^ulimit -n 64 && exec '/c w' --strategy main .*--io-threads 1 .* faults 2> '/l og'$")


class Waits(unittest.TestCase):
    """What is waited for ends."""

    def test_settled_is_the_count_that_is_low_enough(self) -> None:
        counts = iter([3, 2, 1])
        self.assertEqual(settled(lambda: next(counts), 2), 2)


def answering(listener: socket.socket, answer: bytes, closes: bool) -> None:
    """Answers one connection after the other until nobody listens."""

    def serve() -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            with connection:
                while connection.recv(4096):
                    connection.sendall(answer)
                    if closes:
                        break

    threading.Thread(target=serve, daemon=True).start()


class Ending(unittest.TestCase):
    """What the clients of an ending server count."""

    def told(self, answer: bytes) -> ending.Told:
        listener = socket.create_server(("127.0.0.1", 0))
        answering(listener, answer, closes=True)
        told = ending.Told()
        client = threading.Thread(target=ending.load, args=(listener.getsockname(), "/", True, told))
        client.start()
        time.sleep(0.05)
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        client.join(10)
        self.assertFalse(client.is_alive(), "it ends when nobody listens")
        return told

    def test_answers_are_counted(self) -> None:
        told = self.told(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ncounted")
        self.assertGreater(told.answered, 0)
        self.assertEqual(told.cut_off, 0)

    def test_answers_that_do_not_end_are_cut_off(self) -> None:
        told = self.told(b"HTTP/1.1 200 OK\r\n\r\ncoun")
        self.assertGreater(told.cut_off, 0)
        self.assertEqual(told.answered, 0)

    def test_requests_without_an_answer_are_told_by_their_time(self) -> None:
        told = self.told(b"")
        self.assertGreater(len(told.unanswered_at), 0)
        self.assertEqual((told.answered, told.cut_off), (0, 0))


class Vanishing(unittest.TestCase):
    """Clients that leave."""

    def test_a_half_closed_client_that_is_kept_is_told(self) -> None:
        near, far = socket.socketpair()
        near.settimeout(0.05)
        with self.assertRaises(WrongAnswer):
            vanishing.until_closed(near, vanishing.STAGES[0])
        far.close()
        vanishing.until_closed(near, vanishing.STAGES[0])

    def test_ways_differ(self) -> None:
        for way, error in (("FIN", None), ("RST", ConnectionResetError)):
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            accepted = listener.accept()[0]
            vanishing.leave(client, way)
            if error is None:
                self.assertEqual(accepted.recv(1), b"")
            else:
                self.assertRaises(error, accepted.recv, 1)
            accepted.close()
            listener.close()


if __name__ == "__main__":
    unittest.main()
