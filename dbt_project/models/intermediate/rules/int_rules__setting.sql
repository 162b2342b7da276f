{{ rules_in_force(
    "rule_settings",
    keys=["setting"],
    columns=[
        "setting",
        "value",
        "choices",
        "meaning_zh",
        "source_document",
        "certainty",
    ],
) }}
