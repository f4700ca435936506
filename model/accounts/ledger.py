"""Money: whole fen (1/100 yuan), moved by one function, checked against itself.

Every agent's deposits live in its table's locked ``cash_fen`` column. :meth:`Ledger.pay` is the only code that moves
them, and it books each payment in the transactions-flow matrix (flow x paying sector x receiving sector; Godley &
Lavoie 2007). Everybody starts at zero, so all deposits of the economy always sum to exactly zero: what the others
hold is the rest of China's (banks, households, other firms) and the rest of the world's debt.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import types

from ..addresses import At, cells_of, kind_of
from ..arrays import Array
from ..compiled import compiled, inlined, typed
from ..populations.table import BOOKS, Table, column

SECTORS = {
    "ST": "studios",
    "FB": "film bases",
    "HH": "cast and crew",
    "PL": "platforms",
    "IP": "publishers",
    "SF": "state funds",
    "PF": "private funds",
    "CG": "cities",
    "LL": "landlords",
    "RC": "rest of China",
    "RW": "rest of the world",
}


class Flow(NamedTuple):
    """A kind of payment and the pairs of sectors that may be its two ends."""

    meaning: str
    pairs: str


FLOWS = {
    "viewer_spending": Flow("viewers unlock episodes on paid platforms", "RC>PL"),
    "advertising": Flow("advertising bought on free platforms", "RC>PL"),
    "overseas_spending": Flow("overseas viewers and advertisers", "RW>PL"),
    "promotion": Flow("traffic bought to promote series", "PL>RC PL>RW"),
    "commission": Flow("fees for work made for hire", "PL>ST IP>ST"),
    "guarantee": Flow("minimum guarantees, set against the revenue share", "PL>ST"),
    "revenue_share": Flow("studios' share of what their own series earn", "PL>ST"),
    "script": Flow("script and story rights", "ST>IP"),
    "novel_sales": Flow("novels sold by the series that promote them", "RC>IP"),
    "author_share": Flow("authors' share of rights", "IP>RC"),
    "wages": Flow("cast and crew, by the day", "ST>HH"),
    "foreign_cast": Flow("foreign actors and their flights", "ST>RW"),
    "california": Flow("series shot in California", "ST>RW"),
    "set_hire": Flow("film bases, by the day", "ST>FB"),
    "location_hire": Flow("shooting off base", "ST>LL"),
    "scene_hire": Flow("hire of public scenes paid by the city for those who shoot there", "CG>LL"),
    "office_rent": Flow("offices of studios", "ST>LL"),
    "shell_lease": Flow("lease of converted buildings", "FB>LL"),
    "space_lease": Flow("lease of the space that a city gives to film bases", "CG>LL"),
    "inputs": Flow("equipment, post-production, lodging, overhead, operating cost", "ST>RC FB>RC"),
    "platform_costs": Flow("platforms' owners: capital in, costs and profit out", "PL>RC RC>PL"),
    "base_capex": Flow("conversion of a building into a film base", "FB>RC"),
    "public_capex": Flow("film bases built by a city", "CG>RC"),
    "base_surplus": Flow("surplus of film bases to their owners", "FB>CG FB>RC"),
    "rent_subsidy": Flow("share of studio rent paid by the city", "CG>ST"),
    "park_services": Flow("services of parks paid by the city for studios there", "CG>RC"),
    "housing": Flow("housing paid by the city for studios' staff", "CG>LL"),
    "rebate": Flow("share of local production spending paid back by the city", "CG>ST"),
    "filing_service": Flow("help with review in designated cities", "CG>RC"),
    "training": Flow("newcomers to the trade trained by a city", "CG>RC"),
    "film_tax": Flow("local taxes of the industry", "ST>CG FB>CG PL>CG IP>CG ST>RC FB>RC PL>RC IP>RC"),
    "city_taxes": Flow("other municipal revenue and transfers", "RC>CG"),
    "land_sales": Flow("land-use rights sold", "RC>CG"),
    "city_spending": Flow("municipal spending outside film", "CG>RC"),
    "fund_capital": Flow("capital called by and returned to cities", "CG>SF SF>CG"),
    "fund_claw_back": Flow("promised local spending that was not made", "ST>SF"),
    "private_capital": Flow("private funds: capital in, distributions out", "RC>PF PF>RC"),
    "fund_fees": Flow("management fees and carried interest", "PF>RC"),
    "equity": Flow("equity bought in studios", "SF>ST PF>ST"),
    "dividends": Flow("profits and liquidation proceeds to funds", "ST>SF ST>PF"),
    "founders": Flow("founders' equity in, drawings out", "RC>ST ST>RC"),
    "loans": Flow("bank loans and repayment", "RC>FB FB>RC RC>CG CG>RC"),
    "interest": Flow("interest on bank loans", "FB>RC CG>RC"),
    "write_offs": Flow("overdrafts that banks write off when a firm closes", "RC>ST RC>FB"),
    "fines": Flow("fines for what inspectors found", "ST>RC"),
    "consumption": Flow("cast and crew spend where they live", "HH>RC"),
    "landlords_income": Flow("landlords spend their film income", "LL>RC"),
}
_FLOW_NUMBER = {name: i for i, name in enumerate(FLOWS)}
_SECTOR_NUMBER = {name: i for i, name in enumerate(SECTORS)}
_ENTRY = {
    (name, payer, payee): (_FLOW_NUMBER[name] * len(SECTORS) + _SECTOR_NUMBER[payer]) * len(SECTORS)
    + _SECTOR_NUMBER[payee]
    for name, flow in FLOWS.items()
    for payer, payee in (pair.split(">") for pair in flow.pairs.split())
}
"""Where the flows that there may be stand in the matrix, counted through."""

SIZE = len(FLOWS) * len(SECTORS) * len(SECTORS)
"""Entries of the matrix."""
ALL = slice(None)
"""Everybody in a table, in order."""
Party = tuple["Accounts", "Array | int | slice"]
"""Who pays or is paid: a table and the rows (one for every amount, one row for all amounts, or :data:`ALL`)."""
_NONE, _FIRST = np.empty(0, np.int64), np.zeros(1, np.int64)


def entry(flow: str, pair: str) -> int:
    """Where ``entry("wages", "ST>HH")`` stands in the matrix, counted through: what :func:`pay` takes."""
    return _ENTRY[flow, *pair.split(">")]  # type: ignore[index]


class LedgerError(RuntimeError):
    """An accounting identity failed: the run must not go on."""


class PaymentError(LedgerError):
    """A payment that cannot be made."""

    def __init__(self, entry: int, payer: int, payee: int, fen: int) -> None:
        flow, source, target = next(key for key, at in _ENTRY.items() if at == entry)
        what = "negative amount; swap payer and payee instead" if fen < 0 else "no such row"
        super().__init__(f"'{flow}' of {fen} fen from row {payer} of {source} to row {payee} of {target}: {what}")


class NoMoneyError(LedgerError):
    """A number that is no amount of money."""

    def __init__(self, yuan: float) -> None:
        super().__init__(f"not an amount of money: {yuan} yuan")


class _Books:
    """What :func:`pay` moves: cash and receipts, in audited runs also payments, (2 or 3, living rows) fen.

    Never in one piece of memory, so that compiled functions meet one kind of array.
    """

    def __get__(self, table: Accounts, owner: type[Accounts]) -> Array:
        first = table._kinds()[8, 0].index("cash_fen")
        view = table._blocks[0][first : first + (2 if table.unused else 3), : max(len(table), 1)]
        vars(table)["books"] = view
        table._read.append("books")
        return view


class Accounts(Table):
    """A population that holds money."""

    unused = 3  # until it is audited
    books = _Books()

    @classmethod
    @cache
    def places(cls) -> dict[str, int]:
        return super().places() | {"books": 0}

    def _set_blocks(self, blocks: list[Array]) -> None:
        vars(self).pop("books", None)
        super()._set_blocks(blocks)
        self.addresses[:BOOKS] = self.books.ctypes.data, *self.books.shape, *self.books.strides

    def _count_rows(self) -> None:
        super()._count_rows()
        self.addresses[2] = max(self._n, 1)

    def set_audit(self, audit: bool) -> None:
        """Whether receipts and payments of each row are kept."""
        self.unused = 0 if audit else 3
        self._set_blocks(self._blocks)

    cash_fen = column("i8", "deposits", unit="fen", locked=True)
    received_fen = column("i8", "received this month (audited runs only)", unit="fen", locked=True)
    paid_fen = column("i8", "paid this month (audited runs only)", unit="fen", locked=True)
    opening_fen = column("i8", "deposits at the start of the month (audited runs only)", unit="fen", locked=True)


class Sector(Accounts):
    """A sector kept as one account a row without behaviour of its own (landlords of a city, rest of China, abroad)."""

    def __init__(self, sector: str, rows: int) -> None:
        super().__init__(rows)
        self.sector = sector
        self.add(np.arange(1, rows + 1))


FEN_PER_YUAN = 100


@compiled
def whole_fen(yuan, unit):  # type: ignore[no-untyped-def]
    """Whole fen for an amount in yuan, halves up; ``unit`` is ``econ.fen_per_yuan``."""
    amount = np.floor(yuan * unit + 0.5)
    if not abs(amount) < 2.0**62:
        raise NoMoneyError(yuan)
    return np.int64(amount)


@inlined
def _note(matrix, entry, payer, payee, fen):  # type: ignore[no-untyped-def]
    """Write a payment into the journal if one is kept."""
    if len(matrix) > SIZE:
        at = SIZE + 1 + 4 * matrix[SIZE]
        if at + 4 > len(matrix):
            raise LedgerError("more payments than the journal has room for")
        matrix[at], matrix[at + 1], matrix[at + 2], matrix[at + 3] = entry, payer, payee, fen
        matrix[SIZE] += 1


@typed("void(i8[::1], i8, i8[:, :], i8[:, :], i8, i8[::1])")
def pay_all(matrix, entry, source, target, payee, amounts):  # type: ignore[no-untyped-def]
    """Every row of a table pays its part of ``amounts`` (rows,) to one row of another; the rest as in :func:`pay`."""
    total = 0
    for payer in range(len(amounts)):
        if amounts[payer] < 0:
            raise PaymentError(entry, payer, payee, amounts[payer])
        source[0, payer] -= amounts[payer]
        total += amounts[payer]
    if len(source) > 2:
        for payer in range(len(amounts)):
            source[2, payer] += amounts[payer]
        target[1, payee] += total
    target[0, payee] += total
    matrix[entry] += total


@typed("void(i8[::1], i8, i8[:, :], i8[::1], i8[::1], i8[:, :], i8[::1])")
def pay_out(matrix, entry, source, payers, amounts, target, received):  # type: ignore[no-untyped-def]
    """Some rows of a table pay ``amounts`` (payers,) together, every row of another gets its part of it, ``received``.

    The rest as in :func:`pay`; to whom a payer pays is not said.
    """
    total = 0
    for at in range(len(payers)):
        if amounts[at] < 0 or not 0 <= payers[at] < source.shape[1]:
            raise PaymentError(entry, payers[at], -1, amounts[at])
        total += amounts[at]
    left = total
    for payee in range(len(received)):
        if received[payee] < 0:
            raise PaymentError(entry, -1, payee, received[payee])
        left -= received[payee]
    if left:
        raise LedgerError("what is received is not what is paid")
    for at in range(len(payers)):
        source[0, payers[at]] -= amounts[at]
        _note(matrix, entry, payers[at], -1, amounts[at])
    for payee in range(len(received)):
        target[0, payee] += received[payee]
    if len(source) > 2:
        for at in range(len(payers)):
            source[2, payers[at]] += amounts[at]
        for payee in range(len(received)):
            target[1, payee] += received[payee]
    matrix[entry] += total


@typed("void(i8[::1], i8, i8[:, :], i8, i8[:, :], i8, i8)")
def pay(matrix, entry, source, payer, target, payee, fen):  # type: ignore[no-untyped-def]
    """Move money from one row to another, in compiled loops.

    Parameters
    ----------
    matrix : ``econ.ledger.flows``
    entry : :func:`entry` of the flow and the two sectors
    source, payer, target, payee : ``books`` of a table, and row
    fen : int64
        Not negative.

    Raises
    ------
    PaymentError
        For a row of nobody and a negative amount.
    """
    if fen < 0 or not (0 <= payer < source.shape[1] and 0 <= payee < target.shape[1]):
        raise PaymentError(entry, payer, payee, fen)
    source[0, payer] -= fen
    target[0, payee] += fen
    matrix[entry] += fen
    if len(source) > 2:
        target[1, payee] += fen
        source[2, payer] += fen
    _note(matrix, entry, payer, payee, fen)


@compiled
def _fen(yuan, unit, out):  # type: ignore[no-untyped-def]
    for i in range(yuan.size):
        amount = np.floor(yuan[i] * unit + 0.5)
        if not abs(amount) < 2.0**62:
            return i
        out[i] = np.int64(amount)
    return -1


def fen(yuan: float | Array) -> Array:
    """Whole fen for an amount in yuan, halves up; a value that is not a finite amount of money is an error."""
    amounts = np.ascontiguousarray(yuan, np.float64)
    out = np.empty(amounts.shape, np.int64)
    wrong = _fen(amounts.ravel(), FEN_PER_YUAN, out.ravel())
    if wrong >= 0:
        raise LedgerError(f"not an amount of money: {amounts.flat[wrong]} yuan")
    return out if np.ndim(yuan) else out[0]


def yuan(fen: Any) -> Any:
    """Yuan for an amount or array in fen."""
    return fen / FEN_PER_YUAN


FINE, NO_PAYER, NO_PAYEE, NEGATIVE, UNEQUAL = range(5)
"""What may come of a transfer."""


@compiled
def _sum(amounts):  # type: ignore[no-untyped-def]
    """Sum and lowest of amounts, or nothing if none is negative."""
    total, lowest = 0, 0
    for amount in amounts:
        total += amount
        lowest = min(lowest, amount)
    return total, lowest


@compiled
def _strangers(rows, living):  # type: ignore[no-untyped-def]
    lowest, highest = 0, -1
    for row in rows:
        lowest, highest = min(lowest, row), max(highest, row)
    return lowest < 0 or highest >= living


@compiled
def _move(cash, rows, amounts, total, sign):  # type: ignore[no-untyped-def]
    """To or from one account, those of ``rows``, or without rows all of them in order."""
    if rows.size == 1:
        cash[rows[0]] += sign * total
    elif rows.size:
        for i in range(amounts.size):
            cash[rows[i]] += sign * amounts[i]
    else:
        for i in range(amounts.size):
            cash[i] += sign * amounts[i]


@compiled
def _transfer(  # type: ignore[no-untyped-def]
    source, living, payers, amounts, target, there, payees, received, matrix, entry
):
    """Move the money and book it if all is well; returns what was found.

    ``received`` is empty where it is what was paid, each to each.
    """
    if _strangers(payers, living):
        return NO_PAYER
    if _strangers(payees, there):
        return NO_PAYEE
    total, lowest = _sum(amounts)
    check = total
    if received.size:
        check, least = _sum(received)
        lowest = min(lowest, least)
    if lowest < 0:
        return NEGATIVE
    if total != check:
        return UNEQUAL
    _move(source, payers, amounts, total, -1)
    _move(target, payees, received if received.size else amounts, total, 1)
    matrix[entry] += total
    return FINE


@compiled
def _add_up(where, sectors, held):  # type: ignore[no-untyped-def]
    """Add the cash of each table, which is ``where`` its cells say, to what its sector has ``held``."""
    for table in range(len(sectors)):
        held[sectors[table]] += FEN(FEN(where, 2 * table), 0).sum()


FEN = At(types.int64[::1])


@compiled
def _unexplained(held, opening, matrix):  # type: ignore[no-untyped-def]
    """Sum of all deposits; the first sector that payments do not explain, and the fen that it holds beyond them."""
    wrong = held - opening
    for flow in range(len(matrix)):
        for payer in range(len(held)):
            for payee in range(len(held)):
                if matrix[flow, payer, payee]:
                    wrong[payer] += matrix[flow, payer, payee]
                    wrong[payee] -= matrix[flow, payer, payee]
    for sector in range(len(held)):
        if wrong[sector]:
            return held.sum(), sector, wrong[sector]
    return held.sum(), 0, 0


def _amounts(flow: str, amounts_fen: Array) -> Array:
    """The amounts, copied if they are part of another array: it may be the cash that is about to move."""
    amounts = np.ascontiguousarray(amounts_fen)
    if amounts.dtype != np.int64:
        raise LedgerError(f"'{flow}': amounts must be whole fen (int64), not {amounts.dtype}")
    return amounts.copy() if amounts.base is not None else amounts


def _rows(flow: str, party: Party, count: int) -> Array:
    """The rows, none for all of the table."""
    table, rows = party
    if rows is ALL:
        found, there = _NONE, len(table)
    else:
        found = _FIRST if rows.__class__ is int and rows == 0 else np.ascontiguousarray(rows, np.int64)
        there = found.size
    if there != count and (rows is ALL or there != 1):
        raise LedgerError(f"'{flow}': {count} amounts for {there} rows")
    return found


class Ledger:
    """All accounts of the economy and the month's transactions-flow matrix.

    Parameters
    ----------
    tables : iterable of Accounts
    audit : bool
        Keep every agent's receipts and payments, so that :meth:`check` names the agent whose money is wrong.
    """

    def __init__(self, tables: Iterable[Accounts], *, audit: bool = False) -> None:
        self.tables, self.audit = list(tables), audit
        for table in self.tables:
            table.set_audit(audit)
        self._sectors = np.array([_SECTOR_NUMBER[table.sector] for table in self.tables])
        self.flows = np.zeros(SIZE, np.int64)
        """The matrix, its entries counted through, and the journal if one is kept."""
        self._opening = self.deposits()

    @property
    def matrix(self) -> Array:
        """Fen paid this month: flow x paying sector x receiving sector."""
        return self.flows[:SIZE].reshape(len(FLOWS), len(SECTORS), len(SECTORS))

    def keep_journal(self, payments: int) -> None:
        """Note each payment of :func:`pay`, up to so many until :meth:`take_journal`."""
        if len(self.flows) < SIZE + 1 + 4 * payments:
            self.flows, before = np.zeros(SIZE + 1 + 4 * payments, np.int64), self.flows
            self.flows[: len(before)] = before

    def take_journal(self) -> Array:
        """(payments, 4) entry of the matrix, rows of payer and payee, fen; the journal is empty afterwards."""
        count = int(self.flows[SIZE])
        self.flows[SIZE] = 0
        return self.flows[SIZE + 1 :][: 4 * count].reshape(count, 4).copy()

    def deposits(self) -> Array:
        """Deposits by sector, fen."""
        held = np.zeros(len(SECTORS), np.int64)
        _add_up(self._where, self._sectors, held)
        return held

    @cached_property
    def _where(self) -> Array:
        """Cells of the cells of each table's deposits."""
        cells = [table.addresses[table.places()["cash_fen"] :][:2] for table in self.tables]
        return cells_of(cells, map(kind_of, cells))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_where"}

    def pay(self, flow: str, payer: Party, payee: Party, amounts_fen: Array, received_fen: Array | None = None) -> None:
        """Move money: the only way there is.

        Parameters
        ----------
        flow : str
            One of :data:`FLOWS`, which also says between which sectors.
        payer, payee : (table, rows)
            Rows are one index for each amount, one index for all of them, or :data:`ALL` for everybody in order.
        amounts_fen : (n,) int64
            Not negative.
        received_fen : (m,) int64, optional
            What each payee gets where many are paid out of many (a payroll); it must come to the same sum.

        Raises
        ------
        LedgerError
            For an unknown flow, a pair of sectors it does not join, a row of nobody, a negative amount, or sums that
            differ.
        """
        source, target = payer[0], payee[0]
        entry = _ENTRY.get((flow, source.sector, target.sector))
        if entry is None:
            raise LedgerError(f"no flow '{flow}' from {source.sector} to {target.sector}")
        if not np.size(amounts_fen):
            return
        out = _amounts(flow, amounts_fen)
        back = _NONE if received_fen is None else _amounts(flow, received_fen)
        payers, payees = _rows(flow, payer, out.size), _rows(flow, payee, (out if received_fen is None else back).size)
        cash, target_cash = source._data["cash_fen"], target._data["cash_fen"]
        found = _transfer(
            cash, source._n, payers, out, target_cash, target._n, payees, back, self.matrix.reshape(-1), entry
        )
        if found in (NO_PAYER, NO_PAYEE):
            table = source if found == NO_PAYER else target
            raise LedgerError(f"'{flow}': no such row among the {len(table)} of {table.sector}")
        if found == NEGATIVE:
            least = np.concatenate((out, back)).min()
            raise LedgerError(f"'{flow}': negative amount {least} fen; swap payer and payee instead")
        if found == UNEQUAL:
            raise LedgerError(f"'{flow}': {out.sum()} fen paid but {back.sum()} fen received")
        if self.audit:
            total = out.sum()
            _move(source._data["paid_fen"], payers, out, total, 1)
            _move(target._data["received_fen"], payees, back if back.size else out, total, 1)

    def paid(self, flow: str) -> int:
        """Fen paid this month under a flow."""
        return int(self.matrix[_FLOW_NUMBER[flow]].sum())

    def open_month(self) -> None:
        """Start the month's books."""
        self.matrix[:] = 0
        self._opening = self.deposits()
        if self.audit:
            for table in self.tables:
                table._data["opening_fen"][: len(table)] = table.cash_fen
                table._data["received_fen"][:] = 0
                table._data["paid_fen"][:] = 0

    def check(self) -> Array:
        """Check the books: deposits sum to zero, sectors and (in audited runs) agents changed by what they were paid.

        Returns
        -------
        (sectors,) int64 array
            Deposits, fen.

        Raises
        ------
        LedgerError
            Naming sector or agent and the fen that do not add up.
        """
        held = self.deposits()
        made, sector, wrong = _unexplained(held, self._opening, self.matrix)
        if made:
            raise LedgerError(f"deposits of the economy sum to {made} fen, not 0: money was made or lost")
        if wrong:
            name = list(SECTORS.values())[sector]
            raise LedgerError(f"{name} hold {wrong} fen more than their payments explain")
        if self.audit:
            for table in self.tables:
                wrong = table.cash_fen - table.opening_fen - table.received_fen + table.paid_fen
                if wrong.any():
                    row = int(np.flatnonzero(wrong)[0])
                    raise LedgerError(
                        f"{type(table).__name__} id {table.id[row]} (row {row}) holds {wrong[row]} fen more than its "
                        f"payments explain: opened {table.opening_fen[row]}, received {table.received_fen[row]}, "
                        f"paid {table.paid_fen[row]}, holds {table.cash_fen[row]}"
                    )
        return held
