"""What the account behind a key may do."""

from typing import NamedTuple


class KeyPermissions(NamedTuple):
    """The venue's own flags. hedge_mode: long and short positions of one contract stand apart."""

    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    hedge_mode: bool
