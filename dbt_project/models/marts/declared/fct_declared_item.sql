with

items as (
    select * from {{ ref('int_declared__item_row') }}
),

form_1 as (
    select * from {{ ref('rpt_form_1') }}
),

form_4 as (
    select * from {{ ref('rpt_form_4') }}
),

form_5 as (
    select * from {{ ref('rpt_form_5') }}
),

form_6 as (
    select * from {{ ref('rpt_form_6') }}
),

form_lines as (
    select * from {{ ref('form_lines') }}
),

wordings as (
    select * from {{ ref('declared_items') }}
),

verdict_words as (
    select * from {{ ref('declared_verdicts') }}
),

bridges as (
    select * from {{ ref('difference_bridges') }}
),

file_names as (
    select * from {{ ref('int_ledger__submitted_file') }}
),

rulesets as (
    select distinct
        county_code,
        school_year,
        ruleset_id
    from form_4
),

-- our figure of each item, as the form prints it; 表Ⅰ is the same in every rule set
computed as (
    {%- for form, relation in {"IV": "form_4", "V": "form_5"}.items() %}
    select
        '{{ form }}' as form,
        county_code,
        school_year,
        ruleset_id,
        requirement_code as item_code,
        part,
        name_zh,
        case when unit = '%' then 1 else 0 end as decimals,
        value_rounded as computed_value,
        cast(null as decimal(24, 2)) as delivered_value
    from {{ relation }}
    union all
    {%- endfor %}
    select
        'I' as form,
        form_1.county_code,
        form_1.school_year,
        rulesets.ruleset_id,
        form_1.item_code,
        'all' as part,
        form_1.name_zh,
        form_lines.decimals,
        {{ rounded_to('coalesce(form_1.computed_value, form_1.value)', 'form_lines.decimals') }} as computed_value,
        form_1.value_rounded as delivered_value
    from form_1
    inner join form_lines on form_1.item_code = form_lines.item_code and form_lines.form = 'I'
    inner join rulesets on form_1.county_code = rulesets.county_code and form_1.school_year = rulesets.school_year
    union all
    select
        'VI' as form,
        form_6.county_code,
        form_6.school_year,
        form_6.ruleset_id,
        form_lines.item_code,
        'all' as part,
        form_6.name_zh,
        form_lines.decimals,
        form_6.total_value as computed_value,
        cast(null as decimal(24, 2)) as delivered_value
    from form_6
    inner join form_lines on form_6.line = form_lines.line and form_lines.form = 'VI'
),

-- whether we find an item met: of its parts the worst counts
found_verdicts as (
    {%- for form, relation in {"IV": "form_4", "V": "form_5"}.items() %}
    select
        '{{ form }}' as form,
        county_code,
        school_year,
        ruleset_id,
        cast(item_number as {{ text_type() }}) as item_number,
        requirement_code as item_code,
        'all' as part,
        max(indicator_name_zh) as name_zh,
        {{ folded_verdict('verdict') }} as computed_verdict
    from {{ relation }}
    group by county_code, school_year, ruleset_id, item_number, requirement_code
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- the words of our own forms, and other wordings that were met
names as (
    select distinct
        form,
        name_zh,
        item_code,
        part
    from computed
    union
    select
        form,
        name_zh,
        item_code,
        part
    from wordings
),

-- a name is the whole label or its end; a unit may follow in brackets. The longest that fits is meant
named as (
    select
        items.submission_id,
        items.sheet,
        items.row_number,
        items.line,
        names.item_code,
        coalesce(names.part, items.stage) as part,
        row_number() over (
            partition by items.submission_id, items.sheet, items.row_number, items.line
            order by length(names.name_zh) desc, names.item_code asc, names.part asc
        ) as place
    from items
    inner join names
        on
            items.form = names.form
            and (
                items.item_name = names.name_zh
                or items.item_name like names.name_zh || '（%'
                or items.item_name like '%/' || names.name_zh
                or items.item_name like '%/' || names.name_zh || '（%'
            )
),

paired as (
    select
        items.*,
        rulesets.ruleset_id,
        coalesce(found_verdicts.item_code, named.item_code) as item_code,
        coalesce(found_verdicts.part, named.part) as part,
        coalesce(found_verdicts.name_zh, computed.name_zh) as name_zh,
        found_verdicts.item_code is not null as is_verdict,
        verdict_words.verdict as declared_verdict,
        found_verdicts.computed_verdict,
        computed.computed_value,
        computed.delivered_value,
        last_year.computed_value as last_value,
        {{ rounded_to('items.declared_value', 'computed.decimals') }} as declared_rounded
    from items
    left join rulesets using (county_code, school_year)
    left join named
        on
            {{ is_same_row('items', 'named') }}
            and coalesce(items.line, '') = coalesce(named.line, '')  -- numbers may stand side by side in a row
            and named.place = 1
    -- the word in 是否达标 of item 4 stands in the line 4/…
    left join found_verdicts
        on
            items.form = found_verdicts.form
            and items.county_code = found_verdicts.county_code
            and items.school_year = found_verdicts.school_year
            and rulesets.ruleset_id = found_verdicts.ruleset_id
            and items.line like found_verdicts.item_number || '/%'
    left join verdict_words
        on
            found_verdicts.item_code is not null
            and items.declared_text = verdict_words.word
    left join computed
        on
            items.form = computed.form
            and items.county_code = computed.county_code
            and items.school_year = computed.school_year
            and rulesets.ruleset_id = computed.ruleset_id
            and named.item_code = computed.item_code
            and named.part = computed.part
    left join computed as last_year
        on
            computed.form = last_year.form
            and computed.county_code = last_year.county_code
            and computed.school_year = last_year.school_year + 1
            and computed.ruleset_id = last_year.ruleset_id
            and computed.item_code = last_year.item_code
            and computed.part = last_year.part
),

compared as (
    select
        *,
        case when is_verdict then declared_verdict = computed_verdict else declared_rounded = computed_value end as is_same,
        case
            when item_code is null then 'not_named'
            when is_verdict and declared_verdict is null then 'no_verdict'
            when is_verdict and coalesce(computed_verdict, 'undecided') = 'undecided' then 'not_computed'
            when is_verdict then null
            when declared_value is null then 'no_figure'
            when computed_value is null then 'not_computed'
        end as reason,
        case
            when declared_rounded = last_value then 'last_year'
            when declared_rounded = delivered_value then 'county_items'
            when
                declared_value * 100 = computed_value
                or declared_value * 10000 = computed_value
                or declared_value = computed_value * 10000
                then 'unit'
        end as bridge
    from paired
),

final as (
    select
        compared.county_code,
        compared.school_year,
        compared.ruleset_id,
        compared.form,
        compared.line,
        compared.item_name,
        compared.stage,
        compared.subject,
        compared.item_code,
        compared.part,
        compared.name_zh,
        cast(compared.declared_value as decimal(28, 8)) as declared_value,
        compared.declared_text,
        compared.computed_value,
        compared.declared_verdict,
        cast(compared.computed_verdict as {{ text_type() }}) as computed_verdict,
        {{ decimal_difference('compared.declared_value', 'compared.computed_value', 38, 8) }} as difference,
        case
            when compared.reason is not null then 'undecided'
            when compared.is_same then 'same'
            when compared.bridge is not null then 'explained'
            else 'unexplained'
        end as state,
        compared.reason,
        case when compared.reason is null and not compared.is_same then compared.bridge end as bridges,
        case when compared.reason is null and not compared.is_same then bridges.label_zh end as bridges_zh,
        compared.submission_id,
        file_names.file_name,
        compared.sheet,
        compared.row_number
    from compared
    left join bridges on compared.bridge = bridges.bridge
    left join file_names using (submission_id)
)

select * from final
