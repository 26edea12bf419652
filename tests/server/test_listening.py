"""The socket the server listens at."""

import socket

import pytest

from video_gen.exceptions import ConfigurationError
from video_gen.server.serve import listening_at


def test_an_answer_in_two_pieces_does_not_wait_for_the_clients_acknowledgement():
    with listening_at("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_taken_address_is_told_with_a_way_out():
    with listening_at("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with (
            pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}.*choose another --port"),
            listening_at("127.0.0.1", port),
        ):
            pass
