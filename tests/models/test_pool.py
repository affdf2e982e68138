"""Several models on one device: within its memory, in turn, and nothing is left behind whatever ends a lease."""

import ctypes
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from aiditor.errors import AIditorError, BadConfig, Cancelled
from aiditor.models.line import PATIENCE, Line, Ticket
from aiditor.models.meter import CpuMeter, measured, tensor_bytes
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec, out_of_memory


class Memory:
    """A device whose bytes are counted as models come and go, whatever the pool believes."""

    def __init__(self, limit: int = 10**9, keeps_peaks: bool = False) -> None:
        self.keeps_peaks = keeps_peaks
        self.limit = limit
        self.taken = self.peak = 0
        self.lock = threading.Lock()

    def budget(self) -> int:
        return self.limit

    def used(self) -> int:
        return self.taken

    def settle(self) -> None:
        return

    def take(self, count: int) -> None:
        with self.lock:
            if self.taken + count > self.limit:
                raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {count} bytes")
            self.taken += count
            self.peak = max(self.peak, self.taken)

    def give(self, count: int) -> None:
        with self.lock:
            self.taken -= count


class Model:
    """Bytes in a Memory."""

    def __init__(self, name: str, memory: Memory, size: int) -> None:
        self.name, self.memory, self.size, self.users = name, memory, size, 0
        memory.take(size)

    def unload(self) -> None:
        assert self.users == 0, f"{self.name} is unloaded while somebody works with it"
        self.memory.give(self.size)


class Bench:
    """A pool on pretended devices, and what was loaded on them in order."""

    def __init__(self, device="cuda", budget=None, gpu=None, cpu=None, **sizes):
        self.memory = {"cuda": gpu or Memory(), "cpu": cpu or Memory()}
        self.loaded = []
        self.pool = Pool(device, budget_bytes=budget, meter=self.memory.__getitem__)
        for name, size in sizes.items():
            self.add(name, size)

    def add(self, name, size, *, says=None, pause_s=0.0, **more):
        def load(device, dtype):
            time.sleep(pause_s)
            model = Model(name, self.memory[device], size)
            self.loaded.append((name, device, dtype))
            return model

        says = size if says is None else says
        spec = Spec(load, lambda device, dtype: says, unload=Model.unload, own_bytes=lambda m: m.size, **more)
        self.pool.register(name, spec)

    def names(self):
        return [name for name, *_ in self.loaded]

    def empty(self):
        """Whether nothing is held, waiting or set aside, and unloading gives every byte back."""
        before = self.pool.metrics()
        self.pool.clear()
        after = self.pool.metrics()
        assert before.waiting == 0
        assert not any(model.holders for model in before.loaded)
        return after.used_bytes == 0 and not after.loaded and all(m.taken == 0 for m in self.memory.values())


def starting(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def until(condition, timeout_s=20.0):
    """Wait for it; a machine may be busy."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)


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


# --- the line


def tickets(*names):
    line, made = Line(), [Ticket(name, "cuda") for name in names]
    for ticket in made:
        line.join(ticket)
    return line, made


def test_first_come_first_served():
    line, (first, second) = tickets("a", "b")
    assert line.may_go(first, lambda _: True)
    assert not line.may_go(second, lambda _: True)


def test_one_for_a_free_model_overtakes_but_not_for_ever():
    line, (first, *others) = tickets("a", *"bcbcb")
    for ticket in others[:PATIENCE]:
        assert line.may_go(ticket, lambda other: other is not first)
        line.go(ticket)
    assert first.overtaken == line.overtakes == PATIENCE
    assert not line.may_go(others[PATIENCE], lambda other: other is not first)
    others[PATIENCE].holding = True  # others may wait for what it has, so it must get on
    assert line.may_go(others[PATIENCE], lambda other: other is not first)


def test_nobody_overtakes_for_the_same_model():
    line, (_, second) = tickets("a", "a")
    assert not line.may_go(second, lambda other: other is second)


def test_the_dead_do_not_stand_in_the_way():
    line, (ghost, alive) = tickets("a", "b")
    ghost.thread = threading.Thread()
    assert line.may_go(alive, lambda _: True)
    assert list(line) == [alive]


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


# --- out of memory


def test_all_idle_ones_go_and_it_is_tried_once_more():
    bench = Bench(budget=1000, gpu=Memory(limit=150), a=100, b=100)
    with bench.pool.lease("a"):
        pass
    with bench.pool.lease("b"):
        pass
    metrics = bench.pool.metrics()
    assert (metrics.oom_retries, metrics.evictions, metrics.fallbacks) == (1, 1, 0)
    assert bench.loaded[-1] == ("b", "cuda", "float16")
    assert bench.empty()


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()])
def test_then_it_is_loaded_on_the_cpu_with_a_warning(error, caplog):
    bench, tried = Bench(a=100), []

    def load(device, dtype):
        tried.append((device, dtype))
        if device == "cuda":
            raise error
        return Model("w", bench.memory[device], 50)

    dtypes = {"cuda": "float16", "cpu": "int8"}
    bench.pool.register("w", Spec(load, lambda device, dtype: 50, Model.unload, lambda m: m.size, dtypes))
    for _ in range(2):
        with caplog.at_level(logging.WARNING), bench.pool.lease("w") as model:
            assert model.memory is bench.memory["cpu"]
    assert tried == [("cuda", "float16"), ("cuda", "float16"), ("cpu", "int8")]
    metrics = bench.pool.metrics()
    assert (metrics.oom_retries, metrics.fallbacks, metrics.used_bytes) == (1, 1, 0)
    assert [(m.name, m.device, m.dtype) for m in metrics.loaded] == [("w", "cpu", "int8")]
    assert metrics.warnings == tuple(record.message for record in caplog.records)
    assert "w is loaded on the CPU, which is slower: cuda ran out of memory" in metrics.warnings[0]
    assert bench.empty()


def test_after_a_crowd_the_device_is_tried_again():
    bench = Bench(budget=1000, gpu=Memory(limit=150), a=100, b=100)
    leave, inside = threading.Event(), threading.Event()

    def hold():
        with bench.pool.lease("a"):
            inside.set()
            leave.wait(20)

    thread = starting(hold)
    assert inside.wait(20)
    for _ in range(2):
        with bench.pool.lease("b") as model:
            assert model.memory is bench.memory["cpu"]
    leave.set()
    thread.join(20)
    with bench.pool.lease("b") as model:
        assert model.memory is bench.memory["cuda"]
    assert [device for name, device, _ in bench.loaded if name == "b"] == ["cpu", "cuda"]
    assert bench.empty()


def test_no_memory_anywhere_is_one_sentence():
    bench = Bench(gpu=Memory(limit=50), cpu=Memory(limit=60))
    bench.add("a", 100, says=40)
    with pytest.raises(AIditorError, match=r"there is not enough memory for a .*: close other programs"):
        bench.pool.lease("a").__enter__()
    assert bench.empty()


def test_what_can_never_fit_goes_to_the_cpu_or_is_refused():
    bench = Bench(budget=90, a=100)
    for _ in range(2):
        with bench.pool.lease("a") as model:
            assert model.memory is bench.memory["cpu"]
    assert bench.pool.metrics().fallbacks == 1
    small = Bench("cpu", budget=90, a=100)
    with pytest.raises(AIditorError, match=r"a needs .* GB and models may take .* GB: choose a smaller model"):
        small.pool.lease("a").__enter__()


def test_one_that_is_larger_than_it_said_is_measured_and_makes_room():
    bench = Bench(budget=250, a=100)
    bench.add("liar", 200, says=50)
    with bench.pool.lease("a"):
        pass
    with bench.pool.lease("liar"):
        assert bench.pool.metrics().used_bytes == 200
    assert (bench.pool.metrics().overruns, bench.names()) == (1, ["a", "liar"])
    with bench.pool.lease("a"):
        pass
    bench.memory["cuda"].peak = 0
    with bench.pool.lease("liar"):
        pass
    assert bench.memory["cuda"].peak == 200  # known by now: the other left before it came
    assert bench.empty()


def test_one_that_is_larger_than_it_said_waits_for_room_that_others_hold():
    bench = Bench(budget=250, a=100)
    bench.add("liar", 200, says=50)
    got = threading.Event()

    def want():
        with bench.pool.lease("liar"):
            got.set()

    with bench.pool.lease("a"):
        thread = starting(want)
        until(lambda: bench.pool.metrics().overruns == 1)
        until(lambda: bench.memory["cuda"].taken == 100)
        assert not got.is_set()
    thread.join(20)
    assert got.is_set()
    assert bench.empty()


def test_work_that_runs_out_of_memory_is_done_on_the_cpu_in_the_end():
    bench, ran = Bench(a=100), []

    def work(model):
        ran.append(model.memory is bench.memory["cuda"])
        if ran[-1]:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"

    assert bench.pool.run("a", work) == "done"
    assert ran == [True, True, False]
    metrics = bench.pool.metrics()
    assert (metrics.oom_retries, metrics.fallbacks) == (1, 1)
    assert "a goes on on the CPU" in metrics.warnings[0]
    with pytest.raises(ValueError, match="other"):
        bench.pool.run("a", lambda model: (_ for _ in ()).throw(ValueError("other")))
    assert bench.empty()


def test_what_counts_as_out_of_memory():
    assert out_of_memory(RuntimeError("CUDA failed with error out of memory"))  # CTranslate2's words
    assert not out_of_memory(RuntimeError("shapes differ"))
    assert not out_of_memory(OSError("out of memory"))


# --- measuring


def test_tensors_are_counted_once_and_freed_even_where_somebody_still_names_the_model():
    net = torch.nn.Sequential(torch.nn.Linear(64, 64, bias=False), torch.nn.BatchNorm1d(64))
    net.tied = net[0]
    size = 64 * 64 * 4 + 4 * 64 * 4 + 8
    assert tensor_bytes(net) == size
    assert tensor_bytes(object()) == 0
    pool = Pool("cpu", budget_bytes=10**9)
    pool.register("net", Spec(lambda device, dtype: net, lambda device, dtype: 10))
    with pool.lease("net") as model:
        assert pool.metrics().loaded[0].bytes == size
    pool.clear()
    assert {p.device.type for p in model.parameters()} == {"meta"}


def test_growth_counts_where_it_can_be_believed():
    def size(own, growth, alone=True, gpu=True):
        return measured(own, growth, 100, alone=alone, growth_counts=gpu)

    assert size(0, 130) == 130
    assert size(0, 3) == 100  # served from what the allocator had kept
    assert size(0, 40, alone=False) == 100
    assert size(80, 130) == 130
    assert size(80, 500, alone=False) == 80
    assert size(80, 500, gpu=False) == 80


def test_the_resident_set_sees_what_is_touched():
    meter = CpuMeter()
    before = meter.used()
    block = b"x" * (16 * 2**20)
    assert meter.used() - before > 12 * 2**20
    assert meter.budget() > len(block)


def test_work_alone_shows_what_it_needed_and_room_is_kept_for_it():
    gpu = Memory(keeps_peaks=True)
    bench = Bench(budget=250, gpu=gpu, a=100, b=100)
    with bench.pool.lease("a"):
        gpu.take(80)  # what torch keeps after a run
    assert bench.pool.metrics().loaded[0].working_bytes == 80
    gpu.give(80)
    with bench.pool.lease("b"):
        pass
    with bench.pool.lease("a"):
        metrics = bench.pool.metrics()
        assert (metrics.used_bytes, [m.name for m in metrics.loaded]) == (180, ["a"])
    assert bench.empty()
