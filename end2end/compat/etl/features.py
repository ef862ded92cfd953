"""Flows for what people use beside plain tasks; each is one line of the report that is printed at the end.

Run with the names of the flows to run; a flow that ends otherwise than it should is told with its error.
"""

import asyncio
import json
import sys
import tempfile
import time
import traceback
from datetime import timedelta

import prefect
from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.tasks import task_input_hash
from prefect.variables import Variable

MAJOR = int(prefect.__version__.split(".")[0])
if MAJOR == 3:
    from pydantic import SecretStr
else:  # JSON and String blocks went with Prefect 3.
    from prefect.blocks.system import JSON, String
    from pydantic.v1 import SecretStr


@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(minutes=5), persist_result=True)
def costly(word: str) -> str:
    return f"{word} {time.time_ns()}"


@flow
def caching(word: str):
    return costly(word) == costly(word)


tries = {"n": 0}


@task(retries=3, retry_delay_seconds=[0.1, 0.2, 0.1], retry_jitter_factor=0.5)
def third_time() -> int:
    tries["n"] += 1
    if tries["n"] < 3:
        raise ValueError(f"try {tries['n']}")
    return tries["n"]


@flow
def jitter(word: str):
    return third_time() == 3


@task
def double(n: int) -> int:
    return 2 * n


@task
def total(numbers) -> int:
    return sum(numbers)


@flow
def mapped(word: str):
    return total(double.map([1, 2, 3, 4, 5])) == 30


@task
async def later(n: int) -> int:
    await asyncio.sleep(0.01)
    return n


@flow
async def inner(n: int) -> int:
    return await later(n)


@flow
async def asynchronous(word: str):
    return sum(await asyncio.gather(*(later(n) for n in range(4)))) + await inner(4) == 10


@flow
def artifacts(word: str):
    create_markdown_artifact(f"# {word}", key=f"md-{word}", description="a page")
    create_markdown_artifact(f"# {word} again", key=f"md-{word}")
    create_table_artifact([{"a": 1, "b": word}], key=f"table-{word}")
    create_link_artifact("https://example.org", key=f"link-{word}", link_text="there")
    return True


@flow
def variables(word: str):
    name = f"v_{word}"
    Variable.set(name, word)
    Variable.set(name, f"{word}-2", overwrite=True)
    got = Variable.get(name)
    return (got if MAJOR == 3 else got.value) == f"{word}-2"


class Cupboard(Block):
    """A block of our own, with a secret and a nested block."""

    _block_type_name = "Compat Cupboard"
    _block_type_slug = "compat-cupboard"

    shelf: str
    key: SecretStr
    inner: Secret


@flow
def blocks(word: str):
    Secret(value=f"hidden {word}").save(f"secret-{word}")
    if MAJOR == 2:
        JSON(value={"w": [word, 1]}).save(f"json-{word}")
        assert JSON.load(f"json-{word}").value == {"w": [word, 1]}
        String(value=word).save(f"string-{word}")
        assert String.load(f"string-{word}").value == word
    from prefect.filesystems import LocalFileSystem

    with tempfile.TemporaryDirectory() as folder:
        LocalFileSystem(basepath=folder).save(f"files-{word}")
        LocalFileSystem.load(f"files-{word}").write_path("a.txt", b"x")
    Cupboard.register_type_and_schema()
    Cupboard(shelf="top", key="k", inner=Secret.load(f"secret-{word}")).save(f"cupboard-{word}")
    again = Cupboard.load(f"cupboard-{word}")
    assert Secret.load(f"secret-{word}").get() == f"hidden {word}"
    return again.key.get_secret_value() == "k" and again.inner.get() == f"hidden {word}" and again.shelf == "top"


# Parameters may be copied on their way into a task.
alone_spans = []


@task(tags=["compat-one"])
def alone():
    begun = time.monotonic()
    time.sleep(0.3)
    alone_spans.append((begun, time.monotonic()))


@flow
def tag_limit(word: str):
    # Prefect 2 asks for a slot again after half a minute, which is too long for a test.
    runs = [alone.submit() for _ in range(2 if MAJOR == 3 else 1)]
    [run.wait() for run in runs]
    alone_spans.sort()
    return len(alone_spans) == len(runs) and all(b[0] >= a[1] - 0.05 for a, b in zip(alone_spans, alone_spans[1:]))


guarded_spans = []


@task
def guarded(name: str):
    with concurrency(name, occupy=1):
        begun = time.monotonic()
        time.sleep(0.2)
        guarded_spans.append((begun, time.monotonic()))


@flow
def global_limit(word: str):
    if MAJOR == 2:
        # Its client may wait for itself for ever when several threads ask for slots at once.
        [guarded(f"gcl-{word}") for _ in range(3)]
    else:
        [run.wait() for run in [guarded.submit(f"gcl-{word}") for _ in range(3)]]
    guarded_spans.sort()
    return len(guarded_spans) == 3 and all(b[0] >= a[1] - 0.05 for a, b in zip(guarded_spans, guarded_spans[1:]))


@flow
def rates(word: str):
    begun = time.monotonic()
    for _ in range(3):
        rate_limit(f"rate-{word}")
    return time.monotonic() - begun >= 0.4


@flow
def transactions(word: str):
    from prefect.transactions import transaction

    undone = []

    @task
    def write(name: str):
        return name

    @write.on_rollback
    def undo(txn):
        undone.append("undone")

    try:
        with transaction():
            write("a")
            raise RuntimeError("not this time")
    except RuntimeError:
        pass
    with transaction():
        write("b")
    return undone == ["undone"]


@flow
def events(word: str):
    from prefect.events import emit_event
    from prefect.events.clients import get_events_subscriber
    from prefect.events.filters import EventFilter, EventNameFilter

    async def hear():
        wanted = EventFilter(event=EventNameFilter(name=[f"compat.{word}"]))
        async with get_events_subscriber(filter=wanted) as subscriber:
            emit_event(f"compat.{word}", resource={"prefect.resource.id": f"compat.{word}"}, payload={"n": 1})
            async for event in subscriber:
                return event.payload

    return asyncio.run(asyncio.wait_for(hear(), 20)) == {"n": 1}


FLOWS = [caching, jitter, mapped, asynchronous, artifacts, variables, blocks, tag_limit, global_limit, rates]
if MAJOR == 3:
    FLOWS += [transactions, events]

if __name__ == "__main__":
    word, report = sys.argv[1], {}
    for each in FLOWS:
        try:
            outcome = asyncio.run(each(word)) if asyncio.iscoroutinefunction(each.fn) else each(word)
            report[each.fn.__name__] = outcome
        except Exception:
            report[each.fn.__name__] = traceback.format_exc()[-1500:]
    print("REPORT " + json.dumps(report))
