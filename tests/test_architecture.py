"""Which part may import which: layers and the homes of third-party packages, read off the AST."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS = {  # folder -> the other layers that it may import
    "kernels": set(),
    "engine": set(),
    "nodes": {"engine", "kernels"},
    "app": {"engine", "nodes"},
    "assets": {"engine", "kernels", "nodes"},
}
PACKAGES = ("kernels", "engine", "nodes", "app")
MEDIA = ("nodes/sources", "nodes/sinks", "nodes/motion", "nodes/compose", "nodes/perceive")
DEVICES = ("nodes/sources", "nodes/sinks")
RECIPES = "assets/recipes"
MODELS = ("nodes/models", RECIPES)

HOMES = {  # third-party package -> the folders that may import it; one that is not here may nowhere
    "torch": ("kernels", "engine", "nodes", "app", RECIPES),
    "triton": ("kernels",),
    "numpy": ("engine", "nodes", "app", RECIPES),
    "safetensors": ("engine", "nodes", RECIPES),
    "av": (*MEDIA, RECIPES),
    "cv2": (*MEDIA, RECIPES),
    "diffusers": MODELS,
    "transformers": MODELS,
    "tokenizers": MODELS,
    "accelerate": MODELS,
    "peft": MODELS,
    "huggingface_hub": ("app", *MODELS),
    "onnxruntime": ("nodes/perceive", "nodes/motion", "nodes/models"),
    "mss": ("nodes/sources",),
    "sounddevice": (*DEVICES, "app"),
    "cyndilib": DEVICES,
    "pyvirtualcam": DEVICES,
    "mido": ("app/control",),
    "rtmidi": ("app/control",),
    "pythonosc": ("app/control",),
    "PySide6": ("app",),
    "pyqtgraph": ("app",),
    "qtawesome": ("app/theme",),
    "platformdirs": ("app",),
    "psutil": ("app",),
    "tqdm": ("app", RECIPES),
    "PIL": (RECIPES,),
    "vizdoom": (RECIPES,),
}
HEAVY = {"accelerate", "diffusers", "huggingface_hub", "onnxruntime", "peft", "transformers"}
OPTIONAL = {"cyndilib", "mido", "pythonosc", "pyvirtualcam", "rtmidi", "sounddevice"}
QT = {"PySide6", "pyqtgraph", "qtawesome"}
QT_HOMES = (  # the rest of app runs headless, where Qt may not even load
    "app/canvas",
    "app/inspector",
    "app/keymap",
    "app/mapping",
    "app/monitor",
    "app/output",
    "app/palette",
    "app/panels",
    "app/perform",
    "app/settings_page",
    "app/theme",
    "app/welcome",
    "app/window",
)

DISTRIBUTIONS = {  # where the name that is imported is not the one that is installed
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime-gpu",
    "PySide6": "pyside6-essentials",
    "pythonosc": "python-osc",
    "rtmidi": "python-rtmidi",
}
LOOK_FOR_KERNELS = """
import json, kernels
from diffusers import UNet2DConditionModel
from diffusers.utils import is_kernels_available as in_diffusers
from transformers import CLIPTextModel
from transformers.utils import is_kernels_available as in_transformers
print(json.dumps([kernels.__file__, in_diffusers(), in_transformers()]))
"""

EMPTY_NAMES = re.compile(r"(utils?|helpers?|common|misc|managers?|base|base_.*)")
LONGEST = 400
LONG_FILES: dict[str, str] = {}  # path -> why its length helps: a table, or a network in one piece


class Import(NamedTuple):
    """One imported module; lazy when nothing runs it before a function is called."""

    path: str
    line: int
    module: str
    lazy: bool

    @property
    def package(self) -> str:
        return self.module.split(".")[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def source_files(*folders: str) -> list[Path]:
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(*folders: str) -> list[Import]:
    return [i for path in source_files(*folders) for i in imports_of(path)]


@cache
def imports_of(path: Path) -> list[Import]:
    return imports_in(tree_of(path), name_of(path))


def imports_in(node: ast.AST, path: str, lazy: bool = False) -> list[Import]:
    found = [Import(path, node.lineno, module, lazy) for module in modules(node)]
    lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_for_types(node)
    return found + [
        i for child in ast.iter_child_nodes(node) for i in imports_in(child, path, lazy)
    ]


def modules(node: ast.AST) -> list[str]:
    """The modules that a statement imports; those of a relative import begin with a dot."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, level=level):
            return ["." * level + (module or "")]
        case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module")):
            return [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
    return []


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith((f"{folder}/", f"{folder}.py")) for folder in folders)


def third_party(*folders: str) -> list[Import]:
    known = {*sys.stdlib_module_names, *LAYERS}
    return [i for i in imports(*folders) if i.package not in known and i.package]


def broken(found: list[Import]) -> list[str]:
    return [str(i) for i in found]


def test_imports_are_found_wherever_they_hide():
    code = "import a.b\nfrom ..c import d\ndef f():\n    import e\nif TYPE_CHECKING:\n    import g"
    hidden = code + "\ndef h():\n    importlib.import_module('i')"
    found = [(i.module, i.lazy) for i in imports_in(ast.parse(hidden), "x.py")]
    assert found == [("a.b", False), ("..c", False), ("e", True), ("g", True), ("i", True)]


def test_imports_point_from_app_to_nodes_to_engine_and_kernels():
    inner = [i for i in imports(*LAYERS) if i.package in LAYERS]
    against = [
        i for i in inner if i.package not in LAYERS[i.path.split("/")[0]] | {i.path.split("/")[0]}
    ]
    assert broken(against) == []


def test_imports_are_absolute():
    assert broken([i for i in imports(*LAYERS, "tests") if i.module.startswith(".")]) == []


def test_imports_of_third_party_packages_stay_in_their_homes():
    outside = [i for i in third_party(*LAYERS) if not is_below(i.path, HOMES.get(i.package, ()))]
    assert broken(outside) == []


def test_imports_of_heavy_and_optional_packages_wait_for_a_call():
    early = [i for i in third_party(*PACKAGES) if i.package in HEAVY | OPTIONAL and not i.lazy]
    assert broken(early) == []


def test_imports_of_qt_never_reach_what_runs_headless():
    reached = [i for i in third_party("app") if i.package in QT and not is_below(i.path, QT_HOMES)]
    assert broken(reached) == []


def test_what_runs_headless_imports_no_window_by_detours_either():
    names = (
        name_of(path).removesuffix(".py").replace("/", ".")
        for path in source_files("app")
        if not is_below(name_of(path), QT_HOMES) and path.stem != "__init__"
    )
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    code += "print([name for name in sys.modules if name.startswith('PySide6')])"
    ran = subprocess.run(
        [sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_imports_never_reach_the_tests_from_the_program():
    assert broken([i for i in imports(*LAYERS) if i.package == "tests"]) == []


def test_imports_are_of_packages_that_pyproject_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {re.match(r"[\w.-]+", r)[0].lower() for group in wanted for r in group}
    used = {DISTRIBUTIONS.get(i.package, i.package).lower() for i in third_party(*PACKAGES)}
    assert {name.replace("_", "-") for name in used} - declared == set()


def test_networks_and_the_rollout_core_are_not_nodes():
    classes = [
        (path, node)
        for path in source_files("nodes/models", "nodes/rollout", "nodes/worlds")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
    ]
    nodes = [(p, c) for p, c in classes if "Node" in [ast.unparse(base) for base in c.bases]]
    assert [f"{name_of(path)}:{node.lineno} {node.name}" for path, node in nodes] == []


def test_the_kernels_package_is_an_empty_file():
    assert (ROOT / "kernels" / "__init__.py").read_bytes() == b""


def test_file_names_say_what_is_inside():
    files = source_files(*LAYERS, "tests")
    assert [name_of(p) for p in files if EMPTY_NAMES.fullmatch(p.stem)] == []


def test_files_open_with_a_sentence():
    files = [p for p in source_files(*LAYERS) if p.name != "__init__.py"]
    assert [name_of(p) for p in files if not ast.get_docstring(tree_of(p))] == []


def test_files_stay_short_unless_they_are_tables_or_networks():
    lengths = {name_of(p): len(p.read_bytes().splitlines()) for p in source_files(*LAYERS, "tests")}
    long = {path for path, lines in lengths.items() if lines > LONGEST}
    assert {path for path in long if not path.startswith("nodes/models/")} == set(LONG_FILES)


def hugging_face_sees_kernels(folder: Path) -> list[str | bool]:
    """In a fresh Python that starts from a folder: whose `kernels` it has, and who would use it."""
    answer = subprocess.run(
        [sys.executable, "-c", LOOK_FOR_KERNELS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


class Wheel(NamedTuple):
    """A copy of the checkout, and what `pip install` of it puts into site-packages."""

    source: Path
    installed: Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site-packages")
    for name in (*LAYERS, "presets", "pyproject.toml", "LICENSE", "README.md"):
        copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*pip, "-w", target, source], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    with zipfile.ZipFile(next(target.glob("slipstream-*.whl"))) as archive:
        archive.extractall(target)
    return Wheel(source, target)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.is_file():
        shutil.copy(source, target)


@pytest.mark.slow
def test_hugging_face_does_not_take_our_kernels_for_its_own():
    assert hugging_face_sees_kernels(ROOT) == [str(ROOT / "kernels" / "__init__.py"), False, False]


@pytest.mark.slow
def test_hugging_face_does_not_take_our_installed_kernels_for_its_own(wheel: Wheel):
    ours = str(wheel.installed / "kernels" / "__init__.py")
    assert hugging_face_sees_kernels(wheel.installed) == [ours, False, False]


def test_the_wheel_has_all_code_and_all_that_it_reads(wheel: Wheel):
    folders = [wheel.source / name for name in (*LAYERS, "presets")]
    shipped = {p.relative_to(wheel.source) for f in folders for p in f.rglob("*") if p.is_file()}
    packed = {p.relative_to(wheel.installed) for p in wheel.installed.rglob("*")}
    assert shipped - packed == set()
    assert not {"tests", "build", "run.py"} & {path.parts[0] for path in packed}
