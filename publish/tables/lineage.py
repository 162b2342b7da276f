"""Which columns a column of the dbt project is made of, read from the compiled SQL.

A column *feeds* another when its value stands in the other's expression, through any number of common table expressions. It
*steers* a model when it decides there which rows exist: in conditions, joins, groups, orders. Both are read, nothing is run.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from publish.tables.artifacts import Node

DIALECT = "duckdb"
_INLINED = "__dbt__cte__"
"""What dbt calls a model that stands inside the SQL of its readers."""
_DECIDING = ("where", "joins", "group", "having", "qualify", "order", "distinct")


@dataclass(frozen=True, order=True)
class ColumnName:
    """A column of a model or seed."""

    model: str
    column: str

    def __str__(self) -> str:
        return f"{self.model}.{self.column}"


@dataclass
class Trace:
    """What a query is made of: its columns by name in their order, and what decides its rows."""

    columns: dict[str, set[ColumnName]] = field(default_factory=dict)
    steered_by: set[ColumnName] = field(default_factory=set)


@dataclass(frozen=True)
class Lineage:
    """Every column of the project with those it is made of."""

    traces: dict[str, Trace]
    """By model; seeds and sources have columns made of nothing."""

    def fed_by(self, name: ColumnName) -> set[ColumnName]:
        """Columns whose value the value of ``name`` goes into, over all steps, without itself."""
        reached: set[ColumnName] = set()
        open_ends = {name}
        while open_ends:
            fed = {
                ColumnName(model, column)
                for model, trace in self.traces.items()
                for column, made_of in trace.columns.items()
                if made_of & open_ends
            }
            open_ends = fed - reached - {name}
            reached |= open_ends
        return reached

    def without(self, models: Collection[str]) -> Lineage:
        """The same without these models: what was made of their columns is made of what those are made of."""

        def behind(made_of: set[ColumnName]) -> set[ColumnName]:
            kept = {name for name in made_of if name.model not in models}
            inner = [self.traces[name.model].columns.get(name.column, set()) for name in made_of - kept]
            return kept.union(*map(behind, inner))

        left = {model: trace for model, trace in self.traces.items() if model not in models}
        return Lineage(
            {
                model: Trace({column: behind(made_of) for column, made_of in trace.columns.items()}, behind(trace.steered_by))
                for model, trace in left.items()
            }
        )

    def written(self) -> str:
        """As text; :func:`read_written` reads it again."""
        entries = {
            model: [{column: _named(made_of) for column, made_of in trace.columns.items()}, _named(trace.steered_by)]
            for model, trace in self.traces.items()
        }
        return json.dumps(entries, separators=(",", ":"))

    def steered_by(self, names: set[ColumnName]) -> set[str]:
        """Models whose rows one of these columns decides."""
        return {model for model, trace in self.traces.items() if trace.steered_by & names}


def _named(columns: set[ColumnName]) -> list[list[str]]:
    return sorted([name.model, name.column] for name in columns)


def read_written(text: str) -> Lineage:
    """The lineage that was written as this text."""

    def names(written: list[list[str]]) -> set[ColumnName]:
        return {ColumnName(model, column) for model, column in written}

    return Lineage(
        {
            model: Trace({column: names(made_of) for column, made_of in columns.items()}, names(steered_by))
            for model, (columns, steered_by) in json.loads(text).items()
        }
    )


def _relation(node: Node) -> tuple[str, ...]:
    return tuple(part.strip('"') for part in str(node["relation_name"]).split('"."'))


def _order(nodes: dict[str, Node]) -> list[str]:
    """Ids of the nodes, parents first."""
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(uid: str) -> None:
        if uid in seen or uid not in nodes:
            return
        seen.add(uid)
        for parent in nodes[uid]["depends_on"].get("nodes", []):
            visit(parent)
        ordered.append(uid)

    for uid in sorted(nodes):
        visit(uid)
    return ordered


def read_lineage(manifest: Path, project: Path) -> Lineage:
    """Lineage of a compiled project: ``manifest`` as ``dbt compile`` writes it, ``project`` the folder of the seeds."""
    data: Node = json.loads(manifest.read_text(encoding="utf-8"))
    models = {uid: node for uid, node in data["nodes"].items() if node["resource_type"] == "model"}
    uncompiled = [node["name"] for node in models.values() if not node.get("compiled_code")]
    if uncompiled:
        raise ValueError(f"{manifest} holds no compiled SQL of {', '.join(sorted(uncompiled))}: run dbt compile")
    schema = MappingSchema(dialect=DIALECT)
    names: dict[tuple[str, ...], str] = {}
    traces: dict[str, Trace] = {}

    def add(node: Node, trace: Trace) -> None:
        if node.get("relation_name"):
            names[_relation(node)] = node["name"]
            schema.add_table(
                exp.to_table(node["relation_name"], dialect=DIALECT), dict.fromkeys(trace.columns, "text"), dialect=DIALECT
            )
        traces[node["name"]] = trace

    for node in data["nodes"].values():
        if node["resource_type"] == "seed":
            header = (project / node["original_file_path"]).read_text(encoding="utf-8-sig").partition("\n")[0]
            add(node, Trace({column.strip(): set() for column in header.split(",")}))
    for node in data["sources"].values():
        add(node, Trace({column: set() for column in node.get("columns") or {}}))
    for uid in _order(models):
        node = models[uid]
        query = qualify(
            parse_one(node["compiled_code"], dialect=DIALECT),
            schema=schema,
            dialect=DIALECT,
            validate_qualify_columns=False,
            expand_alias_refs=False,
        )
        scope = build_scope(query)
        if scope is None:
            raise ValueError(f"{node['name']} is no query")
        add(node, _Reader(names).trace(scope))
    return Lineage(traces)


class _Reader:
    """Reads the scopes of one query, each once."""

    def __init__(self, names: dict[tuple[str, ...], str]) -> None:
        self._names = names
        self._known: dict[int, Trace] = {}

    def trace(self, scope: Scope) -> Trace:
        """What the columns of a scope are made of."""
        if id(scope) not in self._known:
            self._known[id(scope)] = Trace()  # what a recursive query reads of itself
            self._known[id(scope)] = self._union(scope) if scope.set_operation_scopes else self._select(scope)
        return self._known[id(scope)]

    def _union(self, scope: Scope) -> Trace:
        branches = [self.trace(branch) for branch in scope.set_operation_scopes]
        united = Trace({name: set(made_of) for name, made_of in branches[0].columns.items()})
        for branch in branches:
            united.steered_by |= branch.steered_by
            for made_of, more in zip(united.columns.values(), branch.columns.values(), strict=False):
                made_of |= more
        return united

    def _select(self, scope: Scope) -> Trace:
        query = scope.expression
        trace = self._known[id(scope)]
        if not isinstance(query, exp.Select):  # unnest, values, generate_series
            everything = self._columns(query, scope)
            trace.columns = {name: set(everything) for name in query.alias_column_names}
            trace.steered_by = everything
            return trace
        for item in query.selects:
            trace.columns[item.alias_or_name] = self._columns(item, scope)
        for part in _DECIDING:
            for clause in query.args.get(part) or [] if part == "joins" else [query.args.get(part)]:
                if isinstance(clause, exp.Expr):
                    trace.steered_by |= self._columns(clause, scope)
        inner = [source for _, source in scope.selected_sources.values() if isinstance(source, Scope)]
        for source in (*inner, *scope.subquery_scopes):
            trace.steered_by |= self.trace(source).steered_by
        return trace

    def _columns(self, expression: exp.Expr, scope: Scope) -> set[ColumnName]:
        """Columns of models that stand in an expression, its subqueries included."""
        made_of: set[ColumnName] = set()
        for column in expression.find_all(exp.Column):
            made_of |= self._resolved(column, scope)
        return made_of

    def _resolved(self, column: exp.Column, scope: Scope) -> set[ColumnName]:
        for place in (scope, *scope.subquery_scopes):
            source = place.sources.get(column.table)
            if isinstance(source, exp.Table):
                relation = tuple(part for part in (source.catalog, source.db, source.name) if part)
                return {ColumnName(self._names.get(relation, source.name), column.name)}
            if isinstance(source, Scope):
                relation_read = place.selected_sources[column.table][0] if column.table in place.selected_sources else None
                if isinstance(relation_read, exp.Table) and relation_read.name.startswith(_INLINED):
                    return {ColumnName(relation_read.name.removeprefix(_INLINED), column.name)}
                return self.trace(source).columns.get(column.name, set())
        # a column of this same select, named before
        return self._known[id(scope)].columns.get(column.name, set())
