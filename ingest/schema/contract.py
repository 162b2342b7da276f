"""Contracts: what an export of one shape looks like and what each of its cells means (``contracts/*.yml``).

Loading is strict: an unknown key or field is an error of the contract, not a surprise at night.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, TypeAdapter, model_validator

from ingest.schema.areas import area_systems
from ingest.schema.data import read_yaml
from ingest.schema.source import Field, Source, Stage, load_source
from junheng.core.settings import CONTRACTS


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Common(_Strict):
    """What every kind of contract declares."""

    id: str
    source: str
    title_zh: str
    covers: Literal["school", "county", "area"]
    area_system: str
    """System of area codes, an entry of ``area_systems.yml``."""
    kind_system: str | None = None
    """Code list of the school's kind; its names and aliases are read as their codes."""
    on_bad_row: Literal["refuse", "quarantine"]
    year_field: str = "school_year"
    year_matches_folder: bool = True
    school_code_pattern: str | None = None
    may_be_empty: list[str] = []
    """Required fields that this shape need not state."""
    constants: dict[str, str] = {}
    empty_is: dict[str, int] = {}
    """Fields whose empty cell means a number by the census' own convention; everywhere else empty is unknown."""
    sentinels: dict[str, list[int]] = {}
    """Numbers that stand for "not counted" in this census: a fault of the cell."""
    value_maps: dict[str, dict[str, str]] = {}
    stage_columns: dict[Stage, str] = {}
    """Field that must be delivered when a school's kind has the stage."""

    @property
    def fields(self) -> Source:
        """The source's fields."""
        return load_source(self.source)

    def _check_names(self, extra: set[str]) -> None:
        known = set(self.fields.by_name)
        used = {
            *self.may_be_empty,
            *self.constants,
            *self.empty_is,
            *self.sentinels,
            *self.value_maps,
            *self.stage_columns.values(),
        }
        used |= {self.year_field} | extra
        if unknown := used - known:
            raise ValueError(f"{self.id}: not fields of {self.source}: {', '.join(sorted(unknown))}")
        if self.area_system not in area_systems():
            raise ValueError(f"{self.id}: {self.area_system} is not in area_systems.yml")
        if not self.id.startswith(f"{self.source}."):
            raise ValueError(f"{self.id}: id must start with its source")


DELIMITERS = (",", ";", "\t", "|", "，", "；", "｜")
"""Signs that may part the columns of a text: which of them does is found, not declared."""


class FixedDelimiter(_Strict):
    """A delimiter that a contract insists on."""

    sign: str
    because: str
    """Chinese: why no other will do; told to whoever delivers a file with another one."""


class _Text(_Common):
    """What a contract declares of delimited text."""

    encodings: list[str] = ["utf-8", "gb18030"]
    fixed_delimiter: FixedDelimiter | None = None

    def delimiters(self, text: str) -> list[str]:
        """Delimiters to try on a text: those that stand in it."""
        if self.fixed_delimiter is not None:
            return [self.fixed_delimiter.sign]
        return [sign for sign in DELIMITERS if sign in text] or [DELIMITERS[0]]


class EditedSheet(_Strict):
    """A sheet that a workbook of ours brought to people, who fill in some of its cells (:mod:`ingest.shapes.edited`)."""

    guard: str
    """Header of the column that says of each line what stood in the cells that nobody may change."""
    filled: list[str]
    """Fields of which one is filled in a line that says anything."""


class TableContract(_Text):
    """A header row and one record per row."""

    kind: Literal["table"]
    columns: dict[str, list[str]] | None = None
    """Headers by field; None: the source's names, Chinese headers and aliases."""
    optional_columns: list[str] = []
    """Fields of an explicit map whose column may be missing."""
    other_columns: Literal["keep", "ignore"] = "keep"
    """``keep``: into bronze and reported as unknown; ``ignore``: a wide census of which few columns are wanted."""

    edited: EditedSheet | None = None

    @model_validator(mode="after")
    def _names_exist(self) -> TableContract:
        self._check_names(set(self.columns or ()) | set(self.optional_columns) | set(self.edited.filled if self.edited else ()))
        if "columns" in self.model_fields_set and self.columns is None:
            raise ValueError(f"{self.id}: columns without an entry; leave the key out for the source's own headers")
        if unread := [name for name, headers in (self.columns or {}).items() if not headers]:
            raise ValueError(f"{self.id}: columns without a header: {', '.join(unread)}")
        if not self.required_columns:
            raise ValueError(f"{self.id}: one column must not be optional: it tells the file")
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a column."""
        fields = self.fields.fields
        own = [f for f in fields if f.name not in self.constants and f.same_cell_as is None]
        return [f for f in own if self.columns is None or f.name in self.columns]

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose columns identify the file: the required ones, or every column of an explicit map."""
        return [f for f in self.mapped if f.required or (self.columns is not None and f.name not in self.optional_columns)]

    def headers(self, field: Field) -> list[str]:
        """Headers under which a field may stand."""
        return [field.name, field.zh, *field.aliases] if self.columns is None else self.columns[field.name]


class FormCell(_Strict):
    """One cell of a form: by row code or label, and column number or header; A1 where the sheet shows none of these.

    ``by_kind`` gives the A1 of kinds whose form has another layout.
    """

    form: str
    row: str | None = None
    label: list[str] = []
    block: list[str] = []
    """Label of the row below which ``label`` is looked for."""
    column: int | None = None
    header: list[str] = []
    """Last texts of the stacked header, top to bottom; with a trailing ``…`` the beginning of any text of the stack."""
    not_under: list[str] = []
    """Beginnings of header texts under which the A1 column must not stand."""
    a1: str | None = None
    by_kind: dict[str, str] = {}


class FormCondition(_Strict):
    """What a form must show for an alternative to apply."""

    form: str
    text: str | None = None
    """Text in the title or header."""
    not_text: str | None = None
    has: list[list[str]] = []
    """Headers that must be there."""
    lacks: list[list[str]] = []
    """Headers that must not be there."""
    numbered: dict[int, str] = {}
    """Header of a numbered column."""
    at: dict[str, str] = {}
    """Header over the column of an A1 address."""


class FormSum(_Strict):
    """A value that is the sum of cells; with one cell unknown the sum is unknown, unless the contract says otherwise."""

    when: FormCondition | None = None
    sum: list[FormCell]


class FormField(_Strict):
    """Where a canonical field stands: the first alternative that applies."""

    field: str
    first_of: list[FormSum]


class IdentityCell(_Strict):
    """An item of the identity form: the value to the right of its label or below it, else A1."""

    field: str
    labels: list[str]
    a1: str | None = None
    first_digits: int | None = None
    only_mapped: bool = False
    """A text outside the value map is unknown: it belongs to another code list."""


class FormWorkbookContract(_Common):
    """One workbook per school, one sheet per form."""

    kind: Literal["form_workbook"]
    identity_form: str
    identity: list[IdentityCell]
    other_labels: list[str] = []
    """Labels of the identity form that no field is read from, so that none of them is taken for a value; with a trailing ``…``
    their beginning."""
    forms: list[str]
    """Every form the contract reads."""
    stage_forms: dict[Stage, list[str]]
    """Forms of a stage, which a school of that stage must hold."""
    a1_counts_frame: bool = False
    """The A1 addresses were published for sheets as the client draws them, its row of letters and column of numbers counted."""
    absent_marks: list[str]
    """Texts for "does not apply": 0 for a stage the school's kind does not have, else unknown."""
    blank_parts_are_nil: bool = False
    """A blank part of a sum counts 0 when another part of it is filled; a sum without any filled part stays unknown."""
    form_fields: list[FormField]

    @model_validator(mode="after")
    def _names_exist(self) -> FormWorkbookContract:
        self._check_names({f.field for f in self.form_fields} | {c.field for c in self.identity})
        options = [option for f in self.form_fields for option in f.first_of]
        used = {cell.form for option in options for cell in option.sum}
        used |= {option.when.form for option in options if option.when}
        if undeclared := (used | {self.identity_form}) - set(self.forms):
            raise ValueError(f"{self.id}: forms not declared: {', '.join(sorted(undeclared))}")
        return self


class WidePath(_Strict):
    """One column of a wide table: the last texts of its stacked header, top to bottom; a total (计) at the end may miss."""

    path: list[str]
    optional: bool = False
    """A part of a sum that some exports leave out."""


class WideField(_Strict):
    """Where a canonical field stands: the first alternative whose columns are all there, each a sum of columns.

    ``{stage}`` in ``field`` and in a path stands for the stage of the file and its Chinese name.
    """

    field: str
    stages: list[Stage] = []
    """Stages of a field with ``{stage}``; a field without is read in the file of every stage."""
    first_of: list[list[WidePath]]
    not_under: list[str] = []
    """Beginnings of header texts under which the column must not stand."""
    first_digits: int | None = None

    def names(self) -> list[str]:
        """Canonical fields this entry fills."""
        return [self.field.format(stage=stage) for stage in self.stages] or [self.field]


class WideTableContract(_Text):
    """One row per school under stacked header rows, one file per stage."""

    kind: Literal["wide_table"]
    stage_names: dict[Stage, list[str]] = {}
    """Words for a stage in titles, sheet names and file names; the first one stands in header paths. Without any the columns
    say themselves of which stage they are."""
    not_stage_names: list[str] = []
    """Words that hold the word for a stage and do not name one."""
    stage_headers: dict[Stage, list[str]] = {}
    """Header texts that only the file of that stage has."""
    absent_marks: list[str]
    """Texts for "does not apply": unknown."""
    blank_parts_are_nil: bool = False
    """A blank part of a sum counts 0 when another part of it is filled; a sum without any filled part stays unknown."""
    required: list[str]
    """Entries of ``wide_fields`` without whose columns a file is none of this shape."""
    wide_fields: list[WideField]

    @model_validator(mode="after")
    def _names_exist(self) -> WideTableContract:
        self._check_names({name for entry in self.wide_fields for name in entry.names()})
        for entry in self.wide_fields:
            if bool(entry.stages) != ("{stage}" in entry.field):
                raise ValueError(f"{self.id}: {entry.field}: stages and {{stage}} belong together")
            if unnamed := set(entry.stages) - set(self.stage_names):
                raise ValueError(f"{self.id}: {entry.field}: stages without a name: {', '.join(sorted(unnamed))}")
            if not all(any(not part.optional for part in option) for option in entry.first_of):
                raise ValueError(f"{self.id}: {entry.field}: a sum needs one part that is not optional")
        if not self.required or any(not part.path for e in self.wide_fields for option in e.first_of for part in option):
            raise ValueError(f"{self.id}: required needs an entry, and every part a path")
        if unknown := set(self.required) - {entry.field for entry in self.wide_fields}:
            raise ValueError(f"{self.id}: required but not declared: {', '.join(sorted(unknown))}")
        return self

    @property
    def any_stage(self) -> Stage:
        """A stage for what every stage has."""
        return next(iter(self.stage_names), "primary")


class ItemFields(_Strict):
    """Fields that a numbered cell of a form fills: its form, its line, its name, and what it holds."""

    form: str
    line: str
    name: str
    value: str
    text: str
    unit: str


class Statements(_Strict):
    """Headers of a form that asks in words, a line per item (:mod:`ingest.shapes.statements`)."""

    name: list[str]
    text: list[str]
    verdict: list[str]
    sentences: dict[str, dict[str, str]] = {}
    """By form and number of the item: the sentence that the form prints, its blanks as ``{what is asked for}``."""


class StageSequence(_Strict):
    """How a list of schools tells the stage of a line that does not state it (:mod:`ingest.schema.stages`)."""

    headers: list[str]
    """Headers of the column that counts the lines; the count begins anew with each stage."""
    order: list[str]
    """Words of the stages as the form has them one after the other."""
    names: dict[str, str]
    """Word of the stage by what stands in a school's name; the first that does decides."""


class TitledFormContract(_Common):
    """Forms under titles, several of them in one workbook, with columns or cells numbered L1, L2 ….

    With ``columns`` a form is a list of records; with ``item`` each of its numbered cells is a record.
    """

    kind: Literal["titled_form"]
    workbook: str
    """Contracts with the same word may be found in one file; each of them is a delivery of its own."""
    titles: dict[str, list[str]]
    """Patterns of the beginning of a title, normalised, by form."""
    columns: dict[str, list[str]] = {}
    """Headers by field."""
    numbers: dict[str, str] = {}
    """Field of a numbered column whose header says nothing known."""
    optional_columns: list[str] = []
    keys: list[str] = []
    """Fields by which a line shows that it is a record: one of them is filled."""
    item: ItemFields | None = None
    labels: list[str] = []
    """Fields whose word (of their value map) stands beside the cells, in a line above them, in the title or the sheet's name."""
    carried: list[str] = []
    """Labels that hold for the lines below as well."""
    notes: list[str] = []
    """Patterns of lines below the records that are none."""
    absent_marks: list[str] = []
    statements: Statements | None = None
    """Of a contract with ``item``: a form without numbered cells whose lines are named, concluded and judged."""
    sequence: StageSequence | None = None
    """Of a contract with ``columns``: what tells ``stage`` where nothing states it."""

    @model_validator(mode="after")
    def _names_exist(self) -> TitledFormContract:
        item = set(self.item.model_dump().values()) if self.item else set()
        used = {*self.columns, *self.numbers.values(), *self.optional_columns, *self.keys, *self.labels, *self.carried, *item}
        self._check_names(used)
        if bool(self.columns) == bool(self.item):
            raise ValueError(f"{self.id}: give either columns or item")
        if unlisted := set(self.labels) - set(self.value_maps):
            raise ValueError(f"{self.id}: labels without a value map: {', '.join(sorted(unlisted))}")
        words = {*self.sequence.order, *self.sequence.names.values()} if self.sequence else set()
        if words - set(self.value_maps.get("stage", {})):
            raise ValueError(f"{self.id}: sequence names stages that value_maps does not")
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a column."""
        return [f for f in self.fields.fields if f.name in self.columns]

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose columns identify the form."""
        return [f for f in self.mapped if f.name not in self.optional_columns]

    def headers(self, field: Field) -> list[str]:
        """Headers under which a field may stand."""
        return self.columns[field.name]


class VerticalFormContract(_Text):
    """One record per sheet: a line per item, its name in one column and its value in another."""

    kind: Literal["vertical_form"]
    item_headers: list[str]
    value_headers: list[str]
    completed: list[str] = []
    """Required fields whose line may be missing: the landing folder states them."""

    @model_validator(mode="after")
    def _names_exist(self) -> VerticalFormContract:
        self._check_names(set(self.completed))
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a line."""
        return [f for f in self.fields.fields if f.name not in self.constants]

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose lines identify the form."""
        return [f for f in self.mapped if f.required and f.name not in self.completed]

    def headers(self, field: Field) -> list[str]:
        """Names under which an item may stand."""
        return [field.name, field.zh, *field.aliases]


AnyContract = TableContract | FormWorkbookContract | WideTableContract | TitledFormContract | VerticalFormContract
Contract = Annotated[AnyContract, Discriminator("kind")]


@lru_cache(maxsize=1)
def load_contracts() -> tuple[AnyContract, ...]:
    """All contracts, by file name. Raises ``pydantic.ValidationError`` on a contract that is not exact."""
    adapter: TypeAdapter[AnyContract] = TypeAdapter(Contract)
    found = []
    for path in sorted(CONTRACTS.glob("*.yml")):
        contract = adapter.validate_python(read_yaml(path))
        if contract.id != path.stem:
            raise ValueError(f"{path.name}: id is {contract.id}")
        found.append(contract)
    return tuple(found)
