"""Node types are found by scanning; what fails to load is said and the rest is there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from engine.errors import RegistryError, SpecError
from engine.registry import Registry
from tests.engine.small_nodes import TYPES, Blur, registry

if TYPE_CHECKING:
    from pathlib import Path

NODE = '''"""A node of a person's own."""
from __future__ import annotations
{imports}
from engine.node import Node
from engine.values import Frame

class {name}(Node, id="mine.{id}"):
    """Leaves the picture as it is."""

    def process(self, frame: Frame) -> Frame:
        return frame
'''


def write(path: Path, name: str, id: str, imports: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NODE.format(name=name, id=id, imports=imports))


def loaded(folder: Path) -> Registry:
    types = Registry()
    types.load_folder(folder)
    return types


def test_known_types_are_listed_by_id():
    assert [spec.id for spec in registry().specs()] == sorted(cls.spec.id for cls in TYPES)
    assert registry().find("compose.blur") is Blur.spec
    assert registry().find("compose.glow") is None
    assert len(registry()) == len(TYPES)


def test_an_unknown_type_is_answered_with_the_nearest():
    with pytest.raises(
        RegistryError, match=r"no node type 'compose\.blurr'; did you mean 'compose\.blur'"
    ):
        registry().get("compose.blurr")


def test_a_replaced_type_leads_to_the_one_that_took_over():
    assert registry().resolve_replaced("filters.soften") is Blur.spec
    assert registry().resolve_replaced("filters.sharpen") is None


def test_user_folders_load_with_their_subfolders_and_each_other(tmp_path: Path):
    write(tmp_path / "plain.py", "Plain", "plain")
    write(tmp_path / "sub" / "deep.py", "Deep", "deep", "from user_nodes.plain import Plain")
    types = loaded(tmp_path)
    assert types.problems == []
    assert [spec.id for spec in types.specs()] == ["mine.deep", "mine.plain"]
    assert types.get("mine.plain").cls.__module__ == "user_nodes.plain"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_this_name", "nothing_of_this_name"),
        ("def (", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("from engine.node import Node\nclass X(Node, id='a.b'): pass", "no docstring"),
        ("\0", "SyntaxError"),
    ],
)
def test_a_user_file_that_fails_is_said_and_the_rest_loads(tmp_path: Path, text: str, said: str):
    (tmp_path / "broken.py").write_text(text)
    write(tmp_path / "plain.py", "Plain", "plain")
    types = loaded(tmp_path)
    assert [spec.id for spec in types.specs()] == ["mine.plain"]
    assert said in types.problems[0].message
    assert types.problems[0].file == str(tmp_path / "broken.py")


def test_a_duplicate_id_names_both_files(tmp_path: Path):
    write(tmp_path / "one.py", "One", "same")
    write(tmp_path / "two.py", "Two", "same")
    types = loaded(tmp_path)
    assert "One in " in types.problems[0].message
    assert "two.py" in types.problems[0].message
    write(tmp_path / "new" / "plain.py", "Plain", "same")
    another = loaded(tmp_path / "new").get("mine.same")
    with pytest.raises(SpecError, match=r"one\.py and Plain in "):
        types.add(another)


def test_files_of_one_name_in_two_folders_are_both_loaded(tmp_path: Path):
    write(tmp_path / "a" / "same.py", "First", "first")
    write(tmp_path / "b" / "same.py", "Second", "second")
    types = loaded(tmp_path / "a")
    types.load_folder(tmp_path / "b")
    assert [spec.id for spec in types.specs()] == ["mine.first", "mine.second"]


def test_a_missing_folder_is_a_problem(tmp_path: Path):
    assert "is not a folder" in loaded(tmp_path / "gone").problems[0].message


def test_a_package_loads_but_for_modules_that_lack_a_dependency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path / "pack" / "sub" / "good.py", "Good", "good")
    write(tmp_path / "pack" / "bad.py", "Bad", "bad", "import a_missing_package")
    write(tmp_path / "pack" / "models" / "net.py", "Net", "net")
    for folder in ("pack", "pack/sub", "pack/models"):
        (tmp_path / folder / "__init__.py").touch()
    types = Registry()
    types.load_package("pack")
    assert [spec.id for spec in types.specs()] == ["mine.good"]
    assert types.problems[0].message == "pack.bad needs a_missing_package, which is not installed"
    assert "pack.models" not in sys.modules
    assert {name for name, _ in types.slowest_imports()} >= {"pack.sub.good"}
