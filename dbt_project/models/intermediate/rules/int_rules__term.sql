{{ rules_in_force(
    "rule_terms",
    keys=["indicator_code", "stage"],
    columns=[
        "indicator_code",
        "stage",
        "item",
        "factor",
    ],
) }}
