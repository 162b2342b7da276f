"""Every model, compiled for PostgreSQL and for Spark, parses there; what one engine alone understands stands in macros/compat.

A parser is more patient than an engine: what it lets pass although Spark or PostgreSQL would not is a word that no model may use.
tests/integration/test_postgres_models.py runs the models on PostgreSQL.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot.errors import ParseError

from tests.oracle import build
from tests.unit.dbt.portable import Compiled, compile_models

DIALECTS = ("postgres", "spark")
MODELS = build.PROJECT / "models"
SOURCES = [
    *sorted(MODELS.rglob("*.sql")),
    *sorted((build.PROJECT / "tests").rglob("*.sql")),
    *sorted(path for path in (build.PROJECT / "macros").rglob("*.sql") if path.parent.name != "compat"),
]
FORBIDDEN = {
    "hugeint": r"\bu?hugeint\b",
    "varchar without a length": r"\bvarchar\b(?!\s*\()",
    "double": r"\bas (double|float8|float)\b",
    "whole-number division": r"//",
    "two-colon cast": r"::",
    "try_cast": r"\btry_cast\s*\(",
    "joined texts": r"\b(string_agg|listagg|group_concat|array_to_string|array_join)\s*\(",
    "lists": r"\b(list_\w+|array_\w+|unnest|explode|generate_series|range|struct_pack|map)\s*\(|\[[^\]]*\]",
    "regular expressions": r"\b(regexp_\w+|rlike)\b|~",
    "parts of texts": r"\b(starts_with|startswith|contains|string_split|split_part|strftime|len)\s*\(",
    "dates": r"\b(date_diff|datediff|date_trunc|epoch|make_date|current_date|current_timestamp|now|interval)\b",
    "aggregates": r"\b(any_value|arg_max|arg_min|max_by|min_by|median|quantile\w*|mode|first|last)\s*\(",
    "qualify": r"\bqualify\b",
    "select lists": r"\*\s*(exclude|replace|except)\b|\bcolumns\s*\(|\bgroup by all\b|\border by all\b",
    "joins": r"\b(asof|positional|semi|anti|lateral)\s+join\b|\bpivot\b|\bunpivot\b",
    "quoted names": r'"',
    "other comparisons": r"\bilike\b|==|\bglob\b",
}
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*")
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def sql_words(text: str) -> str:
    """The SQL of a template: without Jinja, comments and literals."""
    return _LITERAL.sub("''", _COMMENT.sub("", _JINJA.sub(" ", text)))


def found_words(text: str) -> set[str]:
    """Names of the forbidden constructs in a template."""
    words = sql_words(text).lower()
    return {name for name, pattern in FORBIDDEN.items() if re.search(pattern, words)}


@pytest.fixture(scope="module", params=DIALECTS)
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Compiled]]:
    return request.param, compile_models(request.param, tmp_path_factory)


def test_every_model_parses(compiled: tuple[str, dict[str, Compiled]]) -> None:
    dialect, models = compiled
    assert {model.name for model in models.values()} == {path.stem for path in MODELS.rglob("*.sql")}
    assert models
    for model in models.values():
        (statement,) = sqlglot.parse(model.sql, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
        assert isinstance(statement, sqlglot.exp.Select), model.name
        # to Spark a text in double quotes is no name, and varchar no type without a length
        words = _LITERAL.sub("", _COMMENT.sub("", model.sql))
        assert dialect != "spark" or not re.search(r'"|\bvarchar\b(?!\()', words), model.name


def test_the_other_engine_would_not_take_it(compiled: tuple[str, dict[str, Compiled]]) -> None:
    """The variable reaches the macros, and a parser does refuse what is not of its dialect."""
    dialect, models = compiled
    (other,) = set(DIALECTS) - {dialect}
    refused = set()
    for model in models.values():
        assert "hugeint" not in model.sql
        try:
            sqlglot.parse(model.sql, read=other, error_level=sqlglot.ErrorLevel.RAISE)
        except ParseError:
            refused.add(model.name)
    assert refused


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_word_of_one_engine_outside_of_compat(path: Path) -> None:
    assert found_words(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("select cast(a as hugeint)", "hugeint"),
        ("select cast(a as varchar)", "varchar without a length"),
        ("select cast(a as double)", "double"),
        ("select a // b", "whole-number division"),
        ("select a::date", "two-colon cast"),
        ("select try_cast(a as date)", "try_cast"),
        ("select string_agg(a, ',')", "joined texts"),
        ("select list_sort(a)", "lists"),
        ("select [1, 2]", "lists"),
        ("select a[1]", "lists"),
        ("select regexp_matches(a, 'x')", "regular expressions"),
        ("select starts_with(a, 'x')", "parts of texts"),
        ("select current_date", "dates"),
        ("select any_value(a)", "aggregates"),
        ("select a from b qualify row_number() over (order by a) = 1", "qualify"),
        ("select * exclude (a) from b", "select lists"),
        ("select a from b asof join c using (d)", "joins"),
        ('select "row" from b', "quoted names"),
        ("select a ilike 'x'", "other comparisons"),
    ],
)
def test_each_word_is_found(sql: str, name: str) -> None:
    assert found_words(sql) == {name}


def test_words_in_texts_comments_and_templates_are_none() -> None:
    assert found_words("{{ joined_text('a', '//', \"b\") }} -- a // b\n, 'x::y', {# string_agg( #} filter (where a)") == set()
