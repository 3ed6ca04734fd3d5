"""Stands in for the pip installer that ansible-test downloads: the pip that Python brings along."""

import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
packages = [word for word in sys.argv[1:] if not word.startswith("-")]
if packages:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    sys.exit(subprocess.call(pip + packages))
