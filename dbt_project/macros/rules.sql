{#- Comparisons as the rules word them: one place for each, used for exact and for rounded figures. -#}

{#- `left` against `right` with the operator that the rule set names. Null when either side is unknown. -#}
{% macro holds(operator, left, right) -%}
    case {{ operator }}
        when '>=' then {{ left }} >= {{ right }}
        when '>' then {{ left }} > {{ right }}
        when '<=' then {{ left }} <= {{ right }}
        when '<' then {{ left }} < {{ right }}
    end
{%- endmacro %}

{#- Verdict on one school's figure / base, compared without dividing. Null without a standard; missing is never compliant and
    never a fault. -#}
{% macro school_verdict(operator, figure, base, standard, floor) -%}
    case
        when {{ standard }} is null then null
        when {{ figure }} is null or {{ base }} is null then 'undecided'
        when {{ holds(operator, figure, standard ~ " * " ~ base) }} then 'met'
        when {{ holds(operator, figure, floor ~ " * " ~ base) }} then 'floor_met'
        else 'unmet'
    end
{%- endmacro %}

{#- Verdict on a school from the counts of its indicators. Null without a number that it must meet. -#}
{% macro school_fold(n_judged, min_met, n_floor_met, n_unmet, n_undecided) -%}
    case
        when {{ n_judged }} = 0 or {{ min_met }} is null then null
        -- whatever the unknown ones turn out to be: one below its floor, or more below the standard than may be
        when {{ n_unmet }} > 0 or {{ n_floor_met }} > {{ n_judged }} - {{ min_met }} then 'unmet'
        -- an unknown one may still be below its floor
        when {{ n_undecided }} > 0 then 'undecided'
        else 'met'
    end
{%- endmacro %}

{#- Verdict on a coefficient, from its square: coefficients are binary floating point, so a relative difference below
    1e-12 counts as equal. Null without a limit. -#}
{% macro coefficient_verdict(squared_coefficient, difference_limit) -%}
    case
        when {{ difference_limit }} is null then null
        when {{ squared_coefficient }} is null then 'undecided'
        when {{ squared_coefficient }} <= {{ squared(as_double(difference_limit)) }} * (1 + 1e-12) then 'met'
        else 'unmet'
    end
{%- endmacro %}

{#- Whether a rule set compares figures at the decimals of the forms; without a setting it does not. -#}
{% macro compares_rounded(setting_value) -%}
    coalesce({{ setting_value }} = 'rounded', false)
{%- endmacro %}

{#- The stage's share of an amount in units of 10^-12: (amount x weight x pupils) / value_base, with `whole_share` as its whole part. Of an
    amount that is not split, or that one stage has alone, it is the amount. -#}
{% macro stage_share_units(amount_units, whole_share, is_split, weight, pupils, base, value_base) -%}
    case
        when not {{ is_split }} or {{ weight }} * {{ pupils }} = {{ base }} then {{ amount_units }} * 100000000
        else
            {{ as_whole("sign(" ~ amount_units ~ ")") }} * (
                {{ whole_share }} * 1000000000000
                + {{ rounded_quotient(
                    '((abs(' ~ amount_units ~ ') * ' ~ weight ~ ' * ' ~ pupils ~ ' - ' ~ whole_share ~ ' * ' ~ value_base ~ ') * 1000000000000)', value_base
                ) }}
            )
    end
{%- endmacro %}

{#- What a stage lacks in units of 10^-12, from a gap in the units of `figure` of fct_school_indicator. -#}
{% macro stage_shortfall_units(gap, pupils, value_base, scale) -%}
    case
        when {{ gap }} = 0 then 0
        else {{ rounded_quotient('(' ~ gap ~ ' * ' ~ pupils ~ ' * 1000000000000)', '(' ~ value_base ~ ' * ' ~ scale ~ ')') }}
    end
{%- endmacro %}

{#- By how much the amount of the whole school has to grow to bring one stage up: the stage's shortfall / the stage's share. -#}
{% macro school_need_units(gap, counts_whole_units, weight, scale) -%}
    {%- set share = '(' ~ weight ~ ' * 10000 * ' ~ scale ~ ')' -%}
    case
        when {{ counts_whole_units }} then {{ ceiling_quotient(gap, share) }} * 1000000000000
        else {{ rounded_quotient('(' ~ gap ~ ' * 1000000000000)', share) }}
    end
{%- endmacro %}

{#- What the school has to add: of a split amount the largest need of its stages, otherwise the stage's own; persons come whole. -#}
{% macro school_shortfall_units(need_units, stage_units, counts_whole_units) -%}
    case
        when {{ need_units }} is not null then {{ need_units }}
        when {{ counts_whole_units }} then {{ ceiling_quotient(stage_units, '1000000000000') }} * 1000000000000
        else {{ stage_units }}
    end
{%- endmacro %}

{#- 2025 is shown as 2025—2026学年. -#}
{% macro school_year_label(school_year) -%}
    {{ sentence(
        'school_year', first='cast(' ~ school_year ~ ' as ' ~ text_type() ~ ')', next='cast(' ~ school_year ~ ' + 1 as ' ~ text_type() ~ ')'
    ) }}
{%- endmacro %}

{#- Sum over a group; unknown as soon as one part is. -#}
{% macro sum_if_all_known(column, data_type) -%}
    cast(case when count(*) = count({{ column }}) then sum({{ column }}) end as {{ data_type }})
{%- endmacro %}

{#- Terms of the indicators with one column per item, so that a school's row meets an indicator once. -#}
{% macro factors_of_terms(terms_cte) -%}
    select
        ruleset_id,
        indicator_code,
        stage,
        {%- for item in rule_items() %}
        max(case when item = '{{ item }}' then factor end) as {{ item }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ terms_cte }}
    group by ruleset_id, indicator_code, stage
{%- endmacro %}

{#- Numerator = sum of factor x item, from such a row of terms and the items of a school. -#}
{% macro indicator_amount(factors, schools) -%}
    {%- for item in rule_items() %}
            {{ "+ " if not loop.first }}case
                when {{ factors }}.{{ item }} is null then 0
                else {{ factors }}.{{ item }} * {{ schools }}.{{ item }}
            end
    {%- endfor %}
{%- endmacro %}

{#- Weights of the split with one column per stage. -#}
{% macro weights_by_stage(weights_cte) -%}
    select
        ruleset_id,
        {%- for stage in pupil_stages() %}
        max(case when stage = '{{ stage }}' then weight end) as weight_{{ stage }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ weights_cte }}
    group by ruleset_id
{%- endmacro %}

{#- Base of the split; a stage without a weight takes no part in it, whatever its pupils. -#}
{% macro weighted_pupils(weights, schools) -%}
    {%- for stage in pupil_stages() %}
                    {{ "+ " if not loop.first }}case
                        when coalesce({{ weights }}.weight_{{ stage }}, 0) = 0 then 0
                        else {{ weights }}.weight_{{ stage }} * {{ schools }}.pupils_{{ stage }}
                    end
    {%- endfor %}
{%- endmacro %}

{#- A missing amount as people write it, rounded up because less would not be enough. `display`: the row of display_units of its unit; none where the
    seed does not know the unit. -#}
{% macro missing_amount_text(amount, unit, display) -%}
    case
        when {{ amount }} >= {{ display }}.from_amount
            then {{ number_text("cast(ceil(" ~ as_double(amount ~ " * 100") ~ " / " ~ as_double(display ~ ".factor") ~ ") / 100 as decimal(24, 2))") }} || ' ' || {{ display }}.shown_unit
        when {{ display }}.decimals = 0 then cast(cast(ceil({{ amount }}) as decimal(24, 0)) as {{ text_type() }}) || ' ' || {{ unit }}
        else {{ number_text("cast(ceil(" ~ amount ~ " * 100) / 100 as decimal(24, 2))") }} || ' ' || {{ unit }}
    end
{%- endmacro %}
