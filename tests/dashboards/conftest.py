"""The model's inner loops are compiled before anything is timed."""

import pytest

from pages import warmed


@pytest.fixture(scope="session", autouse=True)
def warm():
    warmed()
