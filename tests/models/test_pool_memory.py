"""When memory is short, and how it is measured."""

import logging
import mmap
import threading

import pytest
import torch
from models.pretended import Bench, Memory, Model, starting, until

from aiditor.errors import AIditorError
from aiditor.models.meter import CpuMeter, measured, tensor_bytes
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec, out_of_memory

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
    # Pages of its own: a block from the heap may be one that is resident already.
    with mmap.mmap(-1, 64 * 2**20) as block:
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        assert meter.used() - before > 48 * 2**20
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
