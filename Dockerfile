# The studio on a CPU, anywhere; people make accounts and sign in (docs/accounts.md):
#   docker build -t aiditor . && docker run -p 7860:7860 -v aiditor-data:/home/user/data aiditor
# For one person, behind something that keeps others out: -e AIDITOR_AUTH=none -e AIDITOR_OPEN=1
FROM python:3.11-slim AS packages

# Every pin has a wheel, so there is no compiler here. The packages go in a tree of their
# own, so that the second stage carries no pip cache.
COPY requirements.txt requirements-nodeps.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps -r /tmp/requirements-nodeps.txt

FROM python:3.11-slim

# Captions in every script, with emoji: letters that join (fribidi) and fonts that have them.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libfribidi0 fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*

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
    AIDITOR_AUTH=password \
    NUMBA_CACHE_DIR=/home/user/.cache/numba \
    MPLCONFIGDIR=/home/user/.cache/matplotlib \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1

VOLUME /home/user/data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/v2/health', timeout=4)"]
CMD ["python", "app.py"]
