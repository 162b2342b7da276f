{#- The columns of an event of the issue ledger, in their order: what it is about, what happened, what it says, where it stands. The same as
    ISSUE_EVENTS in junheng/records.py. -#}
{% macro issue_event_columns() -%}
    {{ return([
        'event_id', 'issue_id', 'county_code', 'school_code', 'stage', 'school_year', 'origin', 'requirement_code', 'part',
        'event_type', 'happened_on', 'received_on', 'actor_unit', 'actor_role',
    ] + issue_payload_columns() + ['source_submission_id', 'source_night', 'source_file', 'source_row', 'seen_event_id']) }}
{%- endmacro %}

{#- What an event may say. -#}
{% macro issue_payload_columns() -%}
    {{ return([
        'title', 'description', 'source_document', 'source_item', 'category', 'severity', 'rectification_type', 'recheck_level',
        'leader_role', 'lead_unit', 'cooperating_units', 'measure', 'target', 'money_yuan', 'deadline', 'reason', 'approvals',
        'evidence', 'merged_into', 'note',
    ]) }}
{%- endmacro %}

{% macro issue_column_type(column) -%}
    {{ return({
        'school_year': 'integer', 'happened_on': 'date', 'received_on': 'date', 'money_yuan': 'decimal(18, 2)', 'deadline': 'date',
        'source_night': 'integer', 'source_row': 'bigint',
    }.get(column, text_type())) }}
{%- endmacro %}

{#- All columns of an event in the type of each; `given`: column → expression, the others are empty. -#}
{% macro issue_event_select(given) -%}
    {%- for column in issue_event_columns() %}
        cast({{ given.get(column, 'null') }} as {{ issue_column_type(column) }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What a kind of figure says of a matter (int_issue_figure__*): a column and its type. -#}
{% macro issue_figure_types() -%}
    {{ return({
        'figure_kind': text_type(), 'origin': text_type(), 'ruleset_id': text_type(), 'county_code': text_type(), 'school_code': text_type(),
        'stage': text_type(), 'school_year': 'integer', 'figure_on': 'date', 'code': text_type(), 'part': text_type(),
        'verdict': text_type(), 'name_zh': text_type(), 'state_zh': text_type(), 'lead_code': text_type(), 'description': text_type(),
    }) }}
{%- endmacro %}

{#- What a kind of figure leaves empty. -#}
{% macro empty_figure_columns(columns) -%}
    {%- for column in columns %}
        cast(null as {{ issue_figure_types()[column] }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The number of an issue: the same matter has the same one in every night and year. Nothing else enters it. -#}
{% macro issue_id(county, school, stage, origin, code, part) -%}
    {{ county }} || '-' || substr(md5(
        {{ county }} || '|' || coalesce({{ school }}, '') || '|' || coalesce({{ stage }}, '') || '|' || {{ origin }}
        || '|' || coalesce({{ code }}, '') || '|' || coalesce({{ part }}, '')
    ), 1, 12)
{%- endmacro %}

{#- `,"name":"text"` of JSON; null where there is no text. Character 92 is the backslash, which engines read differently in a literal. -#}
{% macro json_entry(name, expression) -%}
    {%- set text = "cast(" ~ expression ~ " as " ~ text_type() ~ ")" -%}
    ',"{{ name }}":"' || case
        -- hardly any text: to look for signs is a tenth of replacing them
        when
            position(chr(92) in {{ text }}) + position('"' in {{ text }}) + position(chr(10) in {{ text }}) + position(chr(13) in {{ text }}) > 0
            then replace(replace(replace(
                replace({{ text }}, chr(92), chr(92) || chr(92)), '"', chr(92) || '"'), chr(10), chr(92) || 'n'), chr(13), chr(92) || 'r'
            )
        else {{ text }}
    end || '"'
{%- endmacro %}

{#- A title out of a longer text. -#}
{% macro beginning_of(text) -%}
    substr({{ text }}, 1, {{ var("most")["title_characters"] }})
{%- endmacro %}

{#- A list of units as people write it, with `;` alone between them. -#}
{% macro unit_list(expression) -%}
    replace(replace(replace(replace(replace(cast({{ expression }} as {{ text_type() }}), '；', ';'), '、', ';'), '，', ';'), ',', ';'), ' ', '')
{%- endmacro %}

{#- Rows of a source out of every file that was ever accepted, with the night and the day of that; a later file takes none of them back. -#}
{% macro rows_ever_accepted(model) %}
    select
        rows_given.*,
        acceptances.night as source_night,
        acceptances.as_of as received_on
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__first_acceptance') }} as acceptances using (submission_id)
    left join {{ ref('int_ledger__left_out_row') }} as left_out
        on
            {{ is_same_row('rows_given', 'left_out') }}
    where left_out.submission_id is null
{% endmacro %}

{#- A row's place in its file: file and sheet. -#}
{% macro source_file(relation) -%}
    {{ relation }}.submission_id || '|' || coalesce({{ relation }}.sheet, '')
{%- endmacro %}

{#- The number of an event that a row of a file tells. -#}
{% macro row_event_id(relation, event_type) -%}
    md5({{ source_file(relation) }} || '|' || cast({{ relation }}.row_number as {{ text_type() }}) || '|' || {{ event_type }})
{%- endmacro %}

{#- The number of a document without the ways of writing it. -#}
{% macro document_number(expression) -%}
    replace(replace(replace(replace(replace(replace({{ expression }}, ' ', ''), '　', ''), '[', '〔'), ']', '〕'), '（', '〔'), '）', '〕')
{%- endmacro %}

{#- Issues that only the supervision office sees: a hint accuses nobody, and nobody is to read of it in a list. -#}
{% macro is_restricted_origin(origin) -%}
    {{ origin }} = 'hint'
{%- endmacro %}

{#-
    Texts that name units, of relations of events, with the one name that each of the units has: the county's own list is asked before and
    after the seed, so that it may rename what the seed knows. `columns`: of the relations, what names units. Only texts that read otherwise.
-#}
{% macro named_units(relations, columns) %}
    select
        county_code,
        unit_text,
        {{ joined_text('unit_zh', ';', 'place') }} as unit_names
    from (
        select
            written.county_code,
            written.unit_text,
            coalesce(own.unit_zh, renamed.unit_zh, common.unit_zh, written.written) as unit_zh,
            min(position(';' || written.written || ';' in ';' || written.unit_text || ';')) as place
        from (
            select
                county_code,
                unit_text,
                {{ exploded_list('unit_text', ';') }} as written
            from (
                {%- for relation in relations %}
                {%- set outer = loop %}
                {%- for column in columns %}
                select
                    county_code,
                    {{ column }} as unit_text
                from {{ relation }}
                where {{ column }} is not null
                {{ "union" if not (loop.last and outer.last) }}
                {%- endfor %}
                {%- endfor %}
            ) as texts
        ) as written
        left join {{ ref('stg_run__unit_alias') }} as own
            on written.county_code = own.county_code and written.written = own.written
        left join {{ ref('issue_unit_aliases') }} as common on written.written = common.written
        left join {{ ref('stg_run__unit_alias') }} as renamed
            on written.county_code = renamed.county_code and common.unit_zh = renamed.written
        where written.written <> ''
        group by
            written.county_code,
            written.unit_text,
            coalesce(own.unit_zh, renamed.unit_zh, common.unit_zh, written.written)
    ) as named
    group by county_code, unit_text
{% endmacro %}

{#- Columns of an event that name units. -#}
{% macro unit_columns() %}{{ return(['actor_unit', 'lead_unit', 'cooperating_units']) }}{% endmacro %}

{#- The columns of an event, with its units under the names they are known by; each unit column is joined as `<column>_names`. -#}
{% macro event_columns_with_known_units(relation) %}
    {%- for column in issue_event_columns() -%}
        {%- if column in unit_columns() -%}
            coalesce({{ column }}_names.unit_names, {{ relation }}.{{ column }}) as {{ column }}
        {%- else -%}
            {{ relation }}.{{ column }}
        {%- endif -%}
        {{ ", " if not loop.last }}
    {%- endfor -%}
{% endmacro %}
