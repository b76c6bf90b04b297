"""Currencies and their minor units (ISO 4217): 12.50 EUR are 1250 minor units, 12 JPY are 12."""

from __future__ import annotations

USUAL_EXPONENT = 2
EXPONENTS: dict[str, int] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def exponent(currency: str | None) -> int:
    """Decimals of a currency's minor unit; the usual two where no currency is named.

    >>> exponent("KWD"), exponent("EUR"), exponent(None)
    (3, 2, 2)
    """
    return EXPONENTS.get(currency or "", USUAL_EXPONENT)


def minor_per_major(currency: str | None) -> int:
    """Minor units in one major unit.

    >>> minor_per_major("EUR"), minor_per_major("JPY"), minor_per_major("KWD")
    (100, 1, 1000)
    """
    return int(10 ** exponent(currency))


def major(minor: int, currency: str | None) -> int:
    """Whole major units, half away from zero: what a list has room for.

    >>> major(416_650, "EUR"), major(-150, "EUR"), major(4_166, "JPY")
    (4167, -2, 4166)
    """
    scale = minor_per_major(currency)
    units = (2 * abs(minor) + scale) // (2 * scale)
    return units if minor >= 0 else -units
