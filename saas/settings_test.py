"""The settings with a few values for speed; the tests bring PostgreSQL and Redis themselves."""

import os

import environ

os.environ["DEBUG"] = "true"
# What a developer has switched on in .env is not what the tests are about.
environ.Env.read_env = lambda *args, **kwargs: None

from saas.settings import *  # noqa: E402, F403
from saas.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

DEBUG = False  # what a handler answers in production
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "dev.mailbox"]
INSTALLED_APPS += ["workspaces.tests.notes"]  # what a cloner would write on top
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True  # nothing is collected: look at each request
