"""UltraPrompt: everything that makes rows, from seeds over search trees to the data set. Cheap to import.

Importing this package makes the data set known to `datasets`, whichever is imported first:
`load_dataset("ultraprompt", CONFIG, data_files=...)` reads journals, without `data_files` the bundled sample.
"""

import warnings
from collections.abc import Callable
from inspect import signature
from types import ModuleType
from typing import Any

from wrapt import when_imported, wrap_function_wrapper


def _register_builder(packaged_modules: ModuleType) -> None:
    """Enter the builder where `datasets` keeps its own; the builder itself says which version its code is of."""
    try:
        packaged_modules._PACKAGED_DATASETS_MODULES["ultraprompt"] = ("ultraprompt.builder", "")
    except Exception as error:
        _warn(f'load_dataset("ultraprompt") is not available: {error}')


def _begin_at_home(load: ModuleType) -> None:
    """Keep `datasets` from looking elsewhere for what is ours, where it makes ready to load a module of its own."""
    try:
        wrap_function_wrapper(load, "PackagedDatasetModuleFactory.__init__", _without_asking)
    except Exception as error:
        _warn(f'load_dataset("ultraprompt", ...) needs data_files: {error}')


def _without_asking(init: Callable[..., None], factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Begin as `init` does, but for our name go without what it does beside keeping its arguments.

    It counts the use on a server, which without a connection takes half a minute to fail; and without data files it
    would read whatever lies in the working directory, where the bundled sample is meant.
    """
    given = signature(init).bind(*args, **kwargs)
    given.apply_defaults()
    if given.arguments.get("name") != "ultraprompt":
        return init(*args, **kwargs)
    vars(factory).update(given.arguments)
    if not factory.data_files and not factory.data_dir:
        from .builder import SAMPLE

        factory.data_files = str(SAMPLE)


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)


# An error in a hook would break `import datasets` for a program that may not need us: hence the warnings.
when_imported("datasets.packaged_modules")(_register_builder)
when_imported("datasets.load")(_begin_at_home)
