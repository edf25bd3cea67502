"""How symbols are cut into batches."""

from eliteflow.scheduler.cycle import batches


def test_batches_are_full_but_the_last() -> None:
    """530 symbols in batches of 64 are eight full ones and one of 18."""
    sizes = [len(batch) for batch in batches(range(530), 64)]  # type: ignore[arg-type]  # any sequence is cut alike
    assert sizes == [64] * 8 + [18]
