"""Elementary functions that are the same everywhere: how exact, where they end, and that nothing goes past them."""

import ast
import math
import statistics
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from microdrama.model.arithmetic import (
    arcsine,
    exp,
    expm1,
    interp,
    log,
    log1p,
    normal_quantile,
    normal_share,
    power,
    sine,
)

ROOT = Path(__file__).parents[2]
INF, NAN = math.inf, math.nan
NEAR_0, NEAR_1 = np.geomspace(1e-9, 1, 60), np.geomspace(0.5, 2, 101)
WIDE = np.concatenate([NEAR_0, -NEAR_0, np.linspace(-40, 40, 173)])
ANY = np.concatenate([NEAR_1, np.geomspace(1e-300, 1e300, 131)])


def digits_off(found, exact):
    """Largest distance from the exact values, in units of the last place."""
    return max(
        float(abs(Decimal(float(x)) - y) / Decimal(math.ulp(float(y)))) for x, y in zip(found, exact, strict=True)
    )


@pytest.mark.parametrize(
    ("function", "exact", "values", "allowed"),
    [
        (exp, lambda x: x.exp(), (WIDE,), 1),
        (exp, lambda x: x.exp(), (np.linspace(-708, 709, 150),), 1),
        (expm1, lambda x: x.exp() - 1, (WIDE,), 1.5),
        (log, lambda x: x.ln(), (ANY,), 1),
        (log1p, lambda x: (1 + x).ln(), (np.concatenate([NEAR_0, -NEAR_0[:-1], np.geomspace(1, 1e300, 131)]),), 1.5),
        (power, lambda x, y: (x.ln() * y).exp(), (NEAR_1, np.linspace(-30, 30, 101)), 1),
        (power, lambda x, y: (x.ln() * y).exp(), (np.geomspace(1e-30, 1e30, 131), np.linspace(-9.3, 9.3, 131)), 1),
    ],
)
def test_within_a_unit_of_the_last_place(function, exact, values, allowed):
    with localcontext(prec=60):
        known = [exact(*map(Decimal, each)) for each in zip(*values, strict=True)]
        assert digits_off(function(*values), known) < allowed


def test_where_they_end():
    with np.errstate(all="ignore"):
        ends = {
            exp: {-INF: 0, -746.0: 0, -745.0: 5e-324, 0.0: 1, 710.0: INF, INF: INF, NAN: NAN},
            expm1: {-INF: -1, -0.0: -0.0, 5e-324: 5e-324, 710.0: INF, INF: INF, NAN: NAN},
            log: {-1.0: NAN, 0.0: -INF, 1.0: 0, 5e-324: math.log(5e-324), INF: INF, NAN: NAN},
            log1p: {-2.0: NAN, -1.0: -INF, 5e-324: 5e-324, INF: INF, NAN: NAN},
        }
        for function, at in ends.items():
            np.testing.assert_array_equal(function(list(at)), list(at.values()), function.__name__)
            np.testing.assert_array_equal(function(np.repeat(list(at), 40)), np.repeat(list(at.values()), 40))
        for x in (0.0, 0.5, 2.0, INF):
            for y in (-INF, -1075.0, -1.0, 0.0, 1.0, 1074.0, INF):
                assert power(x, y) == np.power(x, y)
        assert np.isnan(power([NAN, 2, -1], [1, NAN, 2])).all()
    values = np.geomspace(1e-300, 1e300, 97)
    assert (power(values, 1) == values).all() and (power(values, 0) == 1).all() and (power(1, values) == 1).all()


def test_normal_shares_and_quantiles():
    p = np.concatenate([np.geomspace(1e-300, 0.5, 200), np.linspace(0.001, 0.999, 500)])
    known = [statistics.NormalDist().inv_cdf(each) for each in p]
    np.testing.assert_allclose(normal_quantile(p), known, rtol=2e-15, atol=1e-16)
    z = np.linspace(-37, 9, 2000)
    np.testing.assert_allclose(normal_share(z), ndtr(z), rtol=2e-12)
    assert np.isnan(normal_share(np.nan))


def test_angles_and_lines():
    x, part = np.linspace(-np.pi, np.pi, 999), np.linspace(0, 1, 999)
    np.testing.assert_allclose(sine(x), np.sin(x), rtol=0, atol=4e-16)
    np.testing.assert_allclose(arcsine(part), np.arcsin(part), rtol=2e-15)
    at, values = np.array([0.0, 1, 4.5, 9]), np.array([3.0, 1, 5, 2])
    x = np.linspace(-1, 10, 45)
    np.testing.assert_allclose(interp(x, at, values), np.interp(x, at, values), rtol=1e-15)
    assert (interp(at, at, values) == values).all() and (interp(x, at[:1], values[:1]) == 3).all()


# ---------------------------------------------------------------------------- nothing goes past them

SCANNED = ("model", "experiments/outcomes")
BEYOND = {"model/clustering.py": "measures finished runs beside simulated cities; no run or summary rests on it"}
OF_NUMPY = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2", "power", "float_power"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "cbrt", "hypot", "sinc"),
    *("dot", "vdot", "inner", "matmul", "matvec", "vecdot", "vecmat", "einsum", "tensordot", "convolve", "correlate"),
    *("linalg", "fft", "cov", "corrcoef", "polyfit", "polyval", "interp", "logspace", "geomspace", "i0"),
}
OF_MATH = {"ceil", "floor", "trunc", "sqrt", "isnan", "isinf", "isfinite", "inf", "nan", "pi", "gcd", "isqrt", "comb"}
"""What of Python's module is exact; the rest is the C library's."""


def _whole(node):
    """Whether the value is written there: a number, or a name in capitals."""
    if isinstance(node, ast.UnaryOp):
        return _whole(node.operand)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def past(text):
    """Uses of what may differ by processor, with their lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            if (module == "np" and name in OF_NUMPY) or (module == "math" and name not in OF_MATH) or name == "dot":
                yield node.lineno, f"{module}.{name}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("math", "numpy", "scipy.special", "numba.extending"):
            yield node.lineno, f"from {node.module} import"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "@"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            if not (_whole(node.left) and _whole(node.right)):
                yield node.lineno, "**"
        elif isinstance(node, ast.keyword) and node.arg in ("fastmath", "parallel"):
            yield node.value.lineno, node.arg


def test_no_result_goes_past_them():
    found = {
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for room in SCANNED
        for path in sorted((ROOT / room).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in BEYOND
        for line, what in past(path.read_text(encoding="utf-8"))
    }
    assert not found, "functions of model/arithmetic.py and model/arrays.py are the same on every processor"
    assert {what for _, what in past("np.exp(1); math.exp(1); a @ b; x**2; 2**x; a.dot(b); f(fastmath=True)")} == {
        *("np.exp", "math.exp", "@", "**", "a.dot", "fastmath")
    }
    assert not list(past("2.0**-52; 2**PLACE_BITS; np.sqrt(x); math.ceil(x); f(**known); math.inf"))
