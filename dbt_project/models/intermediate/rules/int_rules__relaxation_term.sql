{{ rules_in_force(
    "rule_relaxation_terms",
    keys=["relaxation_code", "stage"],
    columns=[
        "relaxation_code",
        "stage",
        "item",
        "factor",
    ],
) }}
