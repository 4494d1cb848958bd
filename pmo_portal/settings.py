"""Every setting of the portal, from the environment alone; it refuses to start when a secret is missing.

PORTAL_MODE says what the installation is for:

    production    the default. SECRET_KEY and ALLOWED_HOSTS must be given, cookies travel over HTTPS only
    development   what `make setup` writes into var/portal.env
    demo          `make demo`: a database of its own under var/demo, this machine only
    test          `make test`

Other variables: DATABASE_URL, MEDIA_ROOT, EMAIL_URL, DEFAULT_FROM_EMAIL, PORTAL_URL, CSRF_TRUSTED_ORIGINS,
PROXY_SSL_HEADER, SSL_REDIRECT, HSTS_SECONDS, LOG_LEVEL, PORTAL_DEBUG (development only), OIDC_SERVER_URL,
OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_NAME, IMPORT_BYTES_AT_ONCE, IMPORT_VALUES_AT_ONCE (above which the worker
reads a workbook or brings it in). PORTAL_ENV_FILE names a file of further NAME=value lines
(var/portal.env unless said otherwise); what is already in the environment wins over the file.
"""

import logging
import os
from pathlib import Path
from urllib.parse import unquote

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
DEMO_DIR = VAR_DIR / "demo"
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

env = environ.Env()
env_file = Path(env("PORTAL_ENV_FILE", default=str(VAR_DIR / "portal.env")))
if env_file.is_file():
    env.read_env(str(env_file), overwrite=False)

# --- What this installation is for -----------------------------------------------------------------------------------

MODE = env("PORTAL_MODE", default="production")
if MODE not in {"production", "development", "demo", "test"}:
    raise ImproperlyConfigured(f"PORTAL_MODE is {MODE!r}; it must be production, development, demo or test.")
IS_PRODUCTION = MODE == "production"

SECRET_KEY = env("SECRET_KEY", default="only-for-tests-and-never-kept" if MODE == "test" else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set: give a long random value in the environment, or run `make setup`."
    )
if IS_PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short for production: give at least 50 random characters.")

DEBUG = env.bool("PORTAL_DEBUG", default=False)
if DEBUG and MODE != "development":
    raise ImproperlyConfigured("PORTAL_DEBUG shows internals to anyone: it is for PORTAL_MODE=development only.")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else LOOPBACK_HOSTS)
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: give the host names of the portal, separated by commas.")

# --- Database and kept files -----------------------------------------------------------------------------------------

HOME_DIR = DEMO_DIR if MODE == "demo" else VAR_DIR
DEFAULT_DATABASE_URL = f"sqlite:///{HOME_DIR / 'portal.sqlite3'}"
DATABASES = {"default": env.db_url("DATABASE_URL", default=DEFAULT_DATABASE_URL)}
DATABASE = DATABASES["default"]
if DATABASE.get("HOST"):
    # The folder of a socket stands in an address with its slashes escaped: postgres://user@%2Frun%2Fpostgresql/name
    DATABASE["HOST"] = unquote(DATABASE["HOST"])
# A connection is kept between requests: opening one costs more than most queries.
DATABASE["CONN_MAX_AGE"] = 0 if MODE == "test" else 600
DATABASE["CONN_HEALTH_CHECKS"] = True

if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASE["OPTIONS"] = {
        # Readers never wait for the writer (WAL), a writer waits up to a minute for another (a large import is
        # one transaction), which takes its write lock when it begins: one that upgrades half-way would fail at once.
        "timeout": 60,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;"
        ),
    }
    if MODE == "test":
        # A file, as in use, so that tests of locking mean something; one for each process, so that runs do not meet.
        (VAR_DIR / "test").mkdir(parents=True, exist_ok=True)
        DATABASE["TEST"] = {"NAME": str(VAR_DIR / "test" / f"{os.getpid()}.sqlite3")}

MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(HOME_DIR / "media"))
# Kept files are private: views hand them out after asking permission, no address serves them.
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# A highlight report of a large project is one form with a field for each cell.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

if MODE == "demo":
    demo_problems = [
        problem
        for problem, is_so in {
            "DATABASE_URL names another database": env("DATABASE_URL", default=DEFAULT_DATABASE_URL)
            != DEFAULT_DATABASE_URL,
            "MEDIA_ROOT names another folder": Path(str(MEDIA_ROOT)) != DEMO_DIR / "media",
            "ALLOWED_HOSTS names other hosts": not set(ALLOWED_HOSTS) <= set(LOOPBACK_HOSTS),
        }.items()
        if is_so
    ]
    if demo_problems:
        raise ImproperlyConfigured(
            "The demonstration refuses production settings: " + "; ".join(demo_problems) + ". Unset them and try again."
        )

# --- Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "pmo_portal",
    "pmo_portal.accounts",
    "projects",
    "reporting",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "auditlog",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prose_editor",  # its static files: the editor that js/prose.js sets before boxes of text
    "django_tables2",
    "django_tasks",
    "django_tasks_db",
    "health_check",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pmo_portal.accounts.middleware.IdleSessionMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "pmo_portal.accounts.middleware.PasswordChangeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "projects.views.conflicts.TooLateMiddleware",
    # Last, so that it sees the mark of a refused sign-in before anything else answers.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "pmo_portal.urls"
WSGI_APPLICATION = "pmo_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "projects.context.portal",
            ],
        },
    }
]
# Form widgets are drawn through the templates above, so that the portal's own may replace Django's.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# --- Static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Hashed names and compressed copies need `collectstatic` first; development and tests read the source folders.
HASHES_STATIC_FILES = MODE in {"production", "demo"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if HASHES_STATIC_FILES
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not HASHES_STATIC_FILES
WHITENOISE_AUTOREFRESH = not HASHES_STATIC_FILES
if HASHES_STATIC_FILES:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# --- Sign-in ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "post"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "pmo_portal.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Addresses are entered by the council's administrator; there is nothing for the person to confirm.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Failed sign-ins are counted by axes, in the database, where every worker sees them.
ACCOUNT_RATE_LIMITS = {"login_failed": False}

MFA_ADAPTER = "allauth.mfa.adapter.DefaultMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "PMO Portal"
MFA_ALLOW_UNVERIFIED_EMAIL = True

SOCIALACCOUNT_ADAPTER = "pmo_portal.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# The council's own provider is trusted for addresses: it opens the account that the administrator made for the address.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, dict] = {}
if OIDC_SERVER_URL := env("OIDC_SERVER_URL", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "VERIFIED_EMAIL": True,
        "APPS": [
            {
                "provider_id": "council",
                "name": env("OIDC_NAME", default="the council's sign-in"),
                "client_id": env("OIDC_CLIENT_ID"),
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ],
    }

# Ten wrong passwords for one address from one place close that pair for fifteen minutes. Neither is counted alone: a
# council leaves through one address for everybody, and a stranger must not be able to lock an officer out.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "pmo_portal.accounts.signin.typed_address"
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_VERBOSE = False

# --- Sessions, cookies, headers --------------------------------------------------------------------------------------

SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: no session outlives a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 60 * 60  # signed out after an hour without a page
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=IS_PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if IS_PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if proxy_header := env("PROXY_SSL_HEADER", default=""):
    # For example X-Forwarded-Proto: only where a proxy in front always sets it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + proxy_header.upper().replace("-", "_"), "https")
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The second factor's square code is a data: picture.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Background work -------------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Above these sizes a workbook is read, and a preview brought in, by the worker.
IMPORT_BYTES_AT_ONCE = env.int("IMPORT_BYTES_AT_ONCE", default=1_000_000)
IMPORT_VALUES_AT_ONCE = env.int("IMPORT_VALUES_AT_ONCE", default=5_000)

# What the scheduler puts into the queue: a task by its path, and the hours and minutes of Europe/London (as in cron).
SCHEDULE = [
    {"task": "pmo_portal.tasks.tidy_up", "hour": "2", "minute": "15"},
    {"task": "pmo_portal.tasks.end_exemptions", "hour": "0", "minute": "10"},
    {"task": "pmo_portal.tasks.make_periods", "hour": "3", "minute": "15"},
    {"task": "pmo_portal.tasks.send_reminders", "hour": "7-18", "minute": "5"},  # hourly, but never by night
    {"task": "reporting.tasks.take_up_packs", "hour": "*", "minute": "*"},
    {"task": "projects.imports.tasks.take_up_imports", "hour": "*", "minute": "*"},
    {"task": "reporting.tasks.tidy_parts", "hour": "2", "minute": "45"},
]

# --- Mail ------------------------------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25" if IS_PRODUCTION else "consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="pmo-portal@localhost")

# Where mails lead: the portal's own address, without a stroke at its end.
PORTAL_URL = env(
    "PORTAL_URL", default=f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if IS_PRODUCTION else "http://127.0.0.1:8000"
)

# --- Audit -----------------------------------------------------------------------------------------------------------

# Who and what is enough; addresses of machines are not needed and the proxy's header could be forged.
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_USE_BASE_MANAGER = True

# --- Logs: one JSON object a line ------------------------------------------------------------------------------------

LOG_STAMPS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": LOG_STAMPS,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING" if MODE == "test" else "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # These libraries say at INFO what only their authors need.
        "apscheduler": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[*LOG_STAMPS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=MODE != "test",
)
