import os, sys as system
from pathlib import Path
from . import *

BASE_DIR: Path = Path(__file__).resolve().parent
NAME = (lambda name="db", *, end=".sqlite3": name + end)("data")
FLAGS = {flag: value for flag, value in zip("ab", [1, 2]) if value}
global_name = other = os.environ.get("X", "x")

if "X" in os.environ and not FLAGS:
    DEBUG = True
elif (found := os.environ.get("DATABASE_URL")) is not None:
    DEBUG = False
elif DEBUG if NAME else found:
    pass
else:
    DEBUG = None

try:
    from local import *
except (ImportError, OSError) as error:
    raise error from None
except* ValueError:
    LOCAL = 1
else:
    LOCAL = 2
finally:
    del LOCAL

for first, *rest in [(1, 2, 3)]:
    for second in rest:
        if second > 2: break
        else: continue
    NAME += str(second)
else:
    NAME = NAME

while DEBUG:
    DEBUG = False
else:
    MORE = [1, *FLAGS, *[x for x in range(3)]]

with open(BASE_DIR / "secret") as file, open("other") as (one, two):
    SECRET = file.read()

match NAME:
    case "a" | "b" if DEBUG:
        CASE = 1
    case {"key": [first, *_], **rest}:
        CASE = 2
    case Path(name=value) as whole:
        CASE = 3
    case _:
        CASE = 4

@staticmethod
async def load(path, /, name="x", *more, key=None, **options) -> dict:
    global global_name
    async with path as opened:
        async for line in opened:
            await line
            yield line
    assert name, "no name"
    return {**options, "key": key}

class Base(dict, metaclass=type):
    inner = 1
    def method(self):
        nonlocal_name = self.inner
        return nonlocal_name

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / f"{NAME!r:>{10}}" % () if DEBUG else str(BASE_DIR / "db.sqlite3"),
        **({"OPTIONS": {"timeout": 20}} if not DEBUG else {}),
    },
}
DATABASES["default"]["ATOMIC_REQUESTS"] = -1 ** 2 // 3 @ 4 & ~5 ^ 6 << 1
MEDIA_ROOT = os.path.join(BASE_DIR, *("media", "files")[0:1])
DBBACKUP_GPG_RECIPIENT = """ops@example.org""".strip()
