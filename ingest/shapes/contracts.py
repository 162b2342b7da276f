"""All contracts, each read by the model of its kind. Imports no shape whose model stands in the schema."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar, get_args

from ingest.schema.contract import Contract
from ingest.schema.form_workbook import FormWorkbookContract
from ingest.schema.table import TableContract
from ingest.schema.titled_form import TitledFormContract
from ingest.schema.vertical_form import VerticalFormContract
from ingest.schema.wide_table import WideTableContract
from junheng.core.data import read_yaml
from junheng.core.settings import CONTRACTS

KINDS = "ingest.shapes.kinds"
_MODELS: tuple[type[Contract], ...] = (
    FormWorkbookContract,
    TableContract,
    TitledFormContract,
    VerticalFormContract,
    WideTableContract,
)
_C = TypeVar("_C", bound=Contract)


def _model(kind: object) -> type[Contract]:
    """The model of a kind: of the schema, else what the module of its shape brings along; the base where there is neither."""
    known = {get_args(model.model_fields["kind"].annotation)[0]: model for model in _MODELS}
    if kind in known:
        return known[str(kind)]
    module = f"{KINDS}.{kind}"
    model: type[Contract] = import_module(module).SHAPE.contract if str(kind).isidentifier() and find_spec(module) else Contract
    return model


def contract_of(entries: dict[str, Any]) -> Contract:
    """A contract from its keys. Raises ``pydantic.ValidationError`` where they are not exact."""
    return _model(entries.get("kind")).model_validate(entries)


@lru_cache(maxsize=1)
def load_contracts() -> tuple[Contract, ...]:
    """All contracts, by file name. Raises ``pydantic.ValidationError`` on a contract that is not exact."""
    contracts = []
    for path in sorted(CONTRACTS.glob("*.yml")):
        contract = contract_of(read_yaml(path))
        if contract.id != path.stem:
            raise ValueError(f"{path.name}: id is {contract.id}")
        contracts.append(contract)
    return tuple(contracts)


def contracts_of(model: type[_C]) -> list[_C]:
    """The contracts of one kind."""
    return [contract for contract in load_contracts() if isinstance(contract, model)]
