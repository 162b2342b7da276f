{{ rules_in_force(
    "rule_split_weights",
    keys=["stage"],
    columns=[
        "stage",
        "weight",
        "source_document",
        "certainty",
    ],
) }}
