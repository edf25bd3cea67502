# The program and its pinned packages, nothing else. Checked by deploy/check_image.py; how to use it: docs/deploy.md.

FROM python:3.13-slim-bookworm AS build
COPY requirements/runtime.txt /build/requirements/runtime.txt
RUN python -m venv /opt/eliteflow && \
    /opt/eliteflow/bin/pip install --no-cache-dir --disable-pip-version-check -r /build/requirements/runtime.txt && \
    find /opt/eliteflow -type d -name tests -prune -exec rm -rf {} +
COPY pyproject.toml README.md LICENSE /build/
COPY src /build/src
RUN /opt/eliteflow/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /build && \
    /opt/eliteflow/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin eliteflow && \
    install --directory --owner=eliteflow --group=eliteflow /data
COPY --from=build /opt/eliteflow /opt/eliteflow
# /data is where a volume belongs. There is no VOLUME instruction: Railway refuses it, and elsewhere it would leave an
# anonymous volume behind for every container. PORT also opens the telemetry to the container's network.
ENV PATH=/opt/eliteflow/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    PORT=9530 \
    ELITEFLOW_LANG=en \
    ELITEFLOW_STORE__PATH=/data/candles \
    ELITEFLOW_REST__STATE_DIR=/data/state
WORKDIR /data
USER eliteflow
EXPOSE 9530
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["eliteflow"]
CMD ["run"]
