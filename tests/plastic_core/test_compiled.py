"""Compilation works where nothing can be kept on disk."""

from typing import Any

from plastic_core.compiled import compiled


def test_a_kernel_without_a_place_for_its_cache_is_compiled_all_the_same() -> None:
    namespace: dict[str, Any] = {}
    exec("def twice(value):\n    return 2 * value\n", namespace)  # noqa: S102 -- code that has no file is what is tested
    assert compiled(namespace["twice"])(21) == 42
