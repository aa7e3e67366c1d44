"""The workflows of all scenarios, each the twin of the one of its name in Swift."""

import importlib
import inspect
import pkgutil

ALL_WORKFLOWS: list[type] = []

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    for _, _class in inspect.getmembers(importlib.import_module(f"{__name__}.{_module}"), inspect.isclass):
        if "__temporal_workflow_definition" in vars(_class) and _class not in ALL_WORKFLOWS:
            ALL_WORKFLOWS.append(_class)
