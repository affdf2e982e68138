# The studio on a CPU, as a Hugging Face Space (Docker SDK) or anywhere:
#   docker build -t aiditor . && docker run -p 7860:7860 -v aiditor-data:/home/user/data aiditor
FROM python:3.11-slim AS packages

# Every pin has a wheel, so there is no compiler here. The packages go in a tree of their
# own, so that the second stage carries no pip cache.
COPY requirements.txt requirements-nodeps.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps -r /tmp/requirements-nodeps.txt

FROM python:3.11-slim

# A Space runs its container as user 1000 and serves port 7860.
RUN useradd --create-home --uid 1000 user
COPY --from=packages /opt/venv /opt/venv
USER user
WORKDIR /home/user/app
COPY --chown=user:user app.py pyproject.toml README.md ./
COPY --chown=user:user aiditor aiditor
COPY --chown=user:user configs configs
COPY --chown=user:user samples samples
RUN mkdir -p /home/user/data /home/user/.cache

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AIDITOR_HOME=/home/user/data \
    NUMBA_CACHE_DIR=/home/user/.cache/numba \
    MPLCONFIGDIR=/home/user/.cache/matplotlib \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1

VOLUME /home/user/data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/gradio_api/app_id', timeout=4)"]
CMD ["python", "app.py"]
