"""A private RabbitMQ node with its own epmd."""

import shutil
import signal
import socket
from pathlib import Path

from deploy.servers.place import CannotStart, Place, free_ports, new_password
from deploy.servers.process import PATH, Started, await_answer, start

USER = "plotproof"
SCRIPTS = ("/usr/lib/rabbitmq/lib", "/usr/local/lib", "/opt")
CONFIGURATION = """\
default_user = {user}
default_pass = {password}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
"""
LIGHT = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
"""One scheduler that does not spin, so that the node leaves the processors to what is tested."""


def rabbitmq_script() -> str | None:
    """The start script that any user may run: the wrapper that distributions put before it admits root and rabbitmq only."""
    for folder in SCRIPTS:
        found = sorted(Path(folder).glob("rabbitmq_server-*/sbin/rabbitmq-server"))
        if found:
            return str(found[-1])
    return shutil.which("rabbitmq-server", path=PATH)


class RabbitMQ:
    """One node on loopback that a test may also stop, kill and start again: its queues stay in its folder."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.port, self._distribution_port, self._epmd_port = free_ports(3)
        self._password = new_password()
        self._node: Started | None = None
        self._epmd: Started | None = None

    @property
    def url(self) -> str:
        """AMQP address with user and password."""
        return f"amqp://{USER}:{self._password}@127.0.0.1:{self.port}/"

    @property
    def processes(self) -> list[tuple[Started, int]]:
        """What runs, in the order of ending, each with its signal."""
        return [(each, signal.SIGTERM) for each in (self._node, self._epmd) if each]

    def start(self) -> None:
        """Start the node and return once it speaks AMQP; raises `CannotStart`."""
        script = rabbitmq_script()
        epmd = shutil.which("epmd", path=f"{PATH}:/usr/lib/erlang/bin")
        if script is None or epmd is None:
            raise CannotStart("rabbitmq-server is not installed")
        # An epmd of our own: one that the node starts would outlive it.
        if self._epmd is None or not self._epmd.alive():
            self._epmd = start([epmd, "-port", str(self._epmd_port), "-address", "127.0.0.1"], self.place, "epmd.log", {})
        self._node = start([script], self.place, "rabbitmq.log", self._environment())
        await_answer(self._answers, self._node, self.place, "rabbitmq.log")

    def stop(self) -> None:
        """End node and epmd, leaving the queues on disk."""
        for process, signal_number in self.processes:
            process.end(signal_number)

    def kill(self) -> None:
        """End the node at once, as a crash would."""
        if self._node:
            self._node.end(signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        place = self.place
        configuration = place.file("rabbitmq.conf", CONFIGURATION.format(user=USER, password=self._password))
        return {
            "RABBITMQ_NODENAME": f"plotproof{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(place.folder("queues")),
            "RABBITMQ_LOG_BASE": str(place.folder("logs")),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(place.file("plugins", "[].\n")),
            "RABBITMQ_PID_FILE": str(place.home / "rabbitmq.pid"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LIGHT,
            # Makes the script turn into the node instead of waiting for it: one process, one id.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return len(connection.recv(1)) == 1
        except OSError:
            return False
