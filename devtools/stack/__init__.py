"""The services of ``docker-compose.yml`` without containers: ``python -m devtools.stack`` (docs/runbooks/stack.md)."""
