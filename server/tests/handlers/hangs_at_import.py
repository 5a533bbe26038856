"""A module whose import does not come to an end."""

import time

time.sleep(60)
