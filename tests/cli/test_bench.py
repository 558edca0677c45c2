"""`numrec-tui bench`: a line for one process, a line for all cores."""

from engine.training import benchmark as measure


def test_bench_times_one_process_and_every_core(numrec, data, monkeypatch):
    monkeypatch.setattr("numrec_tui.cli.bench.cores", lambda: 2)
    answer = numrec("bench", "--data", data)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "60 images"
    for line, processes in zip(lines[2:], (1, 2), strict=True):
        number, epoch, floor, ratio, images = line.split()
        assert int(number) == processes
        assert float(epoch) >= 0
        assert float(floor) >= 0
        assert float(ratio) > 0
        assert int(images.replace(",", "")) > 0


def test_bench_measures_once_where_there_is_one_core(numrec, data, monkeypatch):
    monkeypatch.setattr("numrec_tui.cli.bench.cores", lambda: 1)
    assert len(numrec("bench", "--data", data).out.splitlines()) == 3


def test_the_floor_is_two_products_a_layer_and_one_more_for_each_but_the_first(monkeypatch):
    products = []
    monkeypatch.setattr(measure.np, "matmul", lambda a, b, out: products.append(out.shape))
    measure.floor_seconds((6, 5, 4), images=7, batch_size=5)
    full = [(5, 5), (5, 4), (5, 4), (5, 5), (6, 5)]
    rest = [(2, 5), (2, 4), (5, 4), (2, 5), (6, 5)]
    assert products == full + rest
