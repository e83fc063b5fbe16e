"""The rules of the code that no linter knows: what may read the environment, catch everything, or grow."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("contracts", "shared", "services", "client", "cli", "sample", "benchmarks", "deploy")
"""Everything that we wrote but the tests."""
SYSTEM = ("contracts", "shared", "services", "client", "cli")
FILES = [path.relative_to(ROOT).as_posix() for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
WRITTEN = [name for name in FILES if not name.startswith("shared/db/migrations/versions/")]
"""What is written by hand: migrations are generated and never edited again."""
NO_SUBJECT = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
ENVIRONMENT = {"environ", "environb", "getenv", "putenv"}
EVERYTHING = {"Exception", "BaseException"}


Trees = dict[str, ast.Module]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Every file, parsed once and for this module only: half a million nodes are not kept while other tests run."""
    return {name: ast.parse((ROOT / name).read_text()) for name in FILES}


def nodes(trees: Trees, packages: tuple[str, ...] = SYSTEM) -> Iterator[tuple[str, ast.AST]]:
    """Every node of the code of `packages`, with its file."""
    for name, tree in trees.items():
        if name.split("/")[0] in packages:
            yield from ((name, node) for node in ast.walk(tree))


def reads_environment(node: ast.AST) -> bool:
    """True for `os.environ`, `os.getenv` and for importing them."""
    if isinstance(node, ast.Attribute):
        return node.attr in ENVIRONMENT and isinstance(node.value, ast.Name) and node.value.id == "os"
    return isinstance(node, ast.ImportFrom) and node.module == "os" and any(alias.name in ENVIRONMENT for alias in node.names)


def catches_everything(node: ast.AST) -> bool:
    """True for `except:`, `except Exception` (also in a tuple) and `suppress(Exception)`."""
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or any(isinstance(part, ast.Name) and part.id in EVERYTHING for part in ast.walk(node.type))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        return name == "suppress" and any(isinstance(each, ast.Name) and each.id in EVERYTHING for each in node.args)
    return False


def opens_silent_channel(node: ast.AST) -> bool:
    """True for `….channel(…)` that publishes with confirms but does not raise for a message that no queue took."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "channel"):
        return False
    options = {word.arg: isinstance(word.value, ast.Constant) and word.value.value for word in node.keywords}
    consumes = options.get("publisher_confirms", True) is False
    return not consumes and options.get("on_return_raises") is not True


def first(code: str) -> ast.AST:
    """The first expression or statement of `code`."""
    statement = ast.parse(code).body[0]
    return statement.value if isinstance(statement, ast.Expr) else statement


@pytest.mark.parametrize("code", ["os.environ", "os.getenv", "from os import environ", "from os import path, getenv"])
def test_reading_the_environment_is_seen(code: str) -> None:
    assert reads_environment(first(code))


@pytest.mark.parametrize("clause", ["except:", "except Exception:", "except (ValueError, BaseException) as error:"])
def test_catching_everything_is_seen(clause: str) -> None:
    statement = first(f"try:\n  pass\n{clause}\n  pass")
    assert isinstance(statement, ast.Try)
    assert catches_everything(statement.handlers[0])


def test_suppressing_everything_is_seen() -> None:
    assert catches_everything(first("contextlib.suppress(Exception)"))
    assert not catches_everything(first("suppress(OSError)"))


def test_a_silent_channel_is_seen() -> None:
    assert opens_silent_channel(first("connection.channel()"))
    assert opens_silent_channel(first("connection.channel(on_return_raises=False)"))
    assert not opens_silent_channel(first("connection.channel(on_return_raises=True)"))


def test_only_the_settings_read_the_environment(trees: Trees) -> None:
    assert {name for name, node in nodes(trees) if reads_environment(node)} <= {"shared/settings.py"}


def test_exactly_one_place_catches_every_error_and_it_is_the_bus(trees: Trees) -> None:
    places = [name for name, node in nodes(trees) if catches_everything(node)]
    assert len(places) == 1, places
    assert places[0].startswith("shared/bus/")


def test_publishing_channels_raise_for_what_no_queue_took(trees: Trees) -> None:
    assert [f"{name}:{node.lineno}" for name, node in nodes(trees) if isinstance(node, ast.Call) and opens_silent_channel(node)] == []


def test_every_module_says_in_its_first_line_what_it_is_for(trees: Trees) -> None:
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_is_longer_than_250_lines() -> None:
    assert [name for name in WRITTEN if len((ROOT / name).read_text().splitlines()) > 250] == []


def test_no_function_is_longer_than_50_lines(trees: Trees) -> None:
    functions = [(name, node) for name, node in nodes(trees, PACKAGES) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{name}:{node.name}" for name, node in functions if name in WRITTEN and (node.end_lineno or 0) - node.lineno >= 50]
    assert long == []


def test_no_module_is_named_for_nothing() -> None:
    assert [name for name in FILES if NO_SUBJECT.intersection(Path(name).with_suffix("").parts)] == []
