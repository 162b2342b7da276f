{{ rules_in_force(
    "rule_scope",
    keys=["block", "priority"],
    columns=[
        "block",
        "priority",
        "sector",
        "kind_code",
        "sponsor_code",
        "operating_status_code",
        "pupils_below",
        "is_in_scope",
        "is_undetermined",
        "reason",
        "source_document",
        "certainty",
    ],
) }}
