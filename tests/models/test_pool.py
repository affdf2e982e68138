"""Several models on one device: within its memory, in turn, and nothing is left behind whatever ends a lease."""

import ctypes
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from models.pretended import Bench, Model, starting, until

from aiditor.errors import AIditorError, BadConfig, Cancelled
from aiditor.models.spec import Spec

# --- loading and leaving


def test_loaded_once_and_kept():
    bench = Bench(a=100)
    for _ in range(3):
        with bench.pool.lease("a") as model:
            assert model.name == "a"
    metrics = bench.pool.metrics()
    assert bench.loaded == [("a", "cuda", "float16")]
    assert (metrics.loads, metrics.leases, metrics.waits, metrics.used_bytes) == (1, 3, 0, 100)
    assert [(m.name, m.device, m.bytes, m.holders) for m in metrics.loaded] == [("a", "cuda", 100, 0)]
    assert bench.empty()


def test_the_least_recently_used_leaves_first():
    bench = Bench(budget=250, a=100, b=100, c=100)
    for name in ("a", "b", "a", "c"):
        with bench.pool.lease(name):
            pass
    assert sorted(m.name for m in bench.pool.metrics().loaded) == ["a", "c"]
    assert bench.pool.metrics().evictions == 1
    assert bench.memory["cuda"].peak == 200
    assert bench.empty()


def test_the_cpu_has_its_own_precision_and_a_spec_its_own_mind():
    bench = Bench("cpu", a=100)
    bench.add("whisper", 50, dtypes={"cuda": "float16", "cpu": "int8"})
    for name in ("a", "whisper"):
        with bench.pool.lease(name):
            pass
    assert bench.loaded == [("a", "cpu", "float32"), ("whisper", "cpu", "int8")]


def test_another_key_replaces_the_model_and_the_same_does_not():
    bench = Bench()
    for key in ("one", "one", "two"):
        bench.add("a", 100, key=key)
        with bench.pool.lease("a"):
            pass
    assert bench.names() == ["a", "a"]
    assert bench.memory["cuda"].peak == 100
    assert bench.empty()


def test_a_shareable_model_has_many_holders_and_others_one():
    bench = Bench(b=10)
    bench.add("a", 10, shareable=True)
    inside = threading.Barrier(3, timeout=20)

    def use():
        with bench.pool.lease("a"):
            inside.wait()

    for thread in [starting(use) for _ in range(3)]:
        thread.join(20)
    assert not inside.broken
    with (
        bench.pool.lease("b"),
        pytest.raises(RuntimeError, match="this thread holds b already"),
        bench.pool.lease("b"),
    ):
        pytest.fail("held twice")
    assert bench.empty()


def test_an_unknown_name_is_refused():
    with pytest.raises(BadConfig, match="no model is registered as 'x': register it first; there are: a"):
        Bench(a=1).pool.lease("x").__enter__()


# --- two hundred leases


def test_two_hundred_leases_of_three_models_where_two_fit():
    """The budget is never exceeded, nobody is starved, one holder at a time, and the books agree with the device."""
    bench = Bench(budget=210)
    for name in "abc":
        bench.add(name, 100, pause_s=0.001)
    rng = random.Random(4)
    jobs = [(rng.choice("abc"), rng.uniform(0, 0.006), rng.uniform(0, 0.01)) for _ in range(200)]
    over, done = [], []

    def job(name, pause_s, hold_s):
        time.sleep(pause_s)
        with bench.pool.lease(name) as model:
            model.users += 1
            assert (model.users, model.name) == (1, name)
            if bench.memory["cuda"].taken > 210 or bench.pool.metrics().used_bytes > 210:
                over.append(name)
            time.sleep(hold_s)
            model.users -= 1
        done.append(name)

    with ThreadPoolExecutor(12) as workers:
        for future in [workers.submit(job, *what) for what in jobs]:
            future.result(timeout=60)
    metrics = bench.pool.metrics()
    assert len(done) == metrics.leases == 200
    assert not over
    assert bench.memory["cuda"].peak <= metrics.peak_bytes <= 210
    assert metrics.evictions == metrics.loads - 2 > 0
    assert metrics.loads == len(bench.loaded)
    assert 0 < metrics.waits <= 200
    assert metrics.longest_wait_s <= metrics.waited_s
    assert (metrics.fallbacks, metrics.oom_retries, metrics.overruns, metrics.warnings) == (0, 0, 0, ())
    assert bench.empty()


def test_a_large_model_is_not_starved_by_small_ones():
    bench = Bench(budget=200, large=200, small=90, tiny=90)
    stop, got = threading.Event(), threading.Event()

    def churn(name):
        while not stop.is_set():
            with bench.pool.lease(name):
                time.sleep(0.001)

    def want():
        with bench.pool.lease("large"):
            got.set()

    threads = [starting(churn, name) for name in ("small", "small", "tiny", "tiny")]
    until(lambda: bench.pool.metrics().leases > 8)
    threads.append(starting(want))
    assert got.wait(20)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert bench.empty()


# --- however a lease ends


def test_an_error_inside_gives_the_model_back():
    bench = Bench(a=100)
    with pytest.raises(ZeroDivisionError), bench.pool.lease("a"):
        _ = 1 / 0
    with bench.pool.lease("a", timeout_s=1):
        pass
    assert bench.empty()


def test_waiting_ends_by_time_or_by_word():
    bench = Bench(a=100)
    asked = []

    def wait(**how):
        with pytest.raises(AIditorError) as caught, bench.pool.lease("a", **how):
            pytest.fail("got it")
        asked.append((type(caught.value), str(caught.value)))

    with bench.pool.lease("a"):
        for how in ({"timeout_s": 0.02}, {"stop": lambda: True}):
            thread = threading.Thread(target=wait, kwargs=how)
            thread.start()
            thread.join(20)
    assert asked == [
        (AIditorError, "a was not free in time: try again when less is going on"),
        (Cancelled, "stopped while waiting for a"),
    ]
    assert bench.empty()


class Killed(BaseException):
    """Thrown into a thread from outside."""


def kill(thread):
    hit = ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Killed))
    assert hit == 1


@pytest.mark.parametrize("where", ["waiting", "working", "loading"])
def test_a_killed_thread_leaves_nothing(where):
    bench = Bench(budget=150, a=100, b=100)
    go, there, ended = threading.Event(), threading.Event(), []

    def load(device, dtype):
        there.set()
        while not go.is_set():
            time.sleep(0.002)
        return Model("slow", bench.memory[device], 100)

    bench.pool.register("slow", Spec(load, lambda device, dtype: 100, Model.unload, lambda m: m.size))

    def victim():
        try:
            with bench.pool.lease("slow" if where == "loading" else "b"):
                there.set()
                while not go.is_set():
                    time.sleep(0.002)
        except Killed:
            ended.append(True)

    if where == "waiting":
        with bench.pool.lease("a"):
            thread = starting(victim)
            until(lambda: bench.pool.metrics().waiting == 1)
            kill(thread)
            thread.join(20)
            assert bench.pool.metrics().waiting == 0
    else:
        with bench.pool.lease("a"):
            pass
        thread = starting(victim)
        assert there.wait(20)
        kill(thread)
        thread.join(20)
    assert ended == [True]
    with bench.pool.lease("a", timeout_s=5), pytest.raises(AIditorError):
        bench.pool.lease("b", timeout_s=0.01).__enter__()
    assert bench.empty()


def test_a_loader_that_fails_leaves_room_and_a_line_that_moves():
    bench = Bench(budget=150, a=100)

    def load(device, dtype):
        raise OSError("model.bin is gone")

    bench.pool.register("bad", Spec(load, lambda device, dtype: 100))
    with bench.pool.lease("a"):
        pass
    with pytest.raises(OSError, match="gone"), bench.pool.lease("bad"):
        pytest.fail("loaded")
    assert bench.pool.metrics().used_bytes == 0
    with bench.pool.lease("a", timeout_s=1):
        pass
    assert bench.empty()
