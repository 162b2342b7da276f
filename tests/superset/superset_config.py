"""What a Superset over the demo is told; its key comes from the environment (``SUPERSET_SECRET_KEY``)."""

BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "us", "name": "English"}}
ROW_LIMIT = 1000
TALISMAN_ENABLED = False  # plain http on this machine alone
