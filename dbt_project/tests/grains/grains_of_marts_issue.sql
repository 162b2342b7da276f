{{ grains_of([
    'fct_unit_performance',
    'rpt_issue_evidence',
    'rpt_issue_ledger',
    'rpt_key_task',
    'rpt_lesson_inspection',
    'rpt_unit_task'
]) }}
