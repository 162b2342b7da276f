{{ rules_in_force(
    "rule_monitoring",
    keys=["measure"],
    columns=[
        "requirement_code",
        "measure",
        "is_criterion",
        "judged_figure",
        "operator",
        "threshold",
        "source_document",
        "certainty",
    ],
) }}
