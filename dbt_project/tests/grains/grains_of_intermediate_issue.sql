{{ config(group='issue') }}
{{ grains_of([
    'int_issue__act',
    'int_issue__closed_fold',
    'int_issue__due_day',
    'int_issue__event',
    'int_issue__evidence',
    'int_issue__figure',
    'int_issue__figure_event',
    'int_issue__finding_event',
    'int_issue__fold',
    'int_issue__inspection_event',
    'int_issue__issue',
    'int_issue__known_event',
    'int_issue__mark',
    'int_issue__unit',
    'int_issue__unit_text',
    'int_issue__update_event'
]) }}
