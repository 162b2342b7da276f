{#- The bands of seeds/codes/class_size_bands.csv, which a model counts in columns of their own; tests/class_size_bands_are_whole.sql
    fails when the two differ. -#}
{% macro class_size_bands() %}
    {{ return(["le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66"]) }}
{% endmacro %}
