"""A YAML file of the project, held to a model: a key that the model does not know is an error, and so is one that is missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from junheng.core.data import read_yaml

M = TypeVar("M", bound=BaseModel)


class BadDataFile(ValueError):
    """A file does not fit its model; the message names the file, each key and what is wrong there."""


class StrictModel(BaseModel):
    """An entry of a file: nothing but what is declared, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def complete(*keys: str) -> AfterValidator:
    """For a mapping: every one of these keys has to be there."""

    def check(given: dict[str, Any]) -> dict[str, Any]:
        if missing := [key for key in keys if key not in given]:
            raise ValueError(f"missing: {', '.join(missing)}")
        return given

    return AfterValidator(check)


def load(path: Path, model: type[M]) -> M:
    """A file as its model, read once in a process. Raises BadDataFile."""
    loaded = _load(path, model)
    assert isinstance(loaded, model)
    return loaded


@cache
def _load(path: Path, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise BadDataFile(f"{path.name}: {faults}") from error
