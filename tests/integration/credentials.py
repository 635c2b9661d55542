"""Time-limited credentials as a web application or a LiveKit server would make them, written from their descriptions alone."""

import base64
import hashlib
import hmac
import string
import time

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits


def in_seconds(seconds: int) -> int:
    return int(time.time()) + seconds


def rest(secret: str, user_id: str | None, expiry: int) -> dict[str, str]:
    """The arguments `user` and `password` of a Client with TURN REST credentials."""
    name = str(expiry) if user_id is None else f"{expiry}:{user_id}"
    digest = hmac.new(secret.encode(), name.encode(), "sha1").digest()
    return {"user": name, "password": base64.b64encode(digest).decode()}


def base62(data: bytes) -> str:
    """Five or six bits a character from the low end, the packing that LiveKit uses."""
    value, left, text = int.from_bytes(data, "big"), 8 * len(data), ""
    while left > 0:
        bits, take = value & 0x3F, 6
        if bits & 0x1E == 0x1E:
            if left > 6 or bits > 31:
                take = 5
            bits &= 31
        text += ALPHABET[bits]
        value >>= take
        left -= take
    return text


def livekit(api_key: str, secret: str, participant: str, expiry: int) -> dict[str, str]:
    digest = hashlib.sha256(f"{secret}|{participant}|{expiry}".encode()).digest()
    return {"user": base62(f"{api_key}|{participant}|{expiry}".encode()), "password": base62(digest)}
