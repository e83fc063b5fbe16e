# One image for every service; the command picks it: `docker run IMAGE staging` runs `python -m services.staging`.

FROM python:3.11-slim-bookworm AS build
WORKDIR /source
RUN python -m venv /opt/plotproof
COPY deploy/image.lock deploy/
RUN /opt/plotproof/bin/pip install --no-cache-dir --require-hashes -r deploy/image.lock
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY shared shared
COPY services services
COPY client client
COPY cli cli
COPY sample sample
# Hash-locked setuptools from the lock builds it: nothing else is downloaded. Neither is needed afterwards.
RUN /opt/plotproof/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/plotproof/bin/pip uninstall -y -q setuptools pip

FROM python:3.11-slim-bookworm
# rasterio's wheel takes libexpat from the system.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libexpat1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home plotproof \
 && install -d -o plotproof -g plotproof /data /layers
COPY --from=build /opt/plotproof /opt/plotproof
COPY deploy/start.sh deploy/healthy.py /opt/plotproof/deploy/
ENV PATH=/opt/plotproof/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba HOST=0.0.0.0 PORT=8080 HEALTH_PORT=8081 DATA_DIR=/data LAYERS_DIR=/layers
USER plotproof
WORKDIR /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/opt/plotproof/deploy/healthy.py"]
ENTRYPOINT ["/bin/sh", "/opt/plotproof/deploy/start.sh"]
CMD ["local"]
