"""For `bench/scaling.py`: in whatever Python starts with this folder on its path, segmenting an image sleeps first.

So an image costs the same whatever cores there are, and what is measured is how the service hands out work.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from types import ModuleType

COST_S = float(os.environ.get("BENCH_COST_S", "0"))


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if name != "spheroseg.pipeline":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            segment = module.segment

            def slow(*arguments: object, **options: object) -> object:
                time.sleep(COST_S)
                return segment(*arguments, **options)

            module.segment = slow  # type: ignore[attr-defined]  # the one function that is made to cost something

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder())
