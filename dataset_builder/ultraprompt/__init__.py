"""UltraPrompt: everything that makes rows, from seeds over search trees to the data set. Cheap to import.

Importing this package makes the data set known to `datasets`, whichever is imported first:
`load_dataset("ultraprompt", CONFIG, data_files=...)` reads journals, without `data_files` the bundled sample.
"""

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from wrapt import when_imported, wrap_function_wrapper


def _register_builder(packaged_modules: ModuleType) -> None:
    """Enter the builder where `datasets` keeps its own; the builder itself says which version its code is of."""
    try:
        packaged_modules._PACKAGED_DATASETS_MODULES["ultraprompt"] = ("ultraprompt.builder", "")
    except Exception as error:
        _warn(f'load_dataset("ultraprompt") is not available: {error}')


def _default_to_sample(load: ModuleType) -> None:
    """Without data files, `datasets` would read whatever lies in the working directory."""
    try:
        wrap_function_wrapper(load, "PackagedDatasetModuleFactory.get_module", _with_sample)
    except Exception as error:
        _warn(f'load_dataset("ultraprompt", ...) needs data_files: {error}')


def _with_sample(get_module: Callable[..., Any], factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if factory.name == "ultraprompt" and not factory.data_files and not factory.data_dir:
        from .builder import SAMPLE

        factory.data_files = str(SAMPLE)
    return get_module(*args, **kwargs)


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)


# An error in a hook would break `import datasets` for a program that may not need us: hence the warnings.
when_imported("datasets.packaged_modules")(_register_builder)
when_imported("datasets.load")(_default_to_sample)
