"""Records what a real Prefect client makes of the corpus: run it with each client's Python.

    PYTHON project/tests/record.py prefect3

writes recorded/prefect3/FILE.json: for each flow its name, its description and the schema of its parameters, as
`prefect deploy` sends them.
"""

import ast
import importlib
import inspect
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"


def flows_of(path: Path) -> list[str]:
    """The flows of a file, `CLASS.METHOD` for those in a class; functions with decorators when it cannot be imported."""
    from prefect.flows import Flow

    try:
        module = importlib.import_module(path.stem)
    except Exception:
        return [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    found = [name for name, value in vars(module).items() if isinstance(value, Flow)]
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            found += [f"{name}.{inner}" for inner in vars(value) if isinstance(getattr(value, inner, None), Flow)]
    return found


def record(entrypoint: str) -> dict:
    from prefect.flows import load_flow_from_entrypoint
    from prefect.utilities.callables import parameter_schema

    flow = load_flow_from_entrypoint(entrypoint)
    schema = parameter_schema(flow)
    if hasattr(schema, "model_dump"):
        schema = schema.model_dump(exclude_unset=True)
    else:
        schema = schema.dict()
    return {"name": flow.name, "description": flow.description, "schema": schema}


def main(label: str):
    sys.path.insert(0, str(CORPUS))
    os.chdir(CORPUS)
    sys.dont_write_bytecode = True
    target = HERE / "recorded" / label
    target.mkdir(parents=True, exist_ok=True)
    total = 0
    for path in sorted(CORPUS.glob("*.py")):
        found = {}
        for name in flows_of(path):
            try:
                found[name] = record(f"{path.name}:{name}")
            except Exception as error:
                found[name] = {"refused": f"{type(error).__name__}: {error}".splitlines()[0]}
        total += len(found)
        (target / f"{path.stem}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(f"{total} signatures recorded in {target}")


if __name__ == "__main__":
    main(sys.argv[1])
