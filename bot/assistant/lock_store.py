"""One turn at a time in each conversation: in memory for one worker, in Redis for several."""

from __future__ import annotations

from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from redis import Redis  # type: ignore[import-untyped]  # the old client Rasa needs has no types

from bot.settings import get_settings

KEY_PREFIX = "doorwijzer:lock:"
_SOCKET_TIMEOUT_SECONDS = 10


class ConversationLockStore(LockStore):  # type: ignore[misc]  # Rasa has no types
    """Hands out locks from Redis when ``DOORWIJZER_REDIS_URL`` is set, and from this process otherwise."""

    def __init__(self, endpoint_config: Any = None) -> None:
        """Choose the store by the settings; ``endpoint_config`` is what Rasa passes and is not needed."""
        url = get_settings().redis_url
        self._store: LockStore = _in_redis(url) if url else InMemoryLockStore()
        super().__init__()

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        """Return the lock of a conversation, when there is one."""
        return self._store.get_lock(conversation_id)

    def save_lock(self, lock: TicketLock) -> None:
        """Keep a lock."""
        self._store.save_lock(lock)

    def delete_lock(self, conversation_id: str) -> None:
        """Forget the lock of a conversation."""
        self._store.delete_lock(conversation_id)


def _in_redis(url: str) -> LockStore:
    store = RedisLockStore.__new__(RedisLockStore)  # its constructor takes host and port apart, never a URL
    store.red = Redis.from_url(url, socket_timeout=_SOCKET_TIMEOUT_SECONDS)
    store.key_prefix = KEY_PREFIX
    return store
