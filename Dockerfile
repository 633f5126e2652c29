# Peikao in one container: SQLite under /data, or PostgreSQL by PEIKAO_DATABASE_URL.
FROM python:3.11-slim

RUN useradd --system --uid 10001 --home-dir /data --create-home peikao
WORKDIR /app

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY service ./service
COPY templates ./templates
COPY question_bank ./question_bank
COPY scripts/verify_journal ./scripts/verify_journal

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PEIKAO_ENVIRONMENT=production \
    PEIKAO_SECURE_COOKIES=true \
    PEIKAO_DATABASE_URL=sqlite:////data/peikao.db \
    PEIKAO_JOURNAL_MEMORY=/data/memory

USER peikao
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]

# Secrets come from the environment (PEIKAO_PERSON_SECRET, PEIKAO_SEALING_SECRET, PEIKAO_SIGNING_SECRET).
CMD ["sh", "-c", "python -m service.cli migrate && exec python -m service.cli serve --host 0.0.0.0"]
