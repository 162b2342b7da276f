ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/junheng \
    PATH=/opt/venv/bin:$PATH

RUN useradd --create-home --uid 50000 junheng \
 && install --directory --owner=junheng /var/lib/airflow /data \
 && python -m venv /opt/venv

COPY requirements/uv.txt requirements/server.txt /tmp/requirements/
# compiled here: no process of the image may write beside the libraries, so each would compile them anew
RUN pip install --require-hashes -r /tmp/requirements/uv.txt \
 && uv pip sync --python /opt/venv/bin/python --compile-bytecode --require-hashes /tmp/requirements/server.txt \
 && rm -r /tmp/requirements

USER junheng
WORKDIR /opt/junheng
