"""What every test has: no network beyond this machine, and kept files in a folder of its own."""

import ipaddress
import socket

import pytest
from django.test import override_settings


def is_on_this_machine(address: object) -> bool:
    """True for a loopback address (host, port, ...) and for a Unix socket's path."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def sockets_closed_but_loopback():
    """A test that reaches out of this machine fails, whatever library it does it through."""
    patch = pytest.MonkeyPatch()
    for method in ("connect", "connect_ex"):
        original = getattr(socket.socket, method)

        def guarded(self, address, original=original):
            if not is_on_this_machine(address):
                raise RuntimeError(f"A test tried to reach {address!r}; tests stay on this machine.")
            return original(self, address)

        patch.setattr(socket.socket, method, guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def kept_files_in_a_folder_of_their_own(tmp_path_factory):
    """Uploads and packs of tests never reach var/."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield
