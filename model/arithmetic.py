"""Elementary functions with the same bits on every processor, from operations that IEEE 754 rounds exactly.

Those are sums, products, quotients and roots, here in a fixed order. The functions of numpy and of the C library have
variants for kinds of processors that differ in the last digit. These take numbers and arrays, in compiled loops too,
and give the same compiled or not. ``exp``, ``log`` and ``power`` err by less than one unit in the last place, ``expm1``
and ``log1p`` by less than two; the method is that of fdlibm (Sun Microsystems 1993, https://www.netlib.org/fdlibm/).
"""

from __future__ import annotations

import numpy as np

from .arrays import Array
from .compiled import elementwise, inlined

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, the first so short that its multiples are exact."""
SMALLEST = 2.0**-1022
"""Below it numbers have fewer digits."""


@inlined
def _exp(x, more):  # type: ignore[no-untyped-def]
    """``k`` and ``q`` of ``exp(x + more) = 2^k (1 + q)``, -746 <= x <= 710 and ``more`` below a digit of x."""
    k = np.floor(x * 1.44269504088896338700 + 0.5)
    high, low = x - k * LN2_HIGH, k * LN2_LOW - more
    r = high - low
    t = r * r
    odd = 6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
    c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * odd))
    return k, high - (low - r * c / (2.0 - c))


@inlined
def _scaled(q, k):  # type: ignore[no-untyped-def]
    """``2^k (1 + q)``, in two steps that stay within what a number can be."""
    half = np.floor(0.5 * k)
    first = np.int64((np.int64(half) + 1023) << 52).view(np.float64)
    second = np.int64((np.int64(k - half) + 1023) << 52).view(np.float64)
    return (1.0 + q) * first * second


@inlined
def _apart(x):  # type: ignore[no-untyped-def]
    """``k`` and ``f`` of ``x = 2^k (1 + f)`` with 1 + f between the roots of 1/2 and of 2; x above 0."""
    small = x < SMALLEST
    bits = np.float64(x * (2.0**54 if small else 1.0)).view(np.int64)
    k = (bits - 0x3FE6A09E667F3BCD) >> 52
    return np.float64(k) - (54.0 if small else 0.0), np.int64(bits - (k << 52)).view(np.float64) - 1.0


@inlined
def _series(z):  # type: ignore[no-untyped-def]
    """``R(s^2)`` of ``ln(1 + f) = s (2 + R)``, ``s = f / (2 + f)``."""
    w = z * z
    even = 3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01)
    odd = 1.818357216161805012e-01 + w * 1.479819860510658591e-01
    return w * even + z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * odd))


@inlined
def _log(x):  # type: ignore[no-untyped-def]
    """ln x where x is above 0 and finite, by ``2 s = f - s f``."""
    k, f = _apart(x)
    s, half = f / (2.0 + f), 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + _series(s * s)) + k * LN2_LOW)) - f)


@inlined
def _product_error(x, y, product):  # type: ignore[no-untyped-def]
    """What rounding took from a product (Dekker 1971, doi:10.1007/BF01397083)."""
    a, b = 134217729.0 * x, 134217729.0 * y
    x_high, y_high = a - (a - x), b - (b - y)
    x_low, y_low = x - x_high, y - y_high
    return x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)


@inlined
def _long_log(x):  # type: ignore[no-untyped-def]
    """ln x in two parts, with some six bits more than a number has."""
    k, f = _apart(x)
    z = 1.0 + f
    below = z + 1.0
    s = f / below
    product = s * below
    rest = ((f - product) - _product_error(s, below, product) - s * (z - (below - 1.0))) / below
    high, whole = 2.0 * s, k * LN2_HIGH
    total = whole + high
    added = total - whole
    lost = (whole - (total - added)) + (high - added)
    low = lost + (2.0 * rest + s * _series(s * s) + k * LN2_LOW)
    first = total + low
    return first, low - (first - total)


@elementwise
def exp(x):  # type: ignore[no-untyped-def]
    """``e^x``."""
    number = x if x == x else 0.0
    k, q = _exp(min(max(number, -746.0), 710.0), 0.0)
    return _scaled(q, k) if x == x else x


@elementwise
def expm1(x):  # type: ignore[no-untyped-def]
    """``e^x - 1``, exact to the last digits where x is small too."""
    number = x if x == x else 0.0
    k, q = _exp(min(max(number, -60.0), 710.0), 0.0)
    half = np.int64((np.int64(k) + 1022) << 52).view(np.float64)
    result = 2.0 * (half * q + (half - 0.5)) if k != 0.0 else q
    return result if x == x and x != 0.0 else x


@elementwise
def log(x):  # type: ignore[no-untyped-def]
    """Natural logarithm; minus infinity at 0, not a number below."""
    number = x if x == x else 1.0
    known = number > 0.0 and number < np.inf
    result = _log(number if known else 1.0)
    if not known:
        result = number if number > 0.0 else (-np.inf if number == 0.0 else np.nan)
    return result if x == x else x


@elementwise
def log1p(x):  # type: ignore[no-untyped-def]
    """``ln(1 + x)``, exact to the last digits where x is small too."""
    number = x if x == x else 0.0
    above = 1.0 + number
    known = above > 0.0 and above < np.inf
    safe = above if known else 1.0
    result = _log(safe) + (number - (safe - 1.0)) / safe if known else 0.0
    if not known:
        result = number if above > 0.0 else (-np.inf if above == 0.0 else np.nan)
    return result if x == x else x


@elementwise
def power(x, y):  # type: ignore[no-untyped-def]
    """``x^y`` of x not below 0; the first power is x itself."""
    number, exponent = x if x == x else 1.0, y if y == y else 1.0
    known = number > 0.0 and number < np.inf
    exponent = min(max(exponent, -(2.0**100)), 2.0**100)
    first, second = _long_log(number if known else 1.0)
    product = exponent * first
    more = _product_error(exponent, first, product) + exponent * second
    inside = product > -746.0 and product < 710.0
    k, q = _exp(min(max(product, -746.0), 710.0), more if inside else 0.0)
    result = number if exponent == 1.0 else _scaled(q, k)
    if not known and exponent != 0.0:
        result = np.nan if number < 0.0 else (0.0 if (number == 0.0) == (exponent > 0.0) else np.inf)
    return result if x == x and y == y else np.nan


@elementwise
def hypot(x, y):  # type: ignore[no-untyped-def]
    """Length of the vector (x, y)."""
    return np.sqrt(x * x + y * y)


@inlined
def _ratio(x, above, below):  # type: ignore[no-untyped-def]
    """Ratio of two polynomials, coefficients from the highest power."""
    top, bottom = 0.0, 0.0
    for i in range(len(above)):
        top, bottom = top * x + above[i], bottom * x + below[i]
    return top / bottom


CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457),
    (13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867),
    (5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)
NEAR = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258),
    (3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459),
    (0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)
FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093),
    (0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4),
    (0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)


@elementwise
def normal_quantile(p):  # type: ignore[no-untyped-def]
    """The standard normal value below which a share p lies, 0 < p < 1 (Wichura 1988, doi:10.2307/2347330, AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, CENTRE[0] + CENTRE[1], CENTRE[2] + CENTRE[3])
    r = np.sqrt(-_log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        tail = _ratio(r - 1.6, NEAR[0] + NEAR[1], NEAR[2] + NEAR[3])
    else:
        tail = _ratio(r - 5.0, FAR[0] + FAR[1], FAR[2] + FAR[3])
    return -tail if q < 0.0 else tail


DEPTH = 60
"""Terms of series and continued fractions, more than a number can tell."""


@elementwise
def normal_share(z):  # type: ignore[no-untyped-def]
    """Share of the standard normal distribution below z: its series, in the tails its continued fraction."""
    if z != z:
        return z
    k, q = _exp(max(-0.5 * z * z, -746.0), 0.0)
    density = _scaled(q, k) * 0.3989422804014327
    total, term = z, z
    if abs(z) < 2.0:
        for i in range(DEPTH):
            term = term * z * z / (2 * i + 3)
            total += term
        return 0.5 + density * total
    below = abs(z)
    for i in range(DEPTH):
        below = abs(z) + (DEPTH - i) / below
    return density / below if z < 0.0 else 1.0 - density / below


def interp(x: Array, at: Array, values: Array) -> Array:
    """Values between known ones on straight lines, beyond them the first and the last, as of ``numpy.interp``."""
    inside = np.clip(x, at[0], at[-1])
    after = np.searchsorted(at, inside)
    before = np.maximum(after - 1, 0)
    slope = (values[after] - values[before]) / np.where(after > 0, at[after] - at[before], 1)
    result: Array = np.where(inside == at[after], values[after], slope * (inside - at[before]) + values[before])
    return result


def sine(x: Array) -> Array:
    """Sine of angles between -pi and pi, by its series."""
    folded = np.where(np.abs(x) > np.pi / 2, np.copysign(np.pi, x) - x, x)
    total, square = np.ones_like(folded), folded * folded
    for i in range(24, 1, -2):
        total = 1 - square / (i * (i + 1)) * total
    return folded * total


def arcsine(x: Array) -> Array:
    """Angle of this sine, 0 to pi / 2: halved until it is small, then by its series."""
    for _ in range(5):
        x = x / np.sqrt(2 * (1 + np.sqrt(np.maximum(1 - x * x, 0))))
    square = x * x
    total = square * (1 / 6 + square * (3 / 40 + square * (15 / 336 + square * (105 / 3456 + square * (945 / 42240)))))
    result: Array = 32 * (x + x * total)
    return result
