"""Records of a fleet as any node may write them, sealed by the test itself: those of another version, say."""

import hashlib
import hmac
import json

from livekit_messages import base64url
from redis_server import RedisServer

PREFIX = "turnpike:"
LIFE_MS = "15000"


class Records:
    """Of the fleet that has this secret, in this Redis."""

    def __init__(self, redis: RedisServer, secret: str):
        self.redis, self.secret = redis, secret
        self.beginning = f"{PREFIX}{base64url(self._key('tag')[:6])}:"

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self.secret.encode(), f"turnpike fleet {purpose}".encode(), hashlib.sha256)

    def seal(self, kind: str, payload: str, form: str = "1") -> str:
        return f"{form}.{base64url(hmac.digest(self._key(kind), payload.encode(), hashlib.sha256)[:16])}.{payload}"

    def nodes(self) -> list[dict]:
        """What Redis has of them."""
        kept = [self.redis.ask("GET", key) for key in self.redis.keys() if key.startswith(f"{self.beginning}node:")]
        payloads = [record.split(".", 2)[2] for record in kept]
        assert kept == [self.seal("node", payload) for payload in payloads]
        return [json.loads(payload) for payload in payloads]

    def publish(self, kind: str, record: str) -> None:
        self.redis.ask("PUBLISH", self.beginning + kind, record)

    def write(self, kind: str, name: str, record: str) -> None:
        self.redis.ask("SET", f"{self.beginning}{kind}:{name}", record, "PX", LIFE_MS)

    def write_node(self, node: dict, form: str = "1") -> None:
        """As a node does: to be found, and to be heard."""
        record = self.seal("node", json.dumps(node), form)
        self.write("node", node["id"], record)
        self.publish("node", record)
