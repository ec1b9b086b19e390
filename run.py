"""Starts Slipstream on a machine that has only Python: makes .venv, installs, runs the program.

    python3 run.py [options] [slipstream arguments]

With no arguments it does the main job: the studio, or a film where there is no display. Options
come before the arguments:

    --setup-only        make the environment ready and stop
    --dev               also install what the tests and checks need
    --exec PROGRAM ...  run a program of the environment (python, pytest, ruff), not slipstream
    --help              show this; `run.py -- --help` shows slipstream's own help

The first start installs about two gigabytes, with CUDA more; later starts only look at a stamp.
An active environment in which this checkout is installed with all that it needs is used instead.

Torch comes as pip is configured to give it: usually with CUDA on Linux, with Metal on macOS, for
the CPU on Windows. To choose another build, set SLIPSTREAM_TORCH_INDEX to the address of a wheel
index: PyTorch's CPU index saves gigabytes on Linux without an NVIDIA GPU, its CUDA index is needed
on Windows with one.
"""

# Python 3.6 must be able to read this file, to be told what to install: so no __future__ import,
# no annotations and no newer syntax.
import collections
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        f"slipstream: this is Python {sys.version_info[0]}.{sys.version_info[1]}; install Python"
        f" {OLDEST[0]}.{OLDEST[1]} or newer and start run.py with it."
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "slipstream.json"
LOG = VENV / "slipstream-setup.log"
FLAGS = {"--setup-only", "--dev", "--exec", "--help", "-h"}
TORCH_INDEX = "SLIPSTREAM_TORCH_INDEX"
WINDOWS = os.name == "nt"
INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended
WORTH_NAMING = 20  # MB; smaller downloads are over before their names are read

Environment = collections.namedtuple("Environment", "python scripts")

FAILURES = (  # what a failed step prints, and what to do about it; the first that is found counts
    (
        r"No space left on device|Errno 28|not enough space",
        "the disk is full: make room in {root} and in the temporary folder {tmp} (4 GB, with CUDA"
        " 10 GB), then start again",
    ),
    (
        r"Read-only file system|Permission denied|Errno 13\b|Errno 30\b|WinError 5\b",
        "files in {root} cannot be written: copy the folder to a place of yours, then start again",
    ),
    (
        r"NewConnectionError|Failed to establish|Connection refused|Connection aborted|SSLError"
        r"|name resolution|getaddrinfo failed|ConnectTimeout|Read timed out|ProxyError|Tunnel conn",
        "pip cannot reach its package index: check the network, the proxy (HTTPS_PROXY) and pip's"
        " settings (pip config list), then start again",
    ),
    (
        r"command '\S+' failed|Failed building wheel|Microsoft Visual C\+\+|Unknown compiler",
        "a package has no build for Python {version} on {system} and cannot be compiled: use"
        " Python 3.11 to 3.13, or install a C compiler (Debian: sudo apt install build-essential,"
        " macOS: xcode-select --install)",
    ),
    (
        r"No matching distribution found for (?P<what>[\w.-]+)",
        "pip finds no build of {what} for Python {version} on {system}: check that it reaches its"
        " index (pip config list), and use a 64-bit Python 3.11 to 3.13 on Linux, Windows or a Mac"
        " with Apple silicon",
    ),
)


class SetupError(Exception):
    """Why the environment cannot be made or used, in one sentence that says what to do."""


def main(arguments):
    """Makes the environment ready and runs what was asked for; returns the exit status."""
    flags, rest = parse(arguments)
    if flags & {"--help", "-h"}:
        print(__doc__.strip())
        return 0
    if "--exec" in flags and not rest:
        raise SetupError("--exec needs the name of a program, for instance --exec pytest")
    environment = ready_environment({"dev"} if "--dev" in flags else set())
    if "--setup-only" in flags:
        say(f"the environment is ready: {environment.python}")
        return 0
    return start(environment, rest if "--exec" in flags else ["slipstream", *rest])


def parse(arguments):
    """Splits run.py's own flags, which come first, from the arguments of the program."""
    flags, rest = set(), list(arguments)
    while rest and rest[0] in FLAGS and "--exec" not in flags:
        flags.add(rest.pop(0))
    if rest[:1] == ["--"]:
        del rest[0]
    return flags, rest


def start(environment, words):
    """Becomes the program; on Windows, where a process cannot, waits for it."""
    program = program_path(environment, words[0])
    sys.stdout.flush()
    path = os.pathsep.join([str(environment.scripts), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment.scripts.parent)}
    command = [str(program), *words[1:]]
    if not WINDOWS:
        os.execve(command[0], command, variables)
    process = subprocess.Popen(command, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program has got it as well and decides
            continue


def program_path(environment, name):
    if name == "python":
        return environment.python
    if name == "slipstream" and not (ROOT / "app" / "cli.py").is_file():
        raise SetupError(f"{ROOT / 'app' / 'cli.py'} is missing: bring the checkout up to date")
    path = environment.scripts / (name + ".exe" if WINDOWS else name)
    if not path.exists():
        raise SetupError(f"{name} is not in {environment.scripts}: try --dev, or delete {VENV}")
    return path


def ready_environment(extras):
    """The active environment if it has everything, else .venv, made or brought up to date first."""
    if is_installed_in_active(extras):
        return Environment(Path(sys.executable), Path(sysconfig.get_path("scripts")))
    scripts = VENV / ("Scripts" if WINDOWS else "bin")
    environment = Environment(scripts / ("python.exe" if WINDOWS else "python"), scripts)
    stamp = read_stamp()
    if not (os.path.exists(environment.python) and is_current(stamp, extras)):
        set_up(environment, stamp, sorted(extras.union(stamp.get("extras", ()))))
    return environment


def is_installed_in_active(extras):
    """Whether the running Python has this checkout installed, for today's requirements."""
    if Path(sys.prefix) == VENV:
        return False
    from importlib import metadata

    for found in metadata.distributions(name="slipstream"):
        source = json.loads(found.read_text("direct_url.json") or "{}")
        if source.get("url") == ROOT.as_uri() and source.get("dir_info", {}).get("editable"):
            return satisfies(metadata, found, extras)
    return False


def satisfies(metadata, found, extras):
    project = read_project()
    wanted, had = project["dependencies"], [r for r in found.requires if "extra ==" not in r]
    added = [r for extra in extras for r in project["optional-dependencies"][extra]]
    needed = {spelled(r)[0] for r in wanted + added if ";" not in r}
    installed = {spelled(d.metadata["Name"])[0] for d in metadata.distributions()}
    return {*map(spelled, wanted)} == {*map(spelled, had)} and needed <= installed


def spelled(requirement):
    """A requirement's name and set of limits, whatever its spacing, order or marker."""
    name, limits = re.match(r"([\w.-]+)(?:\[.*?\])?([^;]*)", requirement).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), frozenset(re.findall(r"[^\s,()]+", limits))


def read_project():
    import tomllib

    return tomllib.loads(project_file().read_text(encoding="utf-8"))["project"]


def project_file():
    path = ROOT / "pyproject.toml"
    if not path.is_file():
        raise SetupError(f"{path} is missing: get the whole checkout, not run.py alone")
    return path


def read_stamp():
    """What .venv was last set up for; empty when it was not, or not to the end."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.keys() == new_stamp([]).keys() else {}


def is_current(stamp, extras):
    """A torch index that is not named this time is no reason to install again."""
    now = new_stamp(sorted(extras))
    return (
        (stamp.get("root"), stamp.get("project")) == (now["root"], now["project"])
        and extras <= set(stamp["extras"])
        and (not os.environ.get(TORCH_INDEX) or stamp["torch_index"] == now["torch_index"])
    )


def new_stamp(extras):
    """What the environment depends on: this folder, pyproject.toml, the extras, a torch index."""
    project = digest(project_file().read_bytes())
    index = digest(os.environ.get(TORCH_INDEX, "").encode())
    return {"root": str(ROOT), "project": project, "extras": extras, "torch_index": index}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def set_up(environment, stamp, extras):
    """Makes .venv where there is none and installs the checkout into it, editable."""
    began = time.monotonic()
    say(f"setting up the environment in {VENV}; the first time takes some minutes")
    try:
        STAMP.unlink(missing_ok=True)
        make_venv(environment, is_moved=stamp.get("root", str(ROOT)) != str(ROOT))
        install(environment, extras)
        STAMP.write_text(json.dumps(new_stamp(extras)), encoding="utf-8")
    except OSError as error:
        raise SetupError(explained(str(error)) or f"cannot set up {VENV}: {error}") from error
    say(f"the environment is ready after {time.monotonic() - began:.0f} s")


def make_venv(environment, is_moved):
    """pip comes in a step of its own, because venv does not say why it cannot install it."""
    python = str(environment.python)
    if is_moved or not os.path.exists(python):  # its programs name their Python by its old path
        require_venv_module()
        step([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if not agrees(python, f"import sys; assert sys.version_info >= {OLDEST}"):
        raise SetupError(f"the Python in {VENV} is too old or broken: delete that folder")
    if not agrees(python, "import pip"):
        step([python, "-m", "ensurepip", "--upgrade"])


def agrees(python, statement):
    words = [python, "-c", statement]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def require_venv_module():
    if find_spec("venv") and find_spec("ensurepip"):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    fix = f"install the venv and ensurepip modules of Python {version}"
    if sys.base_prefix == "/usr" and shutil.which("apt"):
        fix = f"run `sudo apt install python{version}-venv`"
    raise SetupError(f"this Python cannot make environments: {fix}, then start again")


def install(environment, extras):
    """Where an index is named for torch, torch comes first, so that nothing else comes from it."""
    torch = next(r for r in read_project()["dependencies"] if spelled(r)[0] == "torch")
    index = os.environ.get(TORCH_INDEX)
    say(torch_build(index))
    if index:
        pip(environment, "--upgrade", "--index-url", index, torch)
    pip(environment, "--editable", f".[{','.join(extras)}]" if extras else ".")
    version = torch_version(environment)
    if not index and version.endswith("+cpu") and has_nvidia_gpu():
        say(f"torch {version} cannot use the GPU: taking another build")
        pip(environment, "--upgrade", f"{torch},!={version}")


def torch_build(index):
    """What will be installed and why, in words."""
    if index:
        return f"torch comes from the index in {TORCH_INDEX}"
    if sys.platform == "darwin":
        return "torch comes with Metal"
    if not has_nvidia_gpu():
        return f"no NVIDIA GPU is here; {TORCH_INDEX} can name a smaller, CPU-only torch"
    if WINDOWS:
        return f"an NVIDIA GPU is here; torch uses it if {TORCH_INDEX} names a CUDA index"
    return "an NVIDIA GPU is here: torch comes with CUDA"


def has_nvidia_gpu():
    program = shutil.which("nvidia-smi")
    if not program:
        return False
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and b"GPU" in listed.stdout


def torch_version(environment):
    code = "from importlib.metadata import version; print(version('torch'))"
    return subprocess.check_output([str(environment.python), "-c", code], text=True).strip()


def pip(environment, *arguments):
    words = [str(environment.python), "-m", "pip", "install", "--progress-bar", "off"]
    step([*words, *arguments])


def step(words):
    """Runs one step of the setup: plain words on the screen, its whole output in the log."""
    settings = {"PIP_NO_INPUT": "1", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with subprocess.Popen(
        words,
        cwd=str(ROOT),
        env={**os.environ, **settings, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            lines = follow(process.stdout)
        except KeyboardInterrupt:
            process.terminate()
            raise
    if process.returncode:
        output = "".join(lines)
        raise SetupError((explained(output) or unexplained(words, lines)) + kept(output))


def follow(output):
    """Collects the lines of a step and says those that tell a person how far it is."""
    lines = []
    for line in output:
        lines.append(line)
        large = re.search(r"Downloading (\S+?)-(\d[\w.+]*)-\S+ \(([\d.]+) (MB|GB)\)", line)
        if large and (large[4] == "GB" or float(large[3]) >= WORTH_NAMING):
            say(f"  downloading {large[1]} {large[2]}, {large[3]} {large[4]}")
        if line.startswith("Installing collected packages") and line.count(",") > 9:
            say(f"  unpacking {line.count(',') + 1} packages, which can take minutes")
    return lines


def explained(output):
    """The sentence for the first known failure in the output of a step, or None."""
    for pattern, sentence in FAILURES:
        found = re.search(pattern, output)
        if found:
            return sentence.format(root=ROOT, **surroundings(), **found.groupdict())
    return None


def surroundings():
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    system = f"{platform.system()} {platform.machine()}"
    return {"tmp": tempfile.gettempdir(), "version": version, "system": system}


def unexplained(words, lines):
    tail = "".join(lines[-15:]).rstrip()
    return f"this failed; if it does again, delete {VENV}: {' '.join(words)}\n{tail}\n"


def kept(output):
    """Where the whole output lies, as the end of a sentence; empty if it cannot be written."""
    try:
        LOG.write_text(output, encoding="utf-8")
    except OSError:
        return ""
    return f" (all of the output is in {LOG})"


def say(sentence):
    print(f"slipstream: {sentence}", flush=True)


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"slipstream: {error}")
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(INTERRUPTED)
    sys.exit(status)
