"""Health check of a container: its exit code says whether the service in it is ready."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT_S = 4


def ready(port: str) -> bool:
    """True when /readyz on that port of this container answers 200."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT_S / 2) as answer:
            return int(answer.status) == 200
    except (URLError, TimeoutError, ConnectionError):
        return False


if __name__ == "__main__":
    # The gateway answers on PORT, every other service on HEALTH_PORT: one check fits all.
    sys.exit(not any(ready(os.environ[name]) for name in ("HEALTH_PORT", "PORT") if os.environ.get(name)))
