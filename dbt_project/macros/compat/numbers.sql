{#-
    Exact arithmetic on the engine's widest integer. A decimal with d places is carried as a whole number of units of
    10^-d, so comparing and rounding never meet binary floating point. DuckDB: HUGEINT (38 digits); Postgres and Spark: a wide NUMERIC.
-#}

{#- As binary floating point. -#}
{% macro as_double(expression) -%}
    {{ variant("as_double")(expression) }}
{%- endmacro %}

{% macro default__as_double(expression) -%}
    cast({{ expression }} as double)
{%- endmacro %}

{% macro postgres__as_double(expression) -%}
    cast({{ expression }} as double precision)
{%- endmacro %}

{#- As the widest whole number. -#}
{% macro as_whole(expression) -%}
    {{ variant("as_whole")(expression) }}
{%- endmacro %}

{% macro default__as_whole(expression) -%}
    cast({{ expression }} as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__as_whole(expression) -%}
    cast({{ expression }} as hugeint)
{%- endmacro %}

{% macro postgres__as_whole(expression) -%}
    round(cast({{ expression }} as numeric))
{%- endmacro %}

{#- The decimal `expression`, which has at most `places` decimals, as a whole number of 10^-places. -#}
{% macro to_units(expression, places) -%}
    {{ variant("to_units")(expression, places) }}
{%- endmacro %}

{% macro default__to_units(expression, places) -%}
    {{ as_whole(expression ~ " * 1" ~ "0" * places) }}
{%- endmacro %}

{#- Casting a wide decimal is a slow division here: below 10^15 units binary floating point finds the same whole number. -#}
{% macro duckdb__to_units(expression, places) -%}
    case
        when abs({{ expression }}) < 1{{ "0" * (15 - places) }}
            then cast(round(cast({{ expression }} as double) * 1{{ "0" * places }}) as hugeint)
        else
            cast(trunc({{ expression }}) as hugeint) * 1{{ "0" * places }}
            + cast(({{ expression }} - trunc({{ expression }})) * 1{{ "0" * places }} as hugeint)
    end
{%- endmacro %}

{#- Inverse of to_units: a decimal(precision, places). -#}
{% macro from_units(expression, precision, places) -%}
    {{ variant("from_units")(expression, precision, places) }}
{%- endmacro %}

{% macro default__from_units(expression, precision, places) -%}
    cast(
        cast({{ expression }} as decimal(38, 0))
        * cast('0.{{ "0" * (places - 1) }}1' as decimal({{ places }}, {{ places }})) as decimal({{ precision }}, {{ places }})
    )
{%- endmacro %}

{#- A product of decimals keeps six decimals of its 38 digits: the whole part and the rest each stay within that. And a sum has a digit
    more than its parts, for which one of 38 digits would give up its last decimal. -#}
{% macro spark__from_units(expression, precision, places) -%}
    {%- set unit = "1" ~ "0" * places -%}
    cast(
        cast({{ spark__quotient(expression, unit) }} as decimal({{ [precision, 37] | min }}, {{ places }}))
        + cast(cast(({{ expression }}) % {{ unit }} as decimal({{ places + 1 }}, 0)) / {{ unit }} as decimal({{ places + 1 }}, {{ places }}))
        as decimal({{ precision }}, {{ places }})
    )
{%- endmacro %}

{#- 10 to the power of a small non-negative whole number. -#}
{% macro power_of_ten(exponent) -%}
    {{ as_whole("power(10, " ~ exponent ~ ")") }}
{%- endmacro %}

{#- floor(dividend / divisor) of whole numbers, dividend >= 0, divisor > 0, quotient below 2^100. -#}
{% macro quotient(dividend, divisor) -%}
    {{ variant("quotient")(dividend, divisor) }}
{%- endmacro %}

{% macro postgres__quotient(dividend, divisor) -%}
    div(cast({{ dividend }} as numeric), cast({{ divisor }} as numeric))
{%- endmacro %}

{% macro spark__quotient(dividend, divisor) -%}
    cast((({{ dividend }}) - ({{ dividend }}) % ({{ divisor }})) / ({{ divisor }}) as decimal(38, 0))
{%- endmacro %}

{#- 128-bit division is slow, so the quotient is estimated in binary floating point and corrected by its exact remainder: below
    2^50 an estimate is off by one at most; above, the remainder of the first estimate is divided once more. The linter reads the
    plain division (variable plain_division): it takes a minute for the long one wherever that stands. -#}
{% macro duckdb__quotient(dividend, divisor) -%}
    {{ ("(" ~ dividend ~ ") // (" ~ divisor ~ ")") if var("plain_division", false) else duckdb__quick_quotient(dividend, divisor) }}
{%- endmacro %}

{% macro duckdb__quick_quotient(dividend, divisor) -%}
    {%- set first = "cast(floor(cast(" ~ dividend ~ " as double) / cast(" ~ divisor ~ " as double)) as hugeint)" -%}
    {%- set rest = "(" ~ dividend ~ " - " ~ divisor ~ " * " ~ first ~ ")" -%}
    {%- set second = "cast(floor(cast(" ~ rest ~ " as double) / cast(" ~ divisor ~ " as double)) as hugeint)" -%}
    case
        when cast({{ dividend }} as double) < cast({{ divisor }} as double) * 1125899906842624
            then {{ first }} + {{ off_by_one(rest, divisor) }}
        else {{ first }} + {{ second }} + {{ off_by_one(rest ~ " - " ~ divisor ~ " * " ~ second, divisor) }}
    end
{%- endmacro %}

{#- What to add to an estimated quotient that left this remainder. -#}
{% macro off_by_one(remainder, divisor) -%}
    case when {{ remainder }} < 0 then -1 when {{ remainder }} >= {{ divisor }} then 1 else 0 end
{%- endmacro %}

{#- dividend / divisor rounded half up (四舍五入, negative figures away from zero) to a whole number. -#}
{% macro rounded_quotient(dividend, divisor) -%}
    {{ as_whole("sign(" ~ dividend ~ ")") }} * {{ quotient("(2 * abs(" ~ dividend ~ ") + " ~ divisor ~ ")", "(2 * " ~ divisor ~ ")") }}
{%- endmacro %}

{#- The smallest whole number that is not below dividend / divisor, dividend >= 0. -#}
{% macro ceiling_quotient(dividend, divisor) -%}
    {{ quotient("(" ~ dividend ~ " + " ~ divisor ~ " - 1)", divisor) }}
{%- endmacro %}

{#- The square of binary floating point: a product is the same in every engine, power() is not. -#}
{% macro squared(expression) -%}
    (({{ expression }}) * ({{ expression }}))
{%- endmacro %}

{#- Binary floating point as a decimal: times 10^places in binary floating point, rounded half up (negative figures away from zero). -#}
{% macro as_decimal(expression, precision, places) -%}
    {{ variant("as_decimal")(expression, precision, places) }}
{%- endmacro %}

{% macro default__as_decimal(expression, precision, places) -%}
    cast({{ expression }} as decimal({{ precision }}, {{ places }}))
{%- endmacro %}

{#- Spark itself would go by the shortest text of the number. A product of decimals is exact up to 38 digits. -#}
{% macro spark__as_decimal(expression, precision, places) -%}
    cast(
        cast({{ spark__units_of_double(expression, places) }} as decimal({{ 37 - places }}, 0))
        * cast('0.{{ "0" * (places - 1) }}1' as decimal({{ places }}, {{ places }})) as decimal({{ precision }}, {{ places }})
    )
{%- endmacro %}

{#- Spark: binary floating point as a whole number of 10^-places, every digit of it: in two halves, of which each is a whole number below 2^53. -#}
{% macro spark__units_of_double(expression, places) -%}
    {%- set units = "round((" ~ expression ~ ") * 1e" ~ places ~ "D)" -%}
    {%- set half = "4503599627370496" -%}
    (
        cast(floor({{ units }} / {{ half }}D) as decimal(20, 0)) * cast({{ half }} as decimal(16, 0))
        + cast({{ units }} - floor({{ units }} / {{ half }}D) * {{ half }}D as decimal(16, 0))
    )
{%- endmacro %}

{#- The difference of two decimals of at most `places` decimals. -#}
{% macro decimal_difference(left, right, precision, places) -%}
    {{ variant("decimal_difference")(left, right, precision, places) }}
{%- endmacro %}

{% macro default__decimal_difference(left, right, precision, places) -%}
    cast({{ left }} - {{ right }} as decimal({{ precision }}, {{ places }}))
{%- endmacro %}

{#- The last decimal of two decimals of 38 digits would be given up for the digit that a difference may have more. -#}
{% macro spark__decimal_difference(left, right, precision, places) -%}
    cast(
        cast({{ left }} as decimal(37, {{ places }})) - cast({{ right }} as decimal(37, {{ places }}))
        as decimal({{ precision }}, {{ places }})
    )
{%- endmacro %}

{#- Sum of binary floating point terms that does not depend on the order of rows or threads. For terms below 10^13. -#}
{% macro order_free_sum(expression) -%}
    {{ variant("order_free_sum")(expression) }}
{%- endmacro %}

{% macro default__order_free_sum(expression) -%}
    {{ as_double("sum(cast(" ~ expression ~ " as decimal(38, 24)))") }}
{%- endmacro %}

{#- For terms below 10^10. The sum becomes binary floating point in the steps in which DuckDB takes it: whole part and rest, the rest in words of 64 bits. -#}
{% macro spark__order_free_sum(expression) -%}
    {%- set total = "cast(sum(" ~ spark__units_of_double(expression, 24) ~ ") as decimal(38, 0))" -%}
    {%- set one = "cast(1000000000000000000000000 as decimal(25, 0))" -%}
    {%- set rest = "(" ~ total ~ " % " ~ one ~ ")" -%}
    {%- set word = "cast(18446744073709551616 as decimal(20, 0))" -%}
    case
        when abs({{ total }}) <= 9007199254740992 then cast({{ total }} as double) / 1e24D
        else cast({{ spark__quotient(total, one) }} as double)
            + (cast({{ rest }} % {{ word }} as double) + cast({{ spark__quotient(rest, word) }} as double) * 18446744073709551616D) / 1e24D
    end
{%- endmacro %}

{#- `units` of 10^-12 rounded half up to `places` decimals (at most four), as a decimal. A figure that misses a half by less
    than 1e-12 of itself (and less than 1e-6) is taken for the half: its last digit is not more certain than that. -#}
{% macro half_up_with_snap(units, places) -%}
    {%- set snapped = "(" ~ units ~ " + 1 + least(" ~ variant("small_quotient")(units, "1000000000000") ~ ", 1000000))" -%}
    {{ from_units(
        rounded_quotient(snapped, power_of_ten("12 - " ~ places)) ~ " * " ~ power_of_ten("4 - " ~ places), 38, 4
    ) }}
{%- endmacro %}

{#- quotient() where the divisor is a constant and the dividend a column: an engine may divide it at once. -#}
{% macro default__small_quotient(dividend, divisor) -%}
    {{ quotient(dividend, divisor) }}
{%- endmacro %}

{% macro duckdb__small_quotient(dividend, divisor) -%}
    ({{ dividend }}) // {{ divisor }}
{%- endmacro %}
