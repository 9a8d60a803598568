# The production image: the product, what requirements.txt names, and nothing else.
#   docker build -t saas .    docker run --env-file .env -p 8000:8000 saas
# The other processes run from the same image: see compose.yaml.

FROM python:3.13-slim AS packages
COPY requirements.txt .
RUN python -m venv /packages \
    && /packages/bin/pip install --no-cache-dir --disable-pip-version-check \
        --requirement requirements.txt

FROM python:3.13-slim
ENV PATH=/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=packages /packages /packages
COPY manage.py gunicorn.conf.py ./
COPY static static
COPY templates templates
COPY saas saas
COPY accounts accounts
COPY workspaces workspaces
COPY billing billing
COPY flags flags
# Collecting needs settings but no secrets: those of development serve for this one command.
RUN DEBUG=true DATABASE_URL=postgresql://none/none REDIS_URL=redis://none \
    python manage.py collectstatic --no-input \
    && python -m compileall -q /app /packages

# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000
# Of the process, not of the database: a restart mends only the former.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/live\", timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["gunicorn", "saas.wsgi"]
