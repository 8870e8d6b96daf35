"""Start-up hook of this environment: lets Rasa 3.6 run without TensorFlow, and without telemetry.

Rasa imports TensorFlow at start for a few Keras classes that only DIET, TED and two featurizers
use. This hook puts placeholder modules in their place, made only when Rasa asks for them, so a
Python start that never touches Rasa pays for one small finder. It is activated by a ``.pth`` file
that set-up writes, so the stock ``rasa`` command has it as well. Where TensorFlow is installed
(the comparison environment of the benchmark) it does nothing.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": (
        "RasaDataGenerator",
        "RasaBatchDataGenerator",
        "IncreasingBatchSizeDataGenerator",
    ),
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer": ("ConveRTFeaturizer",),
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer": ("LanguageModelFeaturizer",),
}


class _PlaceholderLoader(importlib.abc.Loader):
    """Fills a placeholder module with classes that refuse to be used."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        for name in PLACEHOLDERS[module.__name__]:
            setattr(module, name, _placeholder(name, module.__name__))


def _placeholder(name: str, module: str) -> type:
    def refuse(self: object, *args: object, **kwargs: object) -> None:
        raise RuntimeError(
            f"{name} needs TensorFlow, which this installation leaves out; "
            "use the components of config.yml"
        )

    return type(name, (), {"__init__": refuse, "__module__": module, "__doc__": refuse.__doc__})


class _PlaceholderFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == "rasa":
            _give_numpy_its_old_name()
            _let_sanic_serve_rasa()
        if fullname == "rasa.cli.test":
            _look_for_test_stories_in_tests()
        if fullname not in PLACEHOLDERS:
            return None
        return importlib.machinery.ModuleSpec(fullname, _PlaceholderLoader())


def _give_numpy_its_old_name() -> None:
    """Rasa names a warning where NumPy 1 had it (NumPy 2 is what Python 3.13 gets)."""
    import numpy
    from numpy.exceptions import VisibleDeprecationWarning

    if not hasattr(numpy, "VisibleDeprecationWarning"):
        setattr(numpy, "VisibleDeprecationWarning", VisibleDeprecationWarning)  # noqa: B010


def _let_sanic_serve_rasa() -> None:
    """``rasa run``, ``rasa run actions`` and ``rasa shell`` hand Sanic an app they have just built.

    Current Sanic would serve it from a process of its own, in which that app does not exist (and
    which has no terminal to type into). It also lacks a function the REST channel streams with.
    """
    from sanic import Sanic, response

    serve = Sanic.run

    @functools.wraps(serve)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("workers") in {None, 1}:
            kwargs.setdefault("single_process", True)
        return serve(self, *args, **kwargs)

    Sanic.run = run  # type: ignore[method-assign]
    if not hasattr(response, "stream"):
        setattr(response, "stream", response.ResponseStream)  # noqa: B010


def _look_for_test_stories_in_tests() -> None:
    """``rasa test`` walks the whole tree for stories, those of every environment in it included."""
    import rasa.shared.constants

    rasa.shared.constants.DEFAULT_E2E_TESTS_PATH = "tests"


def install() -> None:
    """Activate the placeholders and turn Rasa's telemetry off for this process and its children.

    Idempotent. Leaves the import system alone where TensorFlow is installed.
    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    if any(isinstance(finder, _PlaceholderFinder) for finder in sys.meta_path):
        return
    if importlib.util.find_spec("tensorflow") is not None:
        return
    sys.meta_path.insert(0, _PlaceholderFinder())


install()
