"""How gunicorn serves the product: `gunicorn saas.wsgi`.

Threads wait for PostgreSQL, processes use the cores; more threads only fight for one core.
"""

import os
import runpy
from pathlib import Path

import environ

from saas import logs
from saas.environment import EnvironmentIncomplete, Reader

environ.Env.read_env(Path(__file__).resolve().parent / ".env")
env = Reader()

bind = f"0.0.0.0:{env.integer('PORT', default=8000)}"
worker_class = "gthread"
workers = env.integer("WEB_CONCURRENCY", default=os.cpu_count() or 1)
threads = env.integer("WEB_THREADS", default=3)
# The kernel spreads connections; without it one process may get nearly all of them.
reuse_port = True
keepalive = (
    75  # seconds: longer than the 60 of usual load balancers, so they close first
)
timeout = 60  # seconds without a sign of life until a worker is replaced
graceful_timeout = 25  # seconds for requests to end: a stop is usually given 30
# A worker is renewed now and then, not all of them in the same minute.
max_requests = 20_000
max_requests_jitter = 4_000
# Its heartbeat in memory: a busy disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Nobody: whose X-Forwarded-... to believe is for TRUSTED_PROXY_COUNT in the settings to say.
forwarded_allow_ips = ""
control_socket_disable = True  # signals do; a socket would need a writable home
accesslog = None  # each request has its line already (saas/logs.py)
logconfig_dict = logs.configuration(
    env.choice("LOG_FORMAT", {"json", "text"}, default="json")
)

if env.missing:
    raise SystemExit(env.report())
# Once here, in words, and not as a traceback of every worker that cannot begin. Run and not
# imported: after a reload (SIGHUP) the workers have to read the environment anew.
try:
    runpy.run_path(str(Path(__file__).resolve().parent / "saas" / "settings.py"))
except EnvironmentIncomplete as e:
    raise SystemExit(str(e)) from None
