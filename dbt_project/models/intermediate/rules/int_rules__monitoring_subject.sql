{{ rules_in_force(
    "rule_monitoring_subjects",
    keys=["subject_code", "grade"],
    columns=[
        "subject_code",
        "grade",
        "source_document",
        "certainty",
    ],
) }}
