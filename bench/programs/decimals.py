"""Decimal arithmetic: a loan month by month, roots, logarithms, rounding and text."""

from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal, localcontext

CENT = Decimal("0.01")


def loan(principal, yearly_percent, months):
    """What is paid in all, and the interest in it."""
    rate = Decimal(yearly_percent) / 1200
    payment = (principal * rate / (1 - (1 + rate) ** -months)).quantize(CENT, ROUND_UP)
    paid = interest = Decimal(0)
    while principal > 0:
        due = (principal * rate).quantize(CENT, ROUND_HALF_EVEN)
        part = min(payment, principal + due)
        principal, paid, interest = principal + due - part, paid + part, interest + due
    return paid, interest


def work(turns=110):
    texts = []
    with localcontext() as context:
        context.prec = 50
        for turn in range(turns):
            paid, interest = loan(Decimal(100_000 + 7 * turn), Decimal(turn) / 8 + 1, 360)
            texts.append(f"{paid:,.2f} {interest}")
            root = (paid / (turn + 1)).sqrt()
            texts.append(str(root.ln().exp() - root)[:4] + str((root * 3).to_integral_value()))
    total = sum(Decimal(text.split()[1]) for text in texts[::2])
    return [str(total), len("".join(texts)), texts[-1]]
