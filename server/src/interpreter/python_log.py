"""Python's records go through the server's log, unless the application sends them elsewhere."""

import logging


class ServerHandler(logging.Handler):
    """Takes the records that no handler of the application has taken."""

    def __init__(self, write) -> None:
        super().__init__()
        self.write = write
        self.exceptions = logging.Formatter()

    def is_taken(self, record: logging.LogRecord) -> bool:
        logger = logging.getLogger(record.name)
        while logger:
            if any(handler is not self for handler in logger.handlers):
                return True
            logger = logger.parent if logger.propagate else None
        return False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.is_taken(record):
                return
            message, traceback = record.getMessage(), None
            if record.exc_info:
                traceback = self.exceptions.formatException(record.exc_info)
            elif record.stack_info:
                traceback = record.stack_info
            self.write(record.levelno, record.name, message, traceback)
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)


def install(write) -> None:
    """Does nothing where the application has configured the root logger, and gives way when it does so later."""
    root = logging.getLogger()
    if root.handlers:
        return
    ours = ServerHandler(write)
    root.addHandler(ours)
    basic_config = logging.basicConfig

    def basicConfig(**settings) -> None:
        if root.handlers == [ours]:
            root.removeHandler(ours)
            logging.basicConfig = basic_config
        basic_config(**settings)

    logging.basicConfig = basicConfig
